package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LiveStreamPauseTest extends LiveStreams {
  @Test
  void aPauseAfterSpeechIsAnEndpointInAudioTime() throws Exception {
    // Speech ends with frame 9 (h_e_l_l_o_); 1.5 s are 75 frames, so frame 83 fills the pause.
    float[] quiet = new float[16_000];
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(new LiveStream.Options(1_500, 10_000, 20), recorder);
    float[] speech = FakeModel.speak("hello", 1);
    stream.feed(Arrays.copyOf(speech, 3_200));
    for (int i = 0; i < 4; i++) {
      stream.feed(quiet);
    }
    stream.feed(Arrays.copyOf(speech, 3_200));
    for (int i = 0; i < 12; i++) { // longer than what would be no speech at the beginning
      stream.feed(quiet);
    }
    while (recorder.events.stream().filter(e -> e instanceof LiveStream.Endpoint).count() < 2) {
      Thread.sleep(1);
    }
    stream.finish();
    // The second "hello" begins at 4.2 s, with frame 210; its last letter is frame 218.
    assertEquals(
        List.of(new LiveStream.Endpoint(84 * 20), new LiveStream.Endpoint(294 * 20)),
        pauses(recorder));
  }

  @Test
  void aPauseOfZeroIsOff() throws Exception {
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(new LiveStream.Options(0, 10_000, 20), recorder);
    stream.feed(Arrays.copyOf(FakeModel.speak("hello", 1), 160_000));
    stream.finish();
    assertTrue(
        recorder.all().stream()
            .allMatch(e -> e instanceof LiveStream.Update || e instanceof LiveStream.Final),
        recorder.all().toString());
  }

  /** A recognizer whose detector hears speech in what is longer than so many samples. */
  private Recognizer listening(int samples) {
    Detector detector = new Detector(new FakeNetwork(samples), new DetectorPlan(1, 0.5, 0, 1, -23));
    return new Recognizer(model, detector, FakeModel.DECODING, null, null, "Fake", "en");
  }

  private static List<LiveStream.Event> pauses(Recorder recorder) throws InterruptedException {
    return recorder.all().stream()
        .filter(e -> e instanceof LiveStream.Endpoint || e instanceof LiveStream.NoSpeech)
        .collect(Collectors.toList());
  }

  @Test
  void steadyNoiseIsNoSpeech() throws Exception {
    Recorder recorder = new Recorder();
    LiveStream stream =
        listening(1_000_000).stream(new LiveStream.Options(500, 3_000, 100), recorder);
    float[] noise = new float[1_600];
    FakeModel.hold(noise, 0, 5, 0.1f);
    for (int i = 0; i < 50; i++) {
      stream.feed(noise);
      Thread.sleep(1);
    }
    while (recorder.events.isEmpty()) {
      Thread.sleep(1);
      stream.feed(noise);
    }
    stream.finish();
    assertEquals(List.of(new LiveStream.NoSpeech(3_000)), pauses(recorder));
    assertEquals(List.of(), model.lengths); // nor is anything run
  }

  @Test
  void noiseAfterSpeechEndsItAsQuietDoes() throws Exception {
    // "hello hello" has 22 hops, so its segment 6,720 samples with the half of the pause; noises of
    // four hops follow, each between pauses of eight, all in all not speech.
    Recorder recorder = new Recorder();
    LiveStream stream =
        listening(6_000).stream(new LiveStream.Options(1_000, 10_000, 100), recorder);
    stream.feed(Arrays.copyOf(FakeModel.speak("hello hello", 1), 22 * 320));
    float[] noise = new float[12 * 320];
    FakeModel.hold(noise, 8, 12, 0.1f);
    for (int i = 0; i < 8; i++) {
      stream.feed(noise);
    }
    stream.feed(new float[3_200]);
    while (recorder.events.stream().noneMatch(e -> e instanceof LiveStream.Endpoint)) {
      Thread.sleep(1);
    }
    stream.finish();
    // The last letter is hop 20; a second is 50 hops.
    assertEquals(List.of(new LiveStream.Endpoint((21 + 50) * 20)), pauses(recorder));
    Transcript last = assertInstanceOf(LiveStream.Final.class, recorder.last()).transcript();
    assertEquals("hello hello", last.text());
    assertEquals(8, last.notSpeech().size());
  }

  @Test
  void noSpeechIsItsOwnEvent() throws Exception {
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(recorder);
    for (int i = 0; i < 25; i++) {
      stream.feed(new float[16_000]);
      Thread.sleep(1);
    }
    assertEquals(new LiveStream.NoSpeech(10_000), recorder.next());
    stream.finish();
    assertEquals(1, recorder.all().size());
    assertEquals(List.of(), model.lengths);
  }
}
