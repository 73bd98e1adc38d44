package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LiveStreamTest extends LiveStreams {
  @Test
  void finalEqualsTranscribeWhateverTheSizesFed() throws Exception {
    long seed = System.nanoTime();
    System.out.println("LiveStreamTest.finalEqualsTranscribeWhateverTheSizesFed: seed " + seed);
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
          round % 4 < 2
              ? Search.DEFAULT
              : Search.builder().beam(8).nbest(3).hotwords(List.of("hello world", "a")).build();
      LiveStream.Options options = new LiveStream.Options(1_500, 10_000, round % 3 * 50);
      LiveStream stream = either.stream(options, search, recorder);
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
      LiveStream.Final last =
          assertInstanceOf(LiveStream.Final.class, recorder.last(), "seed " + seed);
      assertEquals(expected, last.transcript(), "seed " + seed + ", round " + round);
      assertStableGrows(recorder.all(), expected.text());
    }
  }

  private static void assertStableGrows(List<LiveStream.Event> events, String text) {
    String stable = "";
    for (LiveStream.Event event : events) {
      if (event instanceof LiveStream.Update update) {
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
    LiveStream stream =
        recognizer.stream(new LiveStream.Options(0, 0, 20), Search.GREEDY.withBeam(8), recorder);
    stream.feed(samples);
    stream.finish();
    List<LiveStream.Event> events = recorder.all();
    String text = ((LiveStream.Final) events.get(events.size() - 1)).transcript().text();
    assertEquals("hello world ".repeat(60).trim(), text);
    assertStableGrows(events, text);
    assertTrue(
        events.stream()
            .anyMatch(
                e -> e instanceof LiveStream.Update u && u.stable().startsWith("hello world h")),
        events.toString());
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
    LiveStream stream = recognizer.stream(new LiveStream.Options(0, 0, 20), recorder);
    stream.feed(Arrays.copyOf(samples, 16_319));
    LiveStream.Update update = assertInstanceOf(LiveStream.Update.class, recorder.next());
    assertEquals("", update.stable());
    assertTrue(update.moving().startsWith("hello world"), update.toString());
    stream.feed(Arrays.copyOfRange(samples, 16_319, 16_320));
    update = assertInstanceOf(LiveStream.Update.class, recorder.next());
    // The window keeps frames 0 to 44; the delimiter after "world" is frames 33 and 34.
    assertEquals(new LiveStream.Update("hello world", "hello"), update);
    stream.finish();
    assertEquals(
        "hello world hello",
        assertInstanceOf(LiveStream.Final.class, recorder.last()).transcript().text());
  }

  @Test
  void feedReturnsWithoutInference() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
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
    LiveStream stream = recognizer.stream(QUIET, recorder);
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
    LiveStream stream = recognizer.stream(QUIET, recorder);
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
        assertInstanceOf(LiveStream.Final.class, recorder.last()).transcript().samples());
    assertEquals(75 * minutes, model.lengths.size());
    assertEquals(
        List.of(16_000), model.lengths.subList(0, 75 * minutes - 1).stream().distinct().toList());
    assertEquals(12_800, model.lengths.get(75 * minutes - 1));
  }

  @Test
  void whatWaitsForASlowModelIsCounted() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
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
  void whatAPauseHasClosedIsNotRunAtTheEnd() throws Exception {
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello", 1));
    stream.feed(new float[3_200]);
    assertEquals(new LiveStream.Update("hello", ""), recorder.next());
    model.failure = new MalgwiException("nothing is left to be run");
    stream.finish();
    Transcript last = assertInstanceOf(LiveStream.Final.class, recorder.last()).transcript();
    assertEquals("hello", last.text());
    assertEquals(List.of(12 * 320), model.lengths);
  }

  @Test
  void hoursOfSpeechNeedNoMemory() throws Exception {
    // Three hours of samples would be 690 MB; the heap of these tests has 256.
    Recorder recorder = new Recorder();
    CountDownLatch ended = new CountDownLatch(1);
    AtomicReference<LiveStream.Event> last = new AtomicReference<>();
    LiveStream stream =
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
    Transcript transcript = assertInstanceOf(LiveStream.Final.class, last.get()).transcript();
    assertTrue(transcript.words().size() > 20_000, "" + transcript.words().size());
    assertEquals(fed, transcript.samples());
    assertEquals(0, recorder.events.size());
  }
}
