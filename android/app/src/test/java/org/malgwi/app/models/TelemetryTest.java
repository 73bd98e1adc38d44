package org.malgwi.app.models;

import static org.junit.Assert.assertEquals;

import android.system.Os;
import java.util.Map;
import java.util.TreeMap;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;

/** The app has started, as it has before every test. */
@RunWith(RobolectricTestRunner.class)
@Config(shadows = TelemetryTest.Environment.class)
public final class TelemetryTest {
  @Test
  public void itIsOffAsSoonAsTheAppStarts() {
    Map<String, String> expected =
        Map.of("ORT_DISABLE_TELEMETRY", "1", "ORT_TELEMETRY_DISABLED", "1");
    assertEquals(expected, Environment.SET);
  }

  /** Robolectric's own does nothing. */
  @Implements(Os.class)
  public static class Environment {
    static final Map<String, String> SET = new TreeMap<>();

    @Implementation
    protected static void setenv(String name, String value, boolean overwrite) {
      if (overwrite || !SET.containsKey(name)) {
        SET.put(name, value);
      }
    }
  }
}
