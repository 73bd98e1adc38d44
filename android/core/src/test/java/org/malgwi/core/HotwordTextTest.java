package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
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

  /** As Notepad writes them, too; what is wrong is said of the file. */
  @Test
  void files() throws Exception {
    List<String> words = List.of("말귀", "Seoul Station");
    for (Charset charset : List.of(StandardCharsets.UTF_8, Charset.forName("UTF-16LE"))) {
      byte[] file = "\uFEFF# names\r\n말귀\r\n\r\n Seoul Station \r\n".getBytes(charset);
      assertEquals(words, HotwordText.ofFile("names.txt", file));
    }
    for (byte[] wrong :
        List.of(
            "a, b".getBytes(StandardCharsets.UTF_8),
            "# nothing".getBytes(StandardCharsets.UTF_8),
            "말".getBytes(Charset.forName("EUC-KR")),
            new byte[] {'a', 0})) {
      MalgwiException e =
          assertThrows(MalgwiException.class, () -> HotwordText.ofFile("names.txt", wrong));
      assertTrue(e.getMessage().startsWith("names.txt: "), e.getMessage());
    }
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
