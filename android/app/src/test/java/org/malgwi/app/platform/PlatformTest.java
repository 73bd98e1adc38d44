package org.malgwi.app.platform;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.ActivityManager;
import android.app.ApplicationExitInfo;
import android.content.Context;
import android.os.PowerManager;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.platform.Platform.Ending;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowActivityManager;
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
  public void howAProcessEnded() {
    assertEquals(Ending.CRASHED, after(ApplicationExitInfo.REASON_CRASH_NATIVE, 0));
    assertEquals(Ending.CRASHED, after(ApplicationExitInfo.REASON_CRASH, 0));
    assertEquals(Ending.KILLED, after(ApplicationExitInfo.REASON_LOW_MEMORY, 0));
    assertEquals("SIGKILL", Ending.KILLED, after(ApplicationExitInfo.REASON_SIGNALED, 9));
    assertEquals("SIGSEGV", Ending.CRASHED, after(ApplicationExitInfo.REASON_SIGNALED, 11));
    assertEquals(Ending.OTHERWISE, after(ApplicationExitInfo.REASON_PACKAGE_UPDATED, 0));
    assertEquals(Ending.OTHERWISE, after(ApplicationExitInfo.REASON_USER_REQUESTED, 0));
    assertEquals(Ending.UNKNOWN, after(ApplicationExitInfo.REASON_UNKNOWN, 0));
    assertEquals("not in the list", Ending.UNKNOWN, Platform.ending(context, 4_711));
  }

  private int pid = 100;

  private Ending after(int reason, int status) {
    pid++;
    shadowOf(context.getSystemService(ActivityManager.class))
        .addApplicationExitInfo(
            ShadowActivityManager.ApplicationExitInfoBuilder.newBuilder()
                .setProcessName(context.getPackageName())
                .setPid(pid)
                .setReason(reason)
                .setStatus(status)
                .build());
    return Platform.ending(context, pid);
  }

  @Test
  public void soDoesAnEmptyBattery() {
    assertFalse(Platform.isStrained(context));
    power.setIsPowerSaveMode(true);
    assertTrue(Platform.isStrained(context));
  }
}
