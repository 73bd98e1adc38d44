package org.malgwi.android;

import java.io.Closeable;
import org.malgwi.core.Samples;

/**
 * Sound as it comes, mono at 16 kHz. One thread reads and closes it; {@link #stop} is for any
 * thread.
 */
public interface Sound extends Samples, Closeable {
  /** Asks for the end: reading gives what is at hand, then -1. May be called twice. */
  void stop();

  /** {@return whether the system gives silence in place of what the microphone hears} */
  default boolean silenced() {
    return false;
  }

  @Override
  void close();
}
