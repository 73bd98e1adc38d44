package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void keepsTypesApart() throws MalgwiException {
    Object value = Json.parse("{\"a\": [1, 1.0, 1e2, -0, \"1\", true, null], \"b\": {}}", "x");
    Map<?, ?> object = (Map<?, ?>) value;
    assertEquals(Arrays.asList(1L, 1.0, 100.0, 0L, "1", true, null), object.get("a"));
    assertEquals(Map.of(), object.get("b"));
    assertEquals(List.of(1e20), Json.parse("[100000000000000000000]", "x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"a\": 1,}",
        "[1,]",
        "{\"a\": 1} x",
        "{\"a\": 1}}",
        "[1][2]",
        "{\"a\": 1, \"a\": 2}",
        "[NaN]",
        "[Infinity]",
        "[-1e999]",
        "[01]",
        "[+1]",
        "[.5]",
        "[1.]",
        "['a']",
        "[\"\u0001\"]",
        "[\"\\ud800\"]",
        "[\"\\x\"]",
        "\uFEFF{}",
        "// no\n{}",
        "{\"\\ud800\": 1}",
        "nul",
      })
  void refuses(String text) {
    MalgwiException e = assertThrows(MalgwiException.class, () -> Json.parse(text, "b.json"));
    assertTrue(e.getMessage().startsWith("b.json: not readable as JSON"), e.getMessage());
  }

  @Test
  void refusesWhatIsNoUtf8() {
    byte[] latin1 = "[\"ä\"]".getBytes(StandardCharsets.ISO_8859_1);
    assertThrows(MalgwiException.class, () -> Json.parse(latin1, "x"));
  }

  @Test
  void deepNestingNeitherOverflowsNorHangs() throws MalgwiException {
    for (String open : List.of("[", "{\"a\":", "[[{\"a\":")) {
      assertThrows(MalgwiException.class, () -> Json.parse(open.repeat(500_000), "x"));
    }
    Json.parse("[".repeat(64) + "]".repeat(64), "x");
    assertThrows(MalgwiException.class, () -> Json.parse("[".repeat(65) + "]".repeat(65), "x"));
  }
}
