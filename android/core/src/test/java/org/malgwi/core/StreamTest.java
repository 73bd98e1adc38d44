package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300) // a hang is a failure
class StreamTest {
  private static final Stream.Options QUIET = new Stream.Options(0, 0, 0);

  private final FakeModel model = new FakeModel();
  private final Recognizer recognizer = new Recognizer(model, FakeModel.DECODING);

  /** Keeps what it is told. */
  private static final class Recorder implements Stream.Listener {
    final BlockingQueue<Stream.Event> events = new LinkedBlockingQueue<>();
    final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public void onEvent(Stream.Event event) {
      events.add(event);
      if (event.isTerminal()) {
        ended.countDown();
      }
    }

    Stream.Event next() throws InterruptedException {
      Stream.Event event = events.poll(300, TimeUnit.SECONDS);
      assertTrue(event != null, "no event came");
      return event;
    }

    List<Stream.Event> all() throws InterruptedException {
      assertTrue(ended.await(300, TimeUnit.SECONDS), "no terminal event came");
      Thread.sleep(5);
      List<Stream.Event> all = new ArrayList<>(events);
      assertEquals(1, all.stream().filter(Stream.Event::isTerminal).count(), all.toString());
      assertTrue(all.get(all.size() - 1).isTerminal(), all.toString());
      return all;
    }

    Stream.Event last() throws InterruptedException {
      List<Stream.Event> all = all();
      return all.get(all.size() - 1);
    }
  }

  @Test
  void finalEqualsTranscribeWhateverTheSizesFed() throws Exception {
    long seed = System.nanoTime();
    System.out.println("StreamTest.finalEqualsTranscribeWhateverTheSizesFed: seed " + seed);
    Random random = new Random(seed);
    String text = "hello world _ a lo ".repeat(40);
    float[] all = FakeModel.speak(text, 3);
    for (int round = 0; round < 40; round++) {
      boolean edges = round % 2 == 1;
      Recognizer either = new Recognizer(new FakeModel(edges), FakeModel.DECODING);
      int window = FakeModel.SEGMENTS.window();
      int step = 12_800;
      int samples =
          switch (round % 5) {
            case 0 -> random.nextInt(1_000);
            case 1 -> window + step * random.nextInt(5); // ends exactly with a window
            case 2 -> window + step * random.nextInt(5) + 1;
            default -> random.nextInt(all.length);
          };
      float[] heard = Arrays.copyOf(all, samples);
      Recorder recorder = new Recorder();
      Search search =
          round % 4 < 2 ? Search.DEFAULT : new Search(true, 8, 3, List.of("hello world", "a"), 1);
      Stream.Options options = new Stream.Options(1_500, 10_000, round % 3 * 50);
      Stream stream = either.stream(options, search, recorder);
      int most = 1 + random.nextInt(round % 4 == 0 ? 50_000 : 3_000);
      for (int from = 0; from < samples; ) {
        int count = Math.min(random.nextInt(most + 1), samples - from);
        float[] fed = Arrays.copyOfRange(heard, from, from + count);
        assertTrue(stream.feed(fed));
        Arrays.fill(fed, Float.NaN); // feed has copied
        from += count;
      }
      stream.finish();
      Transcript expected = either.transcribe(heard, search);
      Stream.Final last = assertInstanceOf(Stream.Final.class, recorder.last(), "seed " + seed);
      assertEquals(expected, last.transcript(), "seed " + seed + ", round " + round);
      assertStableGrows(recorder.all(), expected.text());
    }
  }

  private static void assertStableGrows(List<Stream.Event> events, String text) {
    String stable = "";
    for (Stream.Event event : events) {
      if (event instanceof Stream.Update update) {
        assertTrue(update.stable().startsWith(stable), update + " after " + stable);
        assertTrue(text.startsWith(update.stable()), update + " of " + text);
        stable = update.stable();
      }
    }
  }

  @Test
  void aSearchTellsStableWordsBeforeTheEnd() throws Exception {
    float[] samples = FakeModel.speak("hello world ".repeat(60), 2);
    Recorder recorder = new Recorder();
    Stream stream =
        recognizer.stream(new Stream.Options(0, 0, 20), Search.GREEDY.withBeam(8), recorder);
    stream.feed(samples);
    stream.finish();
    List<Stream.Event> events = recorder.all();
    String text = ((Stream.Final) events.get(events.size() - 1)).transcript().text();
    assertEquals("hello world ".repeat(60).trim(), text);
    assertStableGrows(events, text);
    assertTrue(
        events.stream()
            .anyMatch(e -> e instanceof Stream.Update u && u.stable().startsWith("hello world h")),
        events.toString());
  }

  @Test
  void aPreviewOfASearchChangesNothing() throws Exception {
    float[] samples = FakeModel.speak("hello world hello", 2);
    Recorder recorder = new Recorder();
    Stream stream =
        recognizer.stream(new Stream.Options(0, 0, 20), Search.DEFAULT.withNbest(3), recorder);
    stream.feed(Arrays.copyOf(samples, 15_000));
    Stream.Update update = assertInstanceOf(Stream.Update.class, recorder.next());
    assertEquals(new Stream.Update("", "hello world hell"), update);
    stream.feed(Arrays.copyOfRange(samples, 15_000, samples.length));
    stream.finish();
    Transcript last = assertInstanceOf(Stream.Final.class, recorder.last()).transcript();
    assertEquals(recognizer.transcribe(samples, Search.DEFAULT.withNbest(3)), last);
    assertEquals("hello world hello", last.alternatives().get(0).text());
  }

  @Test
  void aHotwordThatCannotBeSpeltIsRefusedBeforeTheStreamBegins() throws Exception {
    Search search = Search.DEFAULT.withHotwords(List.of("hello", "zebra"));
    MalgwiException e =
        assertThrows(MalgwiException.class, () -> recognizer.stream(QUIET, search, new Recorder()));
    assertTrue(e.getMessage().contains("\"zebra\": the model has no letter z, b"), e.getMessage());
    assertTrue(recognizer.canSpell("Hello!"));
    assertFalse(recognizer.canSpell("zebra"));
    recognizer.close(); // waits for no stream
  }

  @Test
  void nothingIsStableBeforeAWindowIsFull() throws Exception {
    float[] samples = FakeModel.speak("hello world hello world ", 2);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(new Stream.Options(0, 0, 20), recorder);
    stream.feed(Arrays.copyOf(samples, 16_319));
    Stream.Update update = assertInstanceOf(Stream.Update.class, recorder.next());
    assertEquals("", update.stable());
    assertTrue(update.moving().startsWith("hello world"), update.toString());
    stream.feed(Arrays.copyOfRange(samples, 16_319, 16_320));
    update = assertInstanceOf(Stream.Update.class, recorder.next());
    // The window keeps frames 0 to 44; the delimiter after "world" is frames 33 and 34.
    assertEquals(new Stream.Update("hello world", "hello"), update);
    stream.finish();
    assertEquals(
        "hello world hello",
        assertInstanceOf(Stream.Final.class, recorder.last()).transcript().text());
  }

  @Test
  void feedReturnsWithoutInference() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    for (int i = 0; i < 20; i++) {
      assertTrue(stream.feed(FakeModel.speak("hello ", 4))); // while the model is held still
    }
    stream.cancel();
    stream.close();
  }

  @Test
  void windowsAreRunWhileSpeakingSoThatOneRemains() throws Exception {
    float[] samples = Arrays.copyOf(FakeModel.speak("hello world ".repeat(12), 2), 60_000);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    stream.feed(samples);
    // Windows begin at 0, 12,800, 25,600, ...: four have their right context within 60,000.
    while (model.lengths.size() < 4) {
      Thread.sleep(1);
    }
    Thread.sleep(20);
    assertEquals(List.of(16_000, 16_000, 16_000, 16_000), model.lengths);
    stream.finish();
    recorder.last();
    assertEquals(List.of(16_000, 16_000, 16_000, 16_000, 60_000 - 4 * 12_800), model.lengths);
  }

  @Test
  void theLastMinuteIsAsMuchWorkAsTheFirst() throws Exception {
    int minutes = 30;
    float[] minute = Arrays.copyOf(FakeModel.speak("hello world ".repeat(200), 1), 60 * 16_000);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    for (int i = 0; i < minutes; i++) {
      stream.feed(minute);
      // Each minute is 75 steps of 12,800 samples; the first one's last window lacks its context.
      while (model.lengths.size() < 75 * (i + 1) - 1) {
        Thread.sleep(1);
      }
    }
    stream.finish();
    assertEquals(
        (long) minutes * minute.length,
        assertInstanceOf(Stream.Final.class, recorder.last()).transcript().samples());
    assertEquals(75 * minutes, model.lengths.size());
    assertEquals(
        List.of(16_000), model.lengths.subList(0, 75 * minutes - 1).stream().distinct().toList());
    assertEquals(12_800, model.lengths.get(75 * minutes - 1));
  }

  @Test
  void whatWaitsForASlowModelIsCounted() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello ", 50), 16_320); // a window, which runs
    model.started.await();
    stream.feed(new float[30_000]);
    stream.feed(new float[7]);
    assertEquals(30_007, stream.waitingSamples());
    model.gate.countDown();
    stream.finish();
    recorder.last();
    assertEquals(0, stream.waitingSamples());
  }

  @Test
  void oneInferenceAtATimeAndPreviewsAreDropped() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(new Stream.Options(0, 0, 20), recorder);
    float[] samples = Arrays.copyOf(FakeModel.speak("hello world ", 2), 11_500);
    stream.feed(Arrays.copyOf(samples, 1_000));
    model.started.await();
    for (int from = 1_000; from < 11_500; from += 500) {
      stream.feed(Arrays.copyOfRange(samples, from, from + 500));
    }
    model.gate.countDown();
    Stream.Update first = assertInstanceOf(Stream.Update.class, recorder.next());
    assertEquals("h", first.text());
    assertInstanceOf(Stream.Update.class, recorder.next());
    assertEquals(List.of(1_000, 11_500), model.lengths);
    assertEquals(1, model.mostAtOnce);
    stream.cancel();
    recorder.last();
  }

  @Test
  void aWindowThatIsDueInterruptsAPreview() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(new Stream.Options(0, 0, 20), recorder);
    float[] samples = Arrays.copyOf(FakeModel.speak("hello world ".repeat(4), 2), 16_320);
    stream.feed(Arrays.copyOf(samples, 10_000));
    model.started.await();
    stream.feed(Arrays.copyOfRange(samples, 10_000, 16_319));
    Thread.sleep(10);
    assertEquals(List.of(10_000), model.lengths);
    stream.feed(new float[] {samples[16_319]});
    while (model.lengths.size() < 2) {
      Thread.sleep(1);
    }
    assertEquals(List.of(10_000, 16_000), model.lengths);
    model.gate.countDown();
    stream.finish();
    assertEquals(
        recognizer.transcribe(samples),
        assertInstanceOf(Stream.Final.class, recorder.last()).transcript());
  }

  @Test
  void finishInterruptsAPreviewOnly() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(new Stream.Options(0, 0, 20), recorder);
    float[] samples = FakeModel.speak("hello", 2);
    stream.feed(samples);
    model.started.await();
    stream.finish();
    stream.finish();
    while (model.lengths.size() < 2) {
      Thread.sleep(1);
    }
    model.gate.countDown();
    List<Stream.Event> all = recorder.all();
    assertEquals(1, all.size(), all.toString());
    assertEquals("hello", assertInstanceOf(Stream.Final.class, all.get(0)).transcript().text());
    assertFalse(stream.feed(samples));
  }

  @Test
  void cancelInterruptsAnInference() throws Exception {
    model.gate = new CountDownLatch(1); // never opened
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello world ".repeat(10), 2));
    model.started.await();
    stream.cancel();
    stream.cancel();
    assertEquals(new Stream.Cancelled(), recorder.last());
    assertFalse(stream.feed(new float[10]));
    stream.close();
    stream.close();
  }

  @Test
  void cancelAfterFinishWins() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello", 2));
    stream.finish();
    model.started.await();
    stream.cancel();
    assertEquals(new Stream.Cancelled(), recorder.last());
  }

  @Test
  void noEventComesAfterClose() throws Exception {
    for (int round = 0; round < 50; round++) {
      Recorder recorder = new Recorder();
      Stream stream = recognizer.stream(new Stream.Options(0, 0, 20), recorder);
      for (int i = 0; i < round; i++) {
        stream.feed(FakeModel.speak("hello ", 1));
      }
      stream.close();
      int events = recorder.events.size();
      assertEquals(0, recorder.ended.getCount());
      Thread.sleep(1);
      assertEquals(events, recorder.events.size());
      assertThrows(IllegalStateException.class, () -> stream.feed(new float[1]));
    }
  }

  @Test
  void closeAfterFinishWaitsForTheFinal() throws Exception {
    Recorder recorder = new Recorder();
    try (Stream stream = recognizer.stream(QUIET, recorder)) {
      stream.feed(FakeModel.speak("hello", 2));
      stream.finish();
    }
    assertEquals(1, recorder.events.size());
    assertInstanceOf(Stream.Final.class, recorder.events.peek());
  }

  @Test
  void aListenersExceptionEndsTheStreamAsFailed() throws Exception {
    RuntimeException thrown = new RuntimeException("listener");
    List<Stream.Event> events = new ArrayList<>();
    CountDownLatch ended = new CountDownLatch(1);
    Stream stream =
        recognizer.stream(
            new Stream.Options(0, 0, 20),
            event -> {
              events.add(event);
              if (!event.isTerminal()) {
                throw thrown;
              }
              ended.countDown();
            });
    stream.feed(FakeModel.speak("hello", 2));
    ended.await();
    stream.close();
    assertEquals(2, events.size());
    assertSame(thrown, assertInstanceOf(Stream.Failed.class, events.get(1)).cause());
    assertFalse(events.get(0).isTerminal());
  }

  @Test
  void anExceptionInTheTerminalEventHarmsNothing() throws Exception {
    Stream stream =
        recognizer.stream(
            QUIET,
            event -> {
              throw new IllegalStateException("listener");
            });
    stream.finish();
    stream.close();
    recognizer.close();
    assertTrue(model.closed);
  }

  @Test
  void listenersMayCancelAndFinishButNotClose() throws Exception {
    AtomicReference<Stream> stream = new AtomicReference<>();
    AtomicReference<Throwable> streamClose = new AtomicReference<>();
    AtomicReference<Throwable> recognizerClose = new AtomicReference<>();
    CountDownLatch ready = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    stream.set(
        recognizer.stream(
            new Stream.Options(0, 0, 20),
            event -> {
              await(ready);
              if (!event.isTerminal()) {
                streamClose.set(assertThrows(Throwable.class, stream.get()::close));
                recognizerClose.set(assertThrows(Throwable.class, recognizer::close));
                stream.get().cancel();
              }
              recorder.onEvent(event);
            }));
    ready.countDown();
    stream.get().feed(FakeModel.speak("hello", 2));
    assertEquals(new Stream.Cancelled(), recorder.last());
    assertInstanceOf(IllegalStateException.class, streamClose.get());
    assertInstanceOf(IllegalStateException.class, recognizerClose.get());
  }

  @Test
  void nothingButTheEndFollowsAListenersCancel() throws Exception {
    AtomicReference<Stream> stream = new AtomicReference<>();
    CountDownLatch ready = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    // One segment brings both the text and a pause of 100 ms.
    stream.set(
        recognizer.stream(
            new Stream.Options(100, 0, 0),
            event -> {
              await(ready);
              recorder.onEvent(event);
              stream.get().cancel();
            }));
    ready.countDown();
    stream.get().feed(Arrays.copyOf(FakeModel.speak("hello", 1), 16_000));
    assertEquals(List.of(new Stream.Update("hello", ""), new Stream.Cancelled()), recorder.all());
  }

  @Test
  void aModelsFailureEndsTheStreamAsFailed() throws Exception {
    model.failure = new MalgwiException("broken");
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello", 2));
    stream.finish();
    assertSame(model.failure, assertInstanceOf(Stream.Failed.class, recorder.last()).cause());
    stream.close();
    recognizer.close();
  }

  @Test
  void samplesThatAreNoNumbersEndTheStreamAsFailed() throws Exception {
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    stream.feed(new float[] {0, Float.NaN});
    Stream.Failed failed = assertInstanceOf(Stream.Failed.class, recorder.last());
    assertTrue(failed.cause().getMessage().contains("sample 1 is NaN"), failed.toString());
  }

  @Test
  void recognizersCloseWaitsForStreams() throws Exception {
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello", 2));
    Thread closing = new Thread(recognizer::close);
    closing.start();
    FakeModel.awaitWaiting(closing);
    assertThrows(IllegalStateException.class, () -> recognizer.stream(QUIET, e -> {}));
    stream.finish();
    closing.join();
    assertInstanceOf(Stream.Final.class, recorder.events.peek());
    assertTrue(model.closed);
  }

  @Test
  void aPauseAfterSpeechIsAnEndpointInAudioTime() throws Exception {
    // Speech ends with frame 9 (h_e_l_l_o_); 1.5 s are 75 frames, so frame 83 fills the pause.
    float[] quiet = new float[16_000];
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(new Stream.Options(1_500, 10_000, 20), recorder);
    float[] speech = FakeModel.speak("hello", 1);
    stream.feed(Arrays.copyOf(speech, 3_200));
    for (int i = 0; i < 4; i++) {
      stream.feed(quiet);
    }
    stream.feed(Arrays.copyOf(speech, 3_200));
    for (int i = 0; i < 12; i++) { // longer than what would be no speech at the beginning
      stream.feed(quiet);
    }
    while (recorder.events.stream().filter(e -> e instanceof Stream.Endpoint).count() < 2) {
      Thread.sleep(1);
    }
    stream.finish();
    List<Stream.Event> found =
        recorder.all().stream()
            .filter(e -> e instanceof Stream.Endpoint || e instanceof Stream.NoSpeech)
            .collect(Collectors.toList());
    // The second "hello" begins at 4.2 s, with frame 210; its last letter is frame 218.
    assertEquals(List.of(new Stream.Endpoint(84 * 20), new Stream.Endpoint(294 * 20)), found);
  }

  @Test
  void aPauseOfZeroIsOff() throws Exception {
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(new Stream.Options(0, 10_000, 20), recorder);
    stream.feed(Arrays.copyOf(FakeModel.speak("hello", 1), 160_000));
    stream.finish();
    assertTrue(
        recorder.all().stream()
            .allMatch(e -> e instanceof Stream.Update || e instanceof Stream.Final),
        recorder.all().toString());
  }

  /** A detector that hears speech in what is longer than so many samples. */
  private static Detector longerThan(int samples) {
    Detector.Network network =
        new Detector.Network() {
          @Override
          public float[] probabilities(float[] blocks) {
            float[] found = new float[blocks.length / (Detector.CONTEXT + Detector.BLOCK)];
            Arrays.fill(found, found.length * Detector.BLOCK > samples ? 1 : 0);
            return found;
          }

          @Override
          public void close() {}
        };
    return new Detector(network, new DetectorPlan(1, 0.5, 0, 1, -23));
  }

  private static List<Stream.Event> pauses(Recorder recorder) throws InterruptedException {
    return recorder.all().stream()
        .filter(e -> e instanceof Stream.Endpoint || e instanceof Stream.NoSpeech)
        .collect(Collectors.toList());
  }

  @Test
  void steadyNoiseIsNoSpeech() throws Exception {
    Recognizer listening =
        new Recognizer(model, longerThan(1_000_000), FakeModel.DECODING, null, null);
    Recorder recorder = new Recorder();
    Stream stream = listening.stream(new Stream.Options(500, 3_000, 100), recorder);
    float[] noise = new float[1_600];
    Arrays.fill(noise, 0.1f);
    for (int i = 0; i < 50; i++) {
      stream.feed(noise);
      Thread.sleep(1);
    }
    while (recorder.events.isEmpty()) {
      Thread.sleep(1);
      stream.feed(noise);
    }
    stream.finish();
    assertEquals(List.of(new Stream.NoSpeech(3_000)), pauses(recorder));
    assertEquals(List.of(), model.lengths); // nor is anything run
  }

  @Test
  void noiseAfterSpeechEndsItAsQuietDoes() throws Exception {
    // "hello hello" has 22 hops, so its segment 6,720 samples with the half of the pause; noises of
    // four hops follow, each between pauses of eight, all in all not speech.
    Recognizer listening = new Recognizer(model, longerThan(6_000), FakeModel.DECODING, null, null);
    Recorder recorder = new Recorder();
    Stream stream = listening.stream(new Stream.Options(1_000, 10_000, 100), recorder);
    stream.feed(Arrays.copyOf(FakeModel.speak("hello hello", 1), 22 * 320));
    float[] noise = new float[12 * 320];
    Arrays.fill(noise, 8 * 320, 12 * 320, 0.1f);
    for (int i = 0; i < 8; i++) {
      stream.feed(noise);
    }
    stream.feed(new float[3_200]);
    while (recorder.events.stream().noneMatch(e -> e instanceof Stream.Endpoint)) {
      Thread.sleep(1);
    }
    stream.finish();
    // The last letter is hop 20; a second is 50 hops.
    assertEquals(List.of(new Stream.Endpoint((21 + 50) * 20)), pauses(recorder));
    Transcript last = assertInstanceOf(Stream.Final.class, recorder.last()).transcript();
    assertEquals("hello hello", last.text());
    assertEquals(8, last.notSpeech().size());
  }

  @Test
  void thereIsNoPreviewWithoutNewSound() throws Exception {
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(new Stream.Options(0, 0, 20), recorder);
    stream.feed(Arrays.copyOf(FakeModel.speak("hello", 1), 9 * 320));
    assertEquals(new Stream.Update("", "hell"), recorder.next()); // the "o" has no whole frame yet
    for (int i = 0; i < 40; i++) {
      stream.feed(new float[320]);
      Thread.sleep(1);
    }
    assertEquals(new Stream.Update("", "hello"), recorder.next());
    assertEquals(new Stream.Update("hello", ""), recorder.next());
    stream.finish();
    recorder.last();
    // The preview; then, after three quiet hops, what five close: it isn't run again.
    assertEquals(List.of(9 * 320, 12 * 320), model.lengths);
  }

  @Test
  void aMicrophoneThatStopsIsHeardToWhereItStopped() throws Exception {
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(new Stream.Options(0, 0, 60_000), recorder);
    stream.feed(Arrays.copyOf(FakeModel.speak("hello", 1), 9 * 320)); // no minute of sound
    assertEquals(new Stream.Update("", "hell"), recorder.next());
    stream.finish();
    recorder.last();
    assertEquals(List.of(9 * 320), model.lengths);
  }

  @Test
  void whatAPauseHasClosedIsNotRunAtTheEnd() throws Exception {
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello", 1));
    stream.feed(new float[3_200]);
    assertEquals(new Stream.Update("hello", ""), recorder.next());
    model.failure = new MalgwiException("nothing is left to be run");
    stream.finish();
    Transcript last = assertInstanceOf(Stream.Final.class, recorder.last()).transcript();
    assertEquals("hello", last.text());
    assertEquals(List.of(12 * 320), model.lengths);
  }

  @Test
  void aLongPreviewRunsTheYoungestPartOnly() throws Exception {
    FakeModel edges = new FakeModel(true); // so that a frame at an edge would be heard
    SegmentPlan plan =
        new SegmentPlan(160_000, 1_600, 1_600, 1_600, 960, 1_600, 32_000, -60, 60, 0, 60, 60);
    Decoding decoding =
        new Decoding(FakeModel.DECODING.vocab(), FakeModel.GRID, plan, null, "samples", "logits");
    Recorder recorder = new Recorder();
    Stream stream =
        new Recognizer(edges, decoding).stream(new Stream.Options(0, 0, 1_000), recorder);
    float[] samples = FakeModel.speak("hello world ".repeat(10), 1);
    stream.feed(Arrays.copyOf(samples, 96 * 320));
    Stream.Update first = assertInstanceOf(Stream.Update.class, recorder.next());
    assertTrue(first.moving().contains("world hello world"), first.toString());
    stream.feed(Arrays.copyOfRange(samples, 96 * 320, 192 * 320));
    Stream.Update second = assertInstanceOf(Stream.Update.class, recorder.next());
    // 95 frames are known; of those the last 15, 0.3 s, and 30 before them, 0.6 s, are run again.
    assertEquals(List.of(96 * 320, (192 - 95 + 45) * 320), edges.lengths);
    // Between the edges of all that was run, no frame is one of an edge.
    String inner = second.moving().substring(second.moving().indexOf(" "), 70);
    assertFalse(inner.contains("x"), second.toString());
    assertTrue(inner.contains("hello world hello world hello world"), second.toString());
    stream.cancel();
    recorder.last();
  }

  @Test
  void sparingMakesPreviewsRarer() throws Exception {
    for (boolean sparing : new boolean[] {false, true}) {
      model.lengths.clear();
      Recorder recorder = new Recorder();
      Stream stream = recognizer.stream(new Stream.Options(0, 0, 100), recorder);
      stream.spare(sparing);
      stream.feed(Arrays.copyOf(FakeModel.speak("hello world", 1), 2_240)); // 0.14 s
      if (!sparing) {
        recorder.next();
      }
      stream.feed(Arrays.copyOfRange(FakeModel.speak("hello world", 1), 2_240, 4_480)); // 0.28 s
      recorder.next();
      stream.finish();
      recorder.last();
      assertEquals(sparing ? 4_480 : 2_240, model.lengths.get(0));
    }
  }

  @Test
  void noSpeechIsItsOwnEvent() throws Exception {
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(recorder);
    for (int i = 0; i < 25; i++) {
      stream.feed(new float[16_000]);
      Thread.sleep(1);
    }
    assertEquals(new Stream.NoSpeech(10_000), recorder.next());
    stream.finish();
    assertEquals(1, recorder.all().size());
    assertEquals(List.of(), model.lengths);
  }

  @Test
  void aRecognizerTooSlowForTheSpeechFails() throws Exception {
    model.gate = new CountDownLatch(1); // never opened
    Recorder recorder = new Recorder();
    Stream stream = recognizer.stream(QUIET, recorder);
    float[] minute = new float[60 * 16_000];
    Arrays.fill(minute, 0.1f);
    int minutes = 0;
    while (stream.feed(minute)) {
      minutes++;
      assertTrue(minutes < 10);
    }
    Stream.Failed failed = assertInstanceOf(Stream.Failed.class, recorder.last());
    assertTrue(failed.cause().getMessage().contains("too slow"), failed.toString());
  }

  @Test
  void hoursOfSpeechNeedNoMemory() throws Exception {
    // Three hours of samples would be 690 MB; the heap of these tests has 256.
    Recorder recorder = new Recorder();
    CountDownLatch ended = new CountDownLatch(1);
    AtomicReference<Stream.Event> last = new AtomicReference<>();
    Stream stream =
        recognizer.stream(
            event -> {
              last.set(event);
              if (event.isTerminal()) {
                ended.countDown();
              }
            });
    float[] words = FakeModel.speak("hello world ", 2);
    long fed = 0;
    while (fed < 3L * 3600 * 16_000) {
      assertTrue(stream.feed(words, words.length - 80));
      fed += words.length - 80;
      // As a microphone would, but faster: two minutes ahead of the model at most.
      while (fed - model.lengths.size() * 12_800L > 120 * 16_000) {
        Thread.sleep(1);
      }
    }
    stream.finish();
    ended.await();
    Transcript transcript = assertInstanceOf(Stream.Final.class, last.get()).transcript();
    assertTrue(transcript.words().size() > 20_000, "" + transcript.words().size());
    assertEquals(fed, transcript.samples());
    assertEquals(0, recorder.events.size());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
