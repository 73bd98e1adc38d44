package org.malgwi.app;

import static org.robolectric.Shadows.shadowOf;

import android.os.Looper;
import java.util.function.BooleanSupplier;

/** Waiting in tests: the main thread's work is done meanwhile. */
public final class Wait {
  /** So long that only what never comes about isn't in time, on the busiest machine too. */
  private static final long MOST_SECONDS = 600;

  private Wait() {}

  /** Waits until something is so. */
  public static void until(String what, BooleanSupplier isSo) throws InterruptedException {
    until(what, MOST_SECONDS, isSo);
  }

  /** Waits until something is so, for {@code seconds} at most. */
  public static void until(String what, long seconds, BooleanSupplier isSo)
      throws InterruptedException {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (true) {
      shadowOf(Looper.getMainLooper()).idle();
      if (isSo.getAsBoolean()) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + seconds + " s: " + what);
      }
      Thread.sleep(2);
    }
  }
}
