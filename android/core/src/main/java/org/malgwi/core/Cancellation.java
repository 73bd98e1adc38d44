package org.malgwi.core;

import java.util.concurrent.CancellationException;

/** Lets one thread stop what another is doing, also in the middle of an inference. Thread-safe. */
final class Cancellation {
  private boolean cancelled;
  private Runnable interrupt;

  /** Stops the inference that runs, if one does, and every later one. */
  synchronized void cancel() {
    cancelled = true;
    if (interrupt != null) {
      interrupt.run();
    }
  }

  synchronized boolean isCancelled() {
    return cancelled;
  }

  /** Begins an inference that {@code action} can interrupt. */
  synchronized void begin(Runnable action) {
    if (cancelled) {
      throw new CancellationException();
    }
    interrupt = action;
  }

  /** Ends it: once this returns, {@code action} isn't running and won't be. */
  synchronized void end() {
    interrupt = null;
  }
}
