package org.malgwi.android;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class TimelineTest {
  private static final int SECOND = 16_000;

  private static long silence(Timeline timeline, double place, int samples) {
    return timeline.silenceBefore(Math.round(place * 1e6), samples, SECOND);
  }

  @Test
  public void lateSoundAndHolesAreSilence() {
    Timeline timeline = new Timeline(0, 20_000_000);
    assertEquals(4 * SECOND, silence(timeline, 4, SECOND));
    assertEquals(0, silence(timeline, 5, SECOND));
    assertEquals(3 * SECOND, silence(timeline, 9, SECOND));
  }

  @Test
  public void theClockNeedNotBeginAtZero() {
    Timeline timeline = new Timeline(100_000_000, 0);
    assertEquals(0, silence(timeline, 100, SECOND));
    assertEquals(2 * SECOND, silence(timeline, 103, SECOND));
  }

  @Test
  public void paddingIsNoHole() {
    Timeline timeline = new Timeline(0, 0);
    assertEquals(0, silence(timeline, 0.099, SECOND));
    assertEquals(0, silence(timeline, 1.099, SECOND));
    assertEquals(Math.round(0.102 * SECOND), silence(timeline, 2.102, SECOND));
  }

  @Test
  public void aClockThatIsSetAnewMakesNoSilence() {
    Timeline joined = new Timeline(0, 0);
    assertEquals(0, silence(joined, 0, 5 * SECOND));
    assertEquals(0, silence(joined, 0, SECOND)); // the second file begins
    assertEquals(2 * SECOND, silence(joined, 3, SECOND)); // its own hole
    Timeline stated = new Timeline(0, 10_000_000);
    assertEquals(0, silence(stated, 500, SECOND)); // further than the whole is long
    assertEquals(0, silence(stated, 501, SECOND));
    assertEquals(0, new Timeline(0, 0).silenceBefore(3_601_000_000L, 1, SECOND));
    assertEquals(3_599L * SECOND, new Timeline(0, 0).silenceBefore(3_599_000_000L, 1, SECOND));
  }
}
