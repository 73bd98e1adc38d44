package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class VocabTest {
  @TestFactory
  Stream<DynamicTest> decodesAsVocabJson() {
    return Golden.tests(
        "vocab.json",
        "cases",
        c -> assertEquals(c.string("expected"), c.vocab().decode(c.ids("input"))));
  }

  @TestFactory
  Stream<DynamicTest> decodesAsDecodeJson() {
    return Golden.tests(
        "decode.json",
        "cases",
        c -> assertEquals(c.string("text"), c.vocab().decode(c.ids("ids"))));
  }

  @TestFactory
  Stream<DynamicTest> wordsJoinToTheSameText() {
    return Golden.tests(
        "decode.json",
        "cases",
        c -> {
          BestPath path = c.path("ids", 1);
          List<Word> words = new CtcDecoder(c.vocab()).words(path, 0);
          assertEquals(c.string("text"), Transcript.join(words));
        });
  }

  @TestFactory
  Stream<DynamicTest> spellsAsVocabJson() {
    return Golden.tests(
        "vocab.json",
        "spelling",
        c -> {
          Vocab vocab = c.vocab();
          int[] ids = c.string("letters").codePoints().map(l -> vocab.id(of(l))).toArray();
          assertArrayEquals(c.ids("ids"), ids);
          assertEquals(c.string("missing"), String.join("", vocab.missing(c.string("text"))));
          c.string("missing").codePoints().forEach(l -> assertEquals(Vocab.NONE, vocab.id(of(l))));
        });
  }

  private static String of(int letter) {
    return new String(Character.toChars(letter));
  }

  @Test
  void refusesWrongIds() {
    Text.Unit unit = Text.Unit.CHARACTER;
    assertThrows(
        IllegalArgumentException.class,
        () -> new Vocab(List.of("a", "a"), 0, Vocab.NONE, unit, Normalisation.PLAIN));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Vocab(List.of("a", "b"), 2, Vocab.NONE, unit, Normalisation.PLAIN));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Vocab(List.of("a", "b"), 0, 2, unit, Normalisation.PLAIN));
  }
}
