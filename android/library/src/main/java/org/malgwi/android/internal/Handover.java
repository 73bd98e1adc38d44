package org.malgwi.android.internal;

import java.util.function.BooleanSupplier;

/**
 * The phone has one microphone, and before Android 10 it can be refused to whom opens it while
 * another still has it. So what is about to open it waits until all that were told to end have let
 * go. What goes on listening holds nobody up. Thread-safe.
 */
final class Handover {
  /** Of the phone's microphone. */
  static final Handover MICROPHONE = new Handover();

  private int leaving;

  /** Somebody who has the microphone, or is opening it, was told to end. */
  synchronized void told() {
    leaving++;
    notifyAll();
  }

  /** Somebody who was told to end has let go. */
  synchronized void letGo() {
    leaving--;
    notifyAll();
  }

  /**
   * Waits until all that were told to end have let go.
   *
   * @param unwanted says that who waits was itself told to end: it has nothing to wait for
   */
  synchronized void await(BooleanSupplier unwanted) throws InterruptedException {
    while (leaving > 0 && !unwanted.getAsBoolean()) {
      wait();
    }
  }
}
