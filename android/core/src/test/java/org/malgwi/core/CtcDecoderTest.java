package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class CtcDecoderTest {
  @TestFactory
  Stream<DynamicTest> startsOfFrames() {
    return Golden.tests(
        "times.json",
        "frames",
        c -> {
          FrameGrid grid = new FrameGrid(1000, c.integer("hop"), c.integer("sample_rate"));
          long samples =
              c.keys().get("samples") == null ? Long.MAX_VALUE / 1000 : c.integer("samples");
          assertEquals(c.integer("ms"), grid.ms(c.integer("frame"), samples));
        });
  }

  @TestFactory
  Stream<DynamicTest> timesOfWords() {
    return Golden.tests(
        "times.json",
        "words",
        c -> {
          BestPath path = c.path("ids", 0.5);
          assertEquals(c.integer("duration_ms"), check(c, path).durationMs());
        });
  }

  @TestFactory
  Stream<DynamicTest> confidences() {
    return Golden.tests(
        "confidence.json",
        "cases",
        c -> {
          BestPath path = new CtcDecoder(c.vocab()).best(logits(c));
          assertArrayEquals(c.ids("ids"), path.tokens());
          Transcript transcript = check(c, path);
          List<Golden> words = c.children("words");
          for (int i = 0; i < words.size(); i++) {
            double expected = words.get(i).number("confidence");
            assertEquals(expected, transcript.words().get(i).confidence(), 1e-9);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatIsNoNumber() {
    return Golden.tests(
        "confidence.json",
        "errors",
        c -> {
          MalgwiException e =
              assertThrows(MalgwiException.class, () -> new CtcDecoder(c.vocab()).best(logits(c)));
          assertTrue(e.getMessage().contains("not a number in frame"), e.getMessage());
        });
  }

  private static FloatBuffer logits(Golden c) {
    List<?> frames = c.list("logits");
    FloatBuffer logits = FloatBuffer.allocate(frames.size() * c.list("tokens").size());
    for (Object frame : frames) {
      for (Object value : (List<?>) frame) {
        logits.put(Float.parseFloat(value.toString()));
      }
    }
    return logits.flip();
  }

  private static Transcript check(Golden c, BestPath path) {
    int hop = c.integer("hop");
    FrameGrid grid = new FrameGrid(hop, hop, c.integer("sample_rate"));
    List<Word> words = new CtcDecoder(c.vocab()).words(path, 0);
    Transcript transcript =
        new Transcript(Transcript.join(words), words, List.of(), c.integer("samples"), grid, false);
    List<Golden> expected = c.children("words");
    assertEquals(expected.size(), words.size());
    for (int i = 0; i < words.size(); i++) {
      Golden word = expected.get(i);
      assertEquals(word.string("text"), words.get(i).text());
      assertEquals(word.integer("start_frame"), words.get(i).startFrame());
      assertEquals(word.integer("end_frame"), words.get(i).endFrame());
      assertEquals(word.integer("start_ms"), transcript.timedWords().get(i).startMs());
      assertEquals(word.integer("end_ms"), transcript.timedWords().get(i).endMs());
    }
    return transcript;
  }
}
