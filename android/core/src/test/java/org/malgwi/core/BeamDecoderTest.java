package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class BeamDecoderTest {
  private static final String FILE = "beam.json";

  @TestFactory
  Stream<DynamicTest> goldenCases() {
    Golden file = Golden.file(FILE);
    return Golden.tests(FILE, "cases", c -> check(file, c));
  }

  @Test
  void theConstantsArePythons() {
    Golden constants = Golden.file(FILE).child("constants");
    assertEquals(constants.integer("beam"), Search.BEAM);
    assertEquals(constants.integer("widest"), Search.WIDEST);
    assertEquals(constants.number("floor"), BeamSearch.FLOOR);
    assertEquals(Math.exp(constants.number("reach")), BeamSearch.REACH);
    assertEquals(constants.integer("commit"), BeamDecoder.COMMIT);
    assertEquals(constants.integer("pending"), BeamDecoder.MOST_PENDING);
    assertEquals(constants.number("unknown_letter"), Fusion.UNKNOWN_LETTER);
    assertEquals(constants.number("boost"), Search.BOOST);
  }

  private static void check(Golden file, Golden c) throws MalgwiException {
    Vocab vocab = file.child("vocabularies").child(c.string("vocabulary")).vocab();
    FloatBuffer logits = logits(file, c);
    if (c.keys().containsKey("error")) {
      assertThrows(MalgwiException.class, () -> new CtcDecoder(vocab).best(logits));
      return;
    }
    List<Golden> expected = c.children("nbest");
    Random random = new Random(1);
    for (int round = 0; round < 2; round++) {
      BeamDecoder decoder = decoder(c, vocab);
      int frames = logits.remaining() / vocab.size();
      for (int from = 0; from < frames; ) {
        int to = round == 0 ? frames : Math.min(frames, from + 1 + random.nextInt(300));
        decoder.add(new Frames(logits, null), from, to);
        from = to;
      }
      assertEquals(c.string("stable"), decoder.stable());
      List<Word> words = decoder.words();
      List<Transcript.Alternative> found = decoder.alternatives();
      assertEquals(
          expected.stream().map(one -> one.string("text")).toList(),
          found.stream().map(Transcript.Alternative::text).toList());
      for (int i = 0; i < expected.size(); i++) {
        assertEquals(expected.get(i).number("score"), found.get(i).score(), 1e-4);
      }
      List<Golden> expectedWords = c.children("words");
      assertEquals(expectedWords.size(), words.size());
      for (int i = 0; i < words.size(); i++) {
        Golden word = expectedWords.get(i);
        assertEquals(word.string("text"), words.get(i).text());
        assertEquals(word.integer("start_frame"), words.get(i).startFrame(), word.toString());
        assertEquals(word.integer("end_frame"), words.get(i).endFrame(), word.toString());
        assertEquals(word.number("confidence"), words.get(i).confidence(), 1e-6);
      }
    }
  }

  private static BeamDecoder decoder(Golden c, Vocab vocab) throws MalgwiException {
    LanguageModel model = null;
    if (c.keys().get("lm") != null) {
      byte[] bytes = LanguageModelTest.bytes(c.string("lm"));
      if (c.keys().containsKey("weights")) {
        List<?> weights = c.list("weights");
        bytes =
            LanguageModelTest.weighted(
                bytes, number(weights, 0), number(weights, 1), number(weights, 2));
      }
      model = LanguageModelTest.open(bytes);
    }
    Hotwords hotwords = Hotwords.of(c.strings("hotwords"), vocab);
    double boost = c.keys().get("boost") == null ? 1 : c.number("boost");
    Fusion fusion = new Fusion(new Symbols(vocab), model, hotwords, boost);
    return new BeamDecoder(fusion, c.integer("width"), c.children("nbest").size());
  }

  private static double number(List<?> list, int index) {
    return ((Number) list.get(index)).doubleValue();
  }

  private static FloatBuffer logits(Golden file, Golden c) {
    List<Float> values = new ArrayList<>();
    for (Golden segment : c.children("logits")) {
      int times = segment.keys().containsKey("times") ? segment.integer("times") : 1;
      List<Float> once =
          segment.keys().containsKey("clip")
              ? clip(file.child("clips").child(segment.string("clip")))
              : rows(segment.list("rows"));
      for (int i = 0; i < times; i++) {
        values.addAll(once);
      }
    }
    FloatBuffer logits = FloatBuffer.allocate(values.size());
    values.forEach(logits::put);
    return logits.flip();
  }

  private static List<Float> rows(List<?> rows) {
    List<Float> values = new ArrayList<>();
    for (Object row : rows) {
      ((List<?>) row).forEach(value -> values.add(Float.parseFloat(value.toString())));
    }
    return values;
  }

  private static List<Float> clip(Golden clip) {
    ByteBuffer halves =
        ByteBuffer.wrap(Base64.getDecoder().decode(clip.string("float16")))
            .order(ByteOrder.LITTLE_ENDIAN);
    List<Float> values = new ArrayList<>();
    while (halves.hasRemaining()) {
      values.add(single(halves.getShort()));
    }
    return values;
  }

  /** IEEE 754 binary16. */
  private static float single(short half) {
    int exponent = (half >> 10) & 31;
    int fraction = half & 1023;
    float size =
        exponent == 0 ? Math.scalb(fraction, -24) : Math.scalb(1 + fraction / 1024f, exponent - 15);
    return half < 0 ? -size : size;
  }

  @Test
  void aWideBeamSumsOverAllPaths() throws MalgwiException {
    long seed = System.nanoTime();
    System.out.println("BeamDecoderTest.aWideBeamSumsOverAllPaths: seed " + seed);
    Random random = new Random(seed);
    Vocab vocab =
        new Vocab(
            List.of("[PAD]", "|", "a", "b", "[UNK]"),
            0,
            1,
            Text.Unit.CHARACTER,
            Normalisation.PLAIN);
    for (int round = 0; round < 300; round++) {
      int frames = 1 + random.nextInt(3);
      FloatBuffer logits = FloatBuffer.allocate(frames * vocab.size());
      while (logits.hasRemaining()) {
        logits.put(
            (float) random.nextGaussian() * 0.2f); // so that nothing is too unlikely to follow
      }
      logits.flip();
      Map<String, Double> sums = new HashMap<>();
      sum(vocab, logits, frames, new int[frames], 0, sums);
      BeamDecoder decoder =
          new BeamDecoder(new Fusion(new Symbols(vocab), null, null, 0), 1_000, 1_000);
      decoder.add(new Frames(logits, null), 0, frames);
      for (Transcript.Alternative one : decoder.alternatives()) {
        // A text is followed with and without a separator at its end: one of the two is the best.
        double plain = sums.getOrDefault(one.text(), 0.0);
        double spaced = sums.getOrDefault(one.text() + " ", 0.0);
        double expected = Math.log(Math.max(plain, spaced));
        assertEquals(expected, one.score(), 1e-9, "seed " + seed + ", round " + round);
      }
    }
  }

  /** Adds up the probabilities of all paths by what they spell, "a |" and "a" apart. */
  private static void sum(
      Vocab vocab, FloatBuffer logits, int frames, int[] path, int done, Map<String, Double> sums) {
    if (done < frames) {
      for (int id = 0; id < vocab.size(); id++) {
        path[done] = id;
        sum(vocab, logits, frames, path, done + 1, sums);
      }
      return;
    }
    double probability = 1;
    StringBuilder spelt = new StringBuilder();
    int last = -1;
    for (int frame = 0; frame < frames; frame++) {
      double all = 0;
      for (int id = 0; id < vocab.size(); id++) {
        all += Math.exp(logits.get(frame * vocab.size() + id));
      }
      probability *= Math.exp(logits.get(frame * vocab.size() + path[frame])) / all;
      String emitted = path[frame] == last ? "" : vocab.emits(path[frame]);
      boolean second = spelt.length() == 0 || spelt.charAt(spelt.length() - 1) == ' ';
      spelt.append(emitted.equals(" ") && second ? "" : emitted);
      last = path[frame];
    }
    sums.merge(spelt.toString(), probability, Double::sum);
  }

  @Test
  void wordsAreSettledOnTheWay() throws MalgwiException {
    Vocab vocab = FakeModel.DECODING.vocab();
    FloatBuffer logits =
        new FakeModel().logits(FakeModel.speak("hello world ", 2), new Cancellation());
    int frames = logits.remaining() / vocab.size();
    BeamDecoder decoder = new BeamDecoder(new Fusion(new Symbols(vocab), null, null, 0), 32, 0);
    for (int i = 0; i < 300; i++) {
      decoder.add(new Frames(logits, null), 0, frames);
      assertTrue(decoder.pending() <= 1_700, decoder.pending() + " frames pending");
    }
    List<Word> words = decoder.words();
    assertEquals(600, words.size());
    assertEquals("world", words.get(599).text());
    // Its letters w, o, r, l, d begin in the frames 18, 21, 24, 27 and 30 and last two frames.
    assertEquals(299 * frames + 18, words.get(599).startFrame());
    assertEquals(299 * frames + 32, words.get(599).endFrame());
  }

  @Test
  void aLetterGoesOnAfterItsBeginningIsSettled() throws MalgwiException {
    // Settled are the first 200 frames; "a" lasts from 190 to 210 and is clearest in 205.
    Vocab vocab =
        new Vocab(List.of("[PAD]", "|", "a", "b"), 0, 1, Text.Unit.CHARACTER, Normalisation.PLAIN);
    FloatBuffer logits = FloatBuffer.allocate(240 * vocab.size());
    for (int frame = 0; frame < 240; frame++) {
      int token = frame >= 190 && frame <= 210 ? 2 : frame == 220 ? 1 : frame == 230 ? 3 : 0;
      double chance = token == 2 && frame != 205 ? 0.999_99 : 0.999_999;
      for (int id = 0; id < vocab.size(); id++) {
        logits.put((float) Math.log(id == token ? chance : (1 - chance) / 3));
      }
    }
    logits.flip();
    BeamDecoder decoder = new BeamDecoder(new Fusion(new Symbols(vocab), null, null, 0), 32, 0);
    decoder.add(new Frames(logits, null), 0, 200);
    assertEquals(0, decoder.pending());
    decoder.add(new Frames(logits, null), 200, 240);
    List<Word> words = decoder.words();
    assertEquals(List.of("a", "b"), words.stream().map(Word::text).toList());
    assertEquals(190, words.get(0).startFrame());
    assertEquals(211, words.get(0).endFrame());
    assertEquals(0.999_999, words.get(0).confidence(), 1e-6);
    assertEquals(230, words.get(1).startFrame());
  }

  @Test
  void whatStaysOpenIsSettledInTheEnd() throws MalgwiException {
    // One letter all the time, half of it and half blank: nothing is ever shared by all.
    Vocab vocab =
        new Vocab(List.of("[PAD]", "a"), 0, Vocab.NONE, Text.Unit.CHARACTER, Normalisation.PLAIN);
    FloatBuffer logits = FloatBuffer.allocate(2 * 8_000);
    BeamDecoder decoder = new BeamDecoder(new Fusion(new Symbols(vocab), null, null, 0), 32, 0);
    for (int i = 0; i < 8_000; i++) {
      decoder.add(new Frames(logits, null), i, i + 1);
      assertTrue(decoder.pending() <= 1_700, decoder.pending() + " frames pending");
    }
    assertEquals(1, decoder.words().size());
  }
}
