package org.malgwi.app;

import static org.robolectric.Shadows.shadowOf;

import android.os.Looper;
import java.util.function.BooleanSupplier;

/** Waiting in tests: the main thread's work is done meanwhile. */
public final class Wait {
  /** So long that only what never comes about isn't in time, on the busiest machine too. */
  public static final long MOST_SECONDS = 1_800;

  private Wait() {}

  /** Waits until something is so. */
  public static void until(String what, BooleanSupplier isSo) throws InterruptedException {
    long end = System.nanoTime() + MOST_SECONDS * 1_000_000_000L;
    while (true) {
      shadowOf(Looper.getMainLooper()).idle();
      if (isSo.getAsBoolean()) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + MOST_SECONDS + " s: " + what);
      }
      Thread.sleep(2);
    }
  }
}
