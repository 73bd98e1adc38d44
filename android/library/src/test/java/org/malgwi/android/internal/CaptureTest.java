package org.malgwi.android.internal;

import static org.junit.Assert.assertEquals;

import java.util.Arrays;
import org.junit.Test;

public class CaptureTest {
  @Test
  public void anOffsetIsNoSound() {
    float[] samples = new float[1_600];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = 0.1f + (i % 2 == 0 ? 0.01f : -0.01f);
    }
    assertEquals(-40, Capture.dbfs(samples, samples.length), 1e-3);
    Arrays.fill(samples, -0.1f);
    assertEquals(Capture.SILENCE_DBFS, Capture.dbfs(samples, samples.length), 0);
    assertEquals(Capture.SILENCE_DBFS, Capture.dbfs(samples, 0), 0);
  }
}
