package org.malgwi.app.platform;

import android.content.Context;
import android.os.PowerManager;

/**
 * Keeps the processor awake with the screen off, for work that somebody waits for: a foreground
 * service alone doesn't. Thread-safe; both methods may be called twice.
 */
public final class Awake {
  private final PowerManager.WakeLock lock;

  /**
   * Holds nothing yet.
   *
   * @param work names it, for those who look what drains the battery
   */
  public Awake(Context context, String work) {
    lock =
        context
            .getSystemService(PowerManager.class)
            .newWakeLock(PowerManager.PARTIAL_WAKE_LOCK, "malgwi:" + work);
    lock.setReferenceCounted(false);
  }

  /** Until {@link #letGo}, or the end of the process. */
  public void hold() {
    lock.acquire();
  }

  public void letGo() {
    if (lock.isHeld()) {
      lock.release();
    }
  }
}
