package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LiveStreamPreviewTest extends LiveStreams {
  @Test
  void aPreviewOfASearchChangesNothing() throws Exception {
    float[] samples = FakeModel.speak("hello world hello", 2);
    Recorder recorder = new Recorder();
    LiveStream stream =
        recognizer.stream(new LiveStream.Options(0, 0, 20), Search.DEFAULT.withNbest(3), recorder);
    stream.feed(Arrays.copyOf(samples, 15_000));
    LiveStream.Update update = assertInstanceOf(LiveStream.Update.class, recorder.next());
    assertEquals(new LiveStream.Update("", "hello world hell"), update);
    stream.feed(Arrays.copyOfRange(samples, 15_000, samples.length));
    stream.finish();
    Transcript last = assertInstanceOf(LiveStream.Final.class, recorder.last()).transcript();
    assertEquals(recognizer.transcribe(samples, Search.DEFAULT.withNbest(3)), last);
    assertEquals("hello world hello", last.alternatives().get(0).text());
  }

  @Test
  void oneInferenceAtATimeAndPreviewsAreDropped() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(new LiveStream.Options(0, 0, 20), recorder);
    float[] samples = Arrays.copyOf(FakeModel.speak("hello world ", 2), 11_500);
    stream.feed(Arrays.copyOf(samples, 1_000));
    model.started.await();
    for (int from = 1_000; from < 11_500; from += 500) {
      stream.feed(Arrays.copyOfRange(samples, from, from + 500));
    }
    model.gate.countDown();
    LiveStream.Update first = assertInstanceOf(LiveStream.Update.class, recorder.next());
    assertEquals("h", first.text());
    assertInstanceOf(LiveStream.Update.class, recorder.next());
    assertEquals(List.of(1_000, 11_500), model.lengths);
    assertEquals(1, model.mostAtOnce);
    stream.cancel();
    recorder.last();
  }

  @Test
  void aWindowThatIsDueInterruptsAPreview() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(new LiveStream.Options(0, 0, 20), recorder);
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
        assertInstanceOf(LiveStream.Final.class, recorder.last()).transcript());
  }

  @Test
  void finishInterruptsAPreviewOnly() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(new LiveStream.Options(0, 0, 20), recorder);
    float[] samples = FakeModel.speak("hello", 2);
    stream.feed(samples);
    model.started.await();
    stream.finish();
    stream.finish();
    while (model.lengths.size() < 2) {
      Thread.sleep(1);
    }
    model.gate.countDown();
    List<LiveStream.Event> all = recorder.all();
    assertEquals(1, all.size(), all.toString());
    assertEquals("hello", assertInstanceOf(LiveStream.Final.class, all.get(0)).transcript().text());
    assertFalse(stream.feed(samples));
  }

  @Test
  void thereIsNoPreviewWithoutNewSound() throws Exception {
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(new LiveStream.Options(0, 0, 20), recorder);
    stream.feed(Arrays.copyOf(FakeModel.speak("hello", 1), 9 * 320));
    assertEquals(
        new LiveStream.Update("", "hell"), recorder.next()); // the "o" has no whole frame yet
    for (int i = 0; i < 40; i++) {
      stream.feed(new float[320]);
      Thread.sleep(1);
    }
    assertEquals(new LiveStream.Update("", "hello"), recorder.next());
    assertEquals(new LiveStream.Update("hello", ""), recorder.next());
    stream.finish();
    recorder.last();
    // The preview; then, after three quiet hops, what five close: it isn't run again.
    assertEquals(List.of(9 * 320, 12 * 320), model.lengths);
  }

  @Test
  void aMicrophoneThatStopsIsHeardToWhereItStopped() throws Exception {
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(new LiveStream.Options(0, 0, 60_000), recorder);
    stream.feed(Arrays.copyOf(FakeModel.speak("hello", 1), 9 * 320)); // no minute of sound
    assertEquals(new LiveStream.Update("", "hell"), recorder.next());
    stream.finish();
    recorder.last();
    assertEquals(List.of(9 * 320), model.lengths);
  }

  @Test
  void aLongPreviewRunsTheYoungestPartOnly() throws Exception {
    FakeModel edges = new FakeModel(true); // so that a frame at an edge would be heard
    SegmentPlan plan =
        new SegmentPlan(160_000, 1_600, 1_600, 1_600, 960, 1_600, 32_000, -60, 60, 0, 60, 60);
    Decoding decoding =
        new Decoding(FakeModel.DECODING.vocab(), FakeModel.GRID, plan, null, "samples", "logits");
    Recorder recorder = new Recorder();
    LiveStream stream =
        new Recognizer(edges, decoding).stream(new LiveStream.Options(0, 0, 1_000), recorder);
    float[] samples = FakeModel.speak("hello world ".repeat(10), 1);
    stream.feed(Arrays.copyOf(samples, 96 * 320));
    LiveStream.Update first = assertInstanceOf(LiveStream.Update.class, recorder.next());
    assertTrue(first.moving().contains("world hello world"), first.toString());
    stream.feed(Arrays.copyOfRange(samples, 96 * 320, 192 * 320));
    LiveStream.Update second = assertInstanceOf(LiveStream.Update.class, recorder.next());
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
      LiveStream stream = recognizer.stream(new LiveStream.Options(0, 0, 100), recorder);
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
}
