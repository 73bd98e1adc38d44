package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300) // a hang is a failure
class RecognizerTest {
  private final FakeModel model = new FakeModel();
  private final Recognizer recognizer = new Recognizer(model, FakeModel.DECODING);

  @Test
  void hearsWordsWithTimes() throws MalgwiException {
    float[] samples = FakeModel.speak("hello world", 1);
    Transcript transcript = recognizer.transcribe(samples);
    assertEquals("hello world", transcript.text());
    assertEquals(List.of(samples.length), model.lengths);
    // "hello" is h_e_l_l_o: frames 0 to 8; the delimiter is frame 10; "world" is 12 to 20.
    assertEquals(
        List.of(
            new TimedWord("hello", 0, 180, transcript.words().get(0).confidence()),
            new TimedWord("world", 240, 420, transcript.words().get(1).confidence())),
        transcript.timedWords());
    assertEquals(samples.length / 16, transcript.durationMs());
    assertEquals(22, transcript.frameTokens().size());
    assertTrue(transcript.words().get(0).confidence() > 0.9);
  }

  @Test
  void aRecordingOfAnotherRateIsRefused() throws IOException {
    float[] samples = FakeModel.speak("hello", 1);
    try (Wav wav = new Wav(WavTest.pcm16(16_000, samples), "16.wav")) {
      assertEquals("hello", recognizer.transcribe(wav).text());
    }
    try (Wav wav = new Wav(WavTest.pcm16(44_100, samples), "44.wav")) {
      MalgwiException e =
          assertThrows(MalgwiException.class, () -> recognizer.transcribe(wav, Search.DEFAULT));
      assertEquals(
          "the samples come at 44100 Hz; expected 16000, else the model hears other speech. Give"
              + " new Resampler(samples, 44100)",
          e.getMessage());
      assertEquals(1, model.lengths.size(), "only the first was run");
      assertEquals(16_000, new Resampler(wav, wav.sampleRate()).sampleRate());
    }
  }

  @Test
  void tooFewSamplesGiveAnEmptyTranscript() throws MalgwiException {
    for (int count : new int[] {0, 1, 399}) {
      Transcript transcript = recognizer.transcribe(new float[count]);
      assertEquals("", transcript.text());
      assertEquals(List.of(), transcript.frameTokens());
      assertTrue(transcript.tooShort());
    }
    assertFalse(recognizer.transcribe(new float[400]).tooShort());
  }

  @Test
  void silenceIsNotRun() throws MalgwiException {
    Transcript transcript = recognizer.transcribe(new float[160_000]);
    assertEquals("", transcript.text());
    assertEquals(499, transcript.frameTokens().size());
    assertEquals(List.of(), model.lengths);
  }

  @Test
  void upToOneWindowIsOneRun() throws MalgwiException {
    float[] samples = new float[16_000];
    FakeModel.hold(samples, 0, 50, 0.5f);
    recognizer.transcribe(samples);
    assertEquals(List.of(16_000), model.lengths);
  }

  /** Two words of 19 hops each with a second of silence between. */
  private static float[] withPause() {
    float[] samples = new float[(19 + 50 + 20) * 320];
    float[] word = FakeModel.speak("hellohello", 1); // 20 hops, the last is blank
    System.arraycopy(word, 0, samples, 0, 19 * 320);
    System.arraycopy(word, 0, samples, 69 * 320, 20 * 320);
    return samples;
  }

  @Test
  void aPauseEndsAWordAndIsNotRun() throws MalgwiException {
    Transcript transcript = recognizer.transcribe(withPause());
    assertEquals("hellohello hellohello", transcript.text());
    // A pause of five hops ends the first segment in its middle; five precede the second.
    assertEquals(List.of((19 + 3) * 320, (5 + 20) * 320), model.lengths);
    List<Integer> tokens = transcript.frameTokens();
    assertEquals(88, tokens.size());
    assertEquals(1, tokens.get(21)); // the delimiter
    assertEquals(Collections.nCopies(64 - 22, 0), tokens.subList(22, 64));
    assertEquals(List.of(), transcript.notSpeech());
  }

  @Test
  void whatTheDetectorTakesForNoSpeechIsLeftOut() throws MalgwiException {
    // It hears speech in what is longer than 23 hops: the second word and what precedes it.
    DetectorPlan plan = new DetectorPlan(15, 0.5, 0, 1, -23);
    FakeNetwork network = new FakeNetwork(0);
    Recognizer listening =
        new Recognizer(
            model, new Detector(network, plan), FakeModel.DECODING, null, null, "Fake", "en");
    Transcript transcript = listening.transcribe(withPause());
    assertEquals("hellohello", transcript.text());
    assertEquals(List.of((5 + 20) * 320), model.lengths);
    assertEquals(List.of(new Transcript.Stretch(0, 22 * 20)), transcript.notSpeech());
    assertEquals(88, transcript.frameTokens().size());
    transcript = listening.transcribe(withPause(), Search.DEFAULT.withDetector(false));
    assertEquals("hellohello hellohello", transcript.text());
    assertEquals(List.of(), transcript.notSpeech());
    listening.close();
    assertTrue(network.closed);
  }

  @Test
  void aModelWithoutDelimiterHearsNoneInAPause() throws MalgwiException {
    Vocab vocab =
        new Vocab(FakeModel.TOKENS, 0, Vocab.NONE, Text.Unit.CHARACTER, Normalisation.PLAIN);
    Decoding none =
        new Decoding(vocab, FakeModel.GRID, FakeModel.SEGMENTS, null, "samples", "logits");
    Transcript transcript = new Recognizer(model, none).transcribe(withPause());
    assertEquals("hellohellohellohello", transcript.text());
    assertEquals(88, transcript.frameTokens().size());
  }

  /** Nothing is clipped: the loudest letter is 11/32. */
  @ParameterizedTest
  @ValueSource(ints = {0, 328, 3_277, -3_277})
  void anOffsetOfTheSoundCardChangesNothing(int offset) throws MalgwiException {
    float[] samples = withPause();
    List<Integer> tokens = recognizer.transcribe(samples).frameTokens();
    for (int i = 0; i < samples.length; i++) {
      samples[i] += offset / 32_768f;
    }
    Transcript transcript = recognizer.transcribe(samples);
    assertEquals("hellohello hellohello", transcript.text());
    assertEquals(tokens, transcript.frameTokens());
  }

  @Test
  void aClickDoesNotDecideHowLoudTheRestIs() throws MalgwiException {
    float[] samples = FakeModel.speak("hello hello hello", 1);
    samples[100] = 1;
    SegmentPlan plan =
        new SegmentPlan(16_000, 1_600, 1_600, 1_600, 960, 1_600, 32_000, -60, 60, 0, 60, 3);
    Decoding limiting =
        new Decoding(FakeModel.DECODING.vocab(), FakeModel.GRID, plan, null, "samples", "logits");
    float[] loudest = {0};
    Model measuring =
        new Model() {
          @Override
          public FloatBuffer logits(float[] heard, Cancellation cancellation)
              throws MalgwiException {
            for (float sample : heard) {
              loudest[0] = Math.max(loudest[0], sample);
            }
            return model.logits(heard, cancellation);
          }

          @Override
          public String hash() {
            return "";
          }

          @Override
          public void close() {}
        };
    new Recognizer(measuring, limiting).transcribe(samples);
    // 34 hops; the level that a twentieth exceed is that of an "o", 8/32; twice its square is
    // 3 dB: the root of 2 * 8192^2 is 11585.2.
    assertEquals(11_585 / 32_768f, loudest[0]);
  }

  @Test
  void contextIsThrownAway() throws MalgwiException {
    String text = "hello world ".repeat(20).trim();
    float[] samples = FakeModel.speak(text, 2);
    FakeModel confused = new FakeModel(true);
    Transcript transcript = new Recognizer(confused, FakeModel.DECODING).transcribe(samples);
    List<Integer> tokens = transcript.frameTokens();
    assertEquals(FakeModel.GRID.count(samples.length), tokens.size());
    assertTrue(confused.lengths.size() > 10);
    assertEquals(FakeModel.EDGE, tokens.get(0));
    assertFalse(tokens.subList(5, tokens.size() - 5).contains(FakeModel.EDGE), tokens.toString());
  }

  /** "a" or "d", and rather "a". */
  private static float[] unclear() {
    float[] samples = FakeModel.speak("a", 1);
    FakeModel.hold(samples, 0, 1, 3.4f / 32);
    return samples;
  }

  @Test
  void hotwordsDecideBetweenEqualSounds() throws MalgwiException {
    assertEquals("a", recognizer.transcribe(unclear()).text());
    Search search = Search.DEFAULT.withHotwords(List.of("D!"));
    Transcript transcript = recognizer.transcribe(unclear(), search);
    assertEquals("d", transcript.text());
    assertEquals(List.of(), transcript.alternatives());
    assertEquals(0, transcript.words().get(0).startFrame());
    assertEquals(1, transcript.words().get(0).endFrame());
    assertEquals("a", recognizer.transcribe(unclear(), search.withHotwords(List.of("?"))).text());
  }

  @Test
  void alternativesAreTheLikeliestTexts() throws MalgwiException {
    Transcript transcript = recognizer.transcribe(unclear(), Search.DEFAULT.withNbest(2));
    List<Transcript.Alternative> found = transcript.alternatives();
    assertEquals(2, found.size());
    assertEquals("a", found.get(0).text());
    assertEquals("d", found.get(1).text());
    // Logits are -4000 times the square of the distance, in the first frame 0.4 and 0.6 of 1/32.
    double difference = 4_000 * (0.36 - 0.16) / 1_024;
    assertEquals(difference, found.get(0).score() - found.get(1).score(), 1e-4);
  }

  @Test
  void theLanguageModelIsUsedUnlessAskedNotTo() throws MalgwiException {
    // It knows "a" and not "d"; "unknown" costs more than the sound tells.
    LanguageModel model =
        LanguageModelTest.open(LanguageModelTest.weighted(LanguageModelTest.good(), 1, 0, 20));
    float[] samples = unclear();
    FakeModel.hold(samples, 0, 1, 3.6f / 32);
    Recognizer knowing =
        new Recognizer(this.model, null, FakeModel.DECODING, model, null, "Fake", "en");
    assertEquals("d", recognizer.transcribe(samples).text());
    assertEquals("a", knowing.transcribe(samples).text());
    assertEquals("d", knowing.transcribe(samples, Search.GREEDY).text());
    assertEquals("d", knowing.transcribe(samples, Search.GREEDY.withBeam(4)).text());
  }

  @Test
  void confidencesAreMapped() throws MalgwiException {
    // A slope of 0: all words are as sure as the offset says, ln 3 for odds of three to one.
    ConfidenceMap map = new ConfidenceMap(0, Math.log(3));
    Recognizer mapped = new Recognizer(model, null, FakeModel.DECODING, null, map, "Fake", "en");
    for (Search search : List.of(Search.GREEDY, Search.GREEDY.withBeam(4))) {
      List<Word> words = mapped.transcribe(FakeModel.speak("hello lo", 2), search).words();
      assertEquals(2, words.size());
      words.forEach(word -> assertEquals(0.75, word.confidence(), 1e-12));
    }
  }

  @Test
  void samplesThatAreNoNumbersAreRefused() {
    float[] samples = new float[50_000];
    samples[40_001] = Float.NaN;
    MalgwiException e = assertThrows(MalgwiException.class, () -> recognizer.transcribe(samples));
    assertTrue(e.getMessage().contains("sample 40001 is NaN"), e.getMessage());
    samples[40_001] = Float.NEGATIVE_INFINITY;
    assertThrows(MalgwiException.class, () -> recognizer.transcribe(samples));
  }

  @Test
  void integersThatNobodyDividedAreRefused() throws IOException {
    float[] samples = new float[50_000];
    samples[40_001] = -101;
    MalgwiException e = assertThrows(MalgwiException.class, () -> recognizer.transcribe(samples));
    assertTrue(e.getMessage().contains("sample 40001 is -101.0"), e.getMessage());
    assertTrue(e.getMessage().contains("divided by 32,768"), e.getMessage());
    samples[40_001] = -100;
    assertEquals(50_000, recognizer.transcribe(samples).samples());
  }

  @Test
  void wrongNumberOfFramesIsRefused() {
    Decoding other =
        new Decoding(
            FakeModel.DECODING.vocab(),
            new FrameGrid(800, 320, 16_000),
            new SegmentPlan(16_000, 1_600, 1_600, 1_600, 1_600, 1_600, 32_000, -60, 60, 0, 60, 60),
            null,
            "samples",
            "logits");
    float[] samples = FakeModel.speak("hello", 1);
    MalgwiException e =
        assertThrows(MalgwiException.class, () -> new Recognizer(model, other).transcribe(samples));
    assertTrue(e.getMessage().contains("frames"), e.getMessage());
  }

  @Test
  void whatTheSourceThrowsEndsTheTranscription() {
    IOException broken = new IOException("broken");
    Samples source =
        buffer -> {
          throw broken;
        };
    assertEquals(broken, assertThrows(IOException.class, () -> recognizer.transcribe(source)));
    recognizer.close(); // doesn't wait for it
  }

  @Test
  void noMoreIsReadThanAWindowAheadOfTheModel() throws IOException {
    float[] words = Arrays.copyOf(FakeModel.speak("hello world ".repeat(5), 2), 24_000);
    int[] read = {0};
    int[] mostHeld = {0};
    Samples source =
        buffer -> {
          // What the windows that were run have left behind isn't held any more.
          mostHeld[0] = Math.max(mostHeld[0], read[0] - 12_800 * model.lengths.size());
          int count = Math.min(buffer.length, 100 * words.length - read[0]);
          for (int i = 0; i < count; i++) {
            buffer[i] = words[(read[0] + i) % words.length];
          }
          read[0] += count;
          return count == 0 ? -1 : count;
        };
    assertEquals(100L * words.length, recognizer.transcribe(source).samples());
    // A window is run when the hop after it is there.
    assertTrue(mostHeld[0] <= 16_320, mostHeld[0] + " samples were held");
  }

  @Test
  void hoursOfSoundNeedNoMemory() throws IOException {
    // Four hours of samples would be 920 MB; the heap of these tests has 256.
    float[] words = FakeModel.speak("hello world ", 2);
    long[] left = {4L * 3600 * 16_000 / words.length};
    Transcript transcript =
        recognizer.transcribe(
            (Samples)
                buffer -> {
                  System.arraycopy(words, 0, buffer, 0, words.length - 80);
                  return left[0]-- > 0 ? words.length - 80 : -1;
                });
    assertTrue(transcript.words().size() > 20_000, "" + transcript.words().size());
    assertEquals("hello", transcript.words().get(0).text());
  }
}
