package org.malgwi.app.selftest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.Test;

public class TimingTest {
  @Test
  public void quantilesAreNearestRanks() {
    List<Double> values = List.of(5.0, 1.0, 4.0, 2.0, 3.0);
    assertEquals(3, Timing.quantile(values, 0.5), 0);
    assertEquals(5, Timing.quantile(values, 0.95), 0);
    assertEquals(1, Timing.quantile(values, 0.2), 0);
    assertEquals(2, Timing.quantile(List.of(2.0, 7.0), 0.5), 0);
    assertThrows(IllegalArgumentException.class, () -> Timing.quantile(List.of(), 0.5));
  }

  @Test
  public void moreThreadsMustBeWorthTheirCurrent() {
    assertEquals(1, Timing.fastest(Map.of(1, 0.1)));
    assertEquals(1, Timing.fastest(Map.of(1, 0.1, 2, 0.096, 4, 0.11)));
    assertEquals(2, Timing.fastest(Map.of(1, 0.1, 2, 0.06, 4, 0.058)));
    assertEquals(4, Timing.fastest(Map.of(1, 0.1, 2, 0.06, 4, 0.05)));
    assertEquals(4, Timing.fastest(Map.of(1, 0.1, 2, 0.2, 4, 0.05)));
  }

  @Test
  public void likenessFindsADelay() {
    Random random = new Random(1);
    float[] sound = new float[4_000];
    float[] late = new float[4_100];
    float[] other = new float[4_000];
    for (int i = 0; i < sound.length; i++) {
      sound[i] = (float) random.nextGaussian();
      late[i + 100] = 0.5f * sound[i];
      other[i] = (float) random.nextGaussian();
    }
    assertEquals(1, Timing.likeness(sound, late, 200), 1e-6);
    assertEquals(1, Timing.likeness(late, sound, 200), 1e-6);
    assertTrue(Timing.likeness(sound, late, 50) < 0.2);
    assertTrue(Timing.likeness(sound, other, 200) < 0.2);
    assertEquals(-1, Timing.likeness(sound, new float[10], 200), 0);
  }

  @Test
  public void zerosAreCounted() {
    assertEquals(0.5, Timing.zeros(new short[] {0, 3, 0, -1, 0, 0}, 4), 0);
    assertEquals(1, Timing.zeros(new short[4], 0), 0);
    assertEquals(0.123, Timing.round(0.12345, 3), 1e-12);
  }
}
