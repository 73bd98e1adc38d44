package org.malgwi.app.backup;

import java.io.InterruptedIOException;

/** Hears how far a back-up is, and can end it. */
@FunctionalInterface
interface Progress {
  /**
   * Hears it.
   *
   * @param share of it that is done, 0 to 1; negative while that isn't known
   * @throws InterruptedIOException it is to end
   */
  void at(double share) throws InterruptedIOException;
}
