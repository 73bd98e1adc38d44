package org.malgwi.android.internal;

import android.system.ErrnoException;
import android.system.Os;
import java.util.List;

/**
 * onnxruntime's reports to its maker, which begin with version 1.29. The version that the app is
 * built of has none; this holds for one that is put in its place.
 */
public final class Telemetry {
  /** Of the releases, and of versions between them. */
  private static final List<String> VARIABLES =
      List.of("ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED");

  private Telemetry() {}

  /** Turns it off; to be called before the library is loaded, later it has no effect. */
  public static void turnOff() {
    for (String variable : VARIABLES) {
      try {
        Os.setenv(variable, "1", true);
      } catch (ErrnoException e) {
        throw new IllegalStateException(variable + " can't be set", e);
      }
    }
  }
}
