package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class DecodingTest {
  private static Decoding decoding(Vocab vocab) {
    return new Decoding(vocab, FakeModel.GRID, FakeModel.SEGMENTS, null, "samples", "logits");
  }

  @Test
  void letters() {
    List<String> tokens = List.of("<pad>", "|", "b", "ŋ", "a", "\u0301", "말");
    assertEquals(
        List.of("b", "ŋ", "a", "\u0301", "말"),
        decoding(new Vocab(tokens, 0, 1, Text.Unit.CHARACTER, Normalisation.PLAIN)).letters());
    List<String> jamo = List.of("<pad>", "|", "\u1106", "\u1161");
    assertEquals(
        List.of("\u1106", "\u1161"),
        decoding(new Vocab(jamo, 0, 1, Text.Unit.JAMO, Normalisation.PLAIN)).letters());
  }

  @Test
  void spellsAsPeopleWrite() {
    assertTrue(FakeModel.DECODING.canSpell(" Hello,  WORLD! "));
    assertTrue(FakeModel.DECODING.canSpell("")); // it is dropped, not refused
    assertFalse(FakeModel.DECODING.canSpell("hello zebra"));
    assertFalse(FakeModel.DECODING.canSpell("[PAD] 東京"));
  }

  @Test
  void aSyllableIsSpeltWithItsLetters() {
    List<String> tokens = List.of("[PAD]", "|", "\u1106", "\u1161", "\u11af");
    assertTrue(
        decoding(new Vocab(tokens, 0, 1, Text.Unit.JAMO, Normalisation.PLAIN)).canSpell("말 마"));
    assertFalse(
        decoding(new Vocab(tokens, 0, 1, Text.Unit.JAMO, Normalisation.PLAIN)).canSpell("말귀"));
    assertFalse(
        decoding(new Vocab(tokens, 0, 1, Text.Unit.CHARACTER, Normalisation.PLAIN)).canSpell("말"));
  }

  /** What a search takes can be spelt, and what it refuses can't. */
  @TestFactory
  Stream<DynamicTest> refusesWhatASearchRefuses() {
    return Golden.tests(
        "hotwords.json",
        "errors",
        c -> {
          for (String hotword : c.strings("hotwords")) {
            boolean refused = hotword.equals(c.string("hotword"));
            assertEquals(!refused, decoding(c.vocab()).canSpell(hotword), hotword);
            if (refused) {
              assertThrows(MalgwiException.class, () -> Hotwords.of(List.of(hotword), c.vocab()));
            }
          }
        });
  }
}
