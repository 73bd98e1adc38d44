package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class GoldenCheckTest {
  private static GoldenCheck check(String found, Integer... tokens) {
    return new GoldenCheck(
        "golden/1.wav", "ab", found, List.of(1, 0, 2, 2), List.of(tokens), false);
  }

  @Test
  void equalTextPassesAndTokensAreCounted() {
    GoldenCheck same = check("ab", 1, 0, 2, 2);
    assertTrue(same.sameText());
    assertEquals(1, same.agreement());
    assertEquals(-1, same.firstDifference());
    assertFalse(same.isDoubtful());
    GoldenCheck tie = check("ab", 1, 0, 0, 2);
    assertTrue(tie.sameText());
    assertEquals(0.75, tie.agreement());
    assertEquals(2, tie.firstDifference());
    assertTrue(tie.isDoubtful());
    assertFalse(check("b", 0, 0, 2, 2).sameText());
    assertFalse(check("b", 0, 0, 2, 2).isDoubtful());
    assertThrows(IllegalArgumentException.class, () -> check("ab", 1, 0, 2));
  }

  @Test
  void oneFrameInTwentyIsNotDoubtful() {
    List<Integer> expected = Collections.nCopies(20, 1);
    List<Integer> found = new java.util.ArrayList<>(expected);
    found.set(19, 2);
    assertFalse(new GoldenCheck("x", "", "", expected, found, false).isDoubtful());
    found.set(0, 2);
    assertTrue(new GoldenCheck("x", "", "", expected, found, false).isDoubtful());
  }
}
