package org.malgwi.core;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * Lets one thread stop what others are doing, also in the middle of an inference. One may be given
 * to several recognitions, also at once: it stops them all. Thread-safe.
 */
public final class Cancellation {
  private final Set<Runnable> interrupts = new HashSet<>();
  private boolean cancelled;

  /** Stops the inferences that run, if any do, and every later one; returns at once. */
  public synchronized void cancel() {
    cancelled = true;
    interrupts.forEach(Runnable::run);
  }

  /** {@return whether {@link #cancel} has been called} */
  public synchronized boolean isCancelled() {
    return cancelled;
  }

  /**
   * Does nothing until {@link #cancel} has been called.
   *
   * @throws CancellationException from then on
   */
  synchronized void check() {
    if (cancelled) {
      throw new CancellationException("the transcription was cancelled");
    }
  }

  /** Begins an inference that {@code interrupt} can end. */
  synchronized void begin(Runnable interrupt) {
    check();
    interrupts.add(interrupt);
  }

  /** Ends it: once this returns, {@code interrupt} isn't running and won't be. */
  synchronized void end(Runnable interrupt) {
    interrupts.remove(interrupt);
  }
}
