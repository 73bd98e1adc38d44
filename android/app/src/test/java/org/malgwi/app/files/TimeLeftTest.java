package org.malgwi.app.files;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class TimeLeftTest {
  private static final long SECOND = 1_000_000_000;

  private final TimeLeft left = new TimeLeft();

  @Test
  public void thePaceSoFarGoesOn() {
    assertEquals("too early to say", -1, left.seconds(SECOND, 0.1));
    assertEquals("a tenth took 2 s", 18, left.seconds(2 * SECOND, 0.1));
    assertEquals("and a quarter 5 s", 15, left.seconds(5 * SECOND, 0.25));
    assertEquals(0, left.seconds(20 * SECOND, 1));
  }

  @Test
  public void withoutProgressNothingIsSaid() {
    assertEquals(-1, left.seconds(5 * SECOND, 0));
  }

  /** Half of it was read from a journal in 15 s; the rest takes 1 % a second. */
  @Test
  public void theLatestPaceCounts() {
    assertEquals(15, left.seconds(15 * SECOND, 0.5));
    assertEquals("0.65 in 30 s", 16, left.seconds(30 * SECOND - 1, 0.65));
    assertEquals("since 15 s: 15 % in 15 s", 35, left.seconds(30 * SECOND, 0.65));
    assertEquals("since 15 s: 25 % in 25 s", 25, left.seconds(40 * SECOND, 0.75));
    assertEquals("since 30 s", 20, left.seconds(45 * SECOND, 0.8));
  }
}
