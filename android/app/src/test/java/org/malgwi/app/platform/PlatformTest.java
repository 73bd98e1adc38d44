package org.malgwi.app.platform;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.Context;
import android.os.PowerManager;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowPowerManager;

@RunWith(RobolectricTestRunner.class)
public class PlatformTest {
  private final Context context = RuntimeEnvironment.getApplication();
  private final ShadowPowerManager power = shadowOf(context.getSystemService(PowerManager.class));

  @Test
  public void heatStrains() {
    for (int heat = 0; heat <= 6; heat++) {
      power.setCurrentThermalStatus(heat);
      assertEquals("" + heat, heat >= 2, Platform.isStrained(context));
    }
  }

  @Test
  public void soDoesAnEmptyBattery() {
    assertFalse(Platform.isStrained(context));
    power.setIsPowerSaveMode(true);
    assertTrue(Platform.isStrained(context));
  }
}
