package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class TextTest {
  @TestFactory
  Stream<DynamicTest> normalises() {
    return Golden.tests(
        "text.json",
        "cases",
        c -> {
          Normalisation rules =
              new Normalisation(
                  c.has("language") ? c.string("language") : Language.UNKNOWN,
                  c.has("keep_letters") ? c.string("keep_letters") : "",
                  false);
          assertEquals(c.string("expected"), Text.normalise(c.string("input"), rules));
          assertEquals(c.string("expected"), Text.normalise(c.string("expected"), rules), "twice");
        });
  }

  @TestFactory
  Stream<DynamicTest> splitsAndJoinsJamo() {
    return Golden.tests(
        "jamo.json",
        "cases",
        c -> {
          List<String> parts = c.strings("expected");
          assertEquals(parts, Text.split(c.string("input"), Text.Unit.JAMO));
          assertEquals(c.string("input"), Text.join(parts));
        });
  }

  @Test
  void everySyllableSurvives() {
    for (char syllable = 0xAC00; syllable <= 0xD7A3; syllable++) {
      String text = String.valueOf(syllable);
      List<String> parts = Text.split(text, Text.Unit.JAMO);
      assertEquals((syllable - 0xAC00) % 28 == 0 ? 2 : 3, parts.size());
      assertEquals(text, Text.join(parts));
    }
  }

  @Test
  void charactersStayWholeOutsideTheFirstPlane() {
    assertEquals(List.of("a", "𝒳", "말"), Text.split("a𝒳말", Text.Unit.CHARACTER));
  }
}
