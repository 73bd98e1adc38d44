package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class LanguageTest {
  @TestFactory
  Stream<DynamicTest> resolvesNames() {
    return Golden.tests(
        "language.json",
        "cases",
        c -> {
          String expected = c.string("expected") == null ? Language.UNKNOWN : c.string("expected");
          assertEquals(expected, Language.tag(c.string("input")));
          assertEquals(expected, Language.tag(expected), "twice");
        });
  }

  @TestFactory
  Stream<DynamicTest> knowsNothingOfOtherTexts() {
    return Golden.tests(
        "language.json",
        "refused",
        c -> assertEquals(Language.UNKNOWN, Language.tag(c.string("input"))));
  }

  @Test
  void comparesWithoutScriptAndRegion() {
    assertEquals("en", Language.primary("en_US"));
    assertEquals("he", Language.primary("iw-IL"));
    assertEquals(Language.UNKNOWN, Language.primary(""));
  }
}
