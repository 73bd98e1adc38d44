package org.malgwi.core;

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

  @Test
  void capitalTokensSpellSmallLetters() {
    List<String> tokens = List.of("<pad>", "<unk>", "|", "A", "B", "b", "'", "TH");
    Vocab vocab = new Vocab(tokens, 0, 2, Text.Unit.CHARACTER, Normalisation.PLAIN);
    assertEquals(List.of("c", "h", "t"), vocab.missing("ab thc"));
    assertEquals(List.of(3, 5, 6), List.of(vocab.id("a"), vocab.id("b"), vocab.id("'")));
    assertEquals(Vocab.NONE, vocab.id("c"));
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
