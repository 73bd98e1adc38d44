package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class HotwordTextTest {
  /** What reads a list. */
  interface Reader {
    List<String> read(String text) throws MalgwiException;
  }

  @TestFactory
  Stream<DynamicTest> words() {
    return Golden.tests(
        "hotwords.json", "words", c -> check(c, c.string("words"), HotwordText::ofWords));
  }

  @TestFactory
  Stream<DynamicTest> lines() {
    return Golden.tests(
        "hotwords.json", "lines", c -> check(c, c.string("text"), HotwordText::ofLines));
  }

  private static void check(Golden c, String text, Reader reader) throws MalgwiException {
    if (c.keys().containsKey("phrases")) {
      assertEquals(c.strings("phrases"), reader.read(text));
      return;
    }
    MalgwiException e = assertThrows(MalgwiException.class, () -> reader.read(text));
    for (String part : c.strings("error")) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }
}
