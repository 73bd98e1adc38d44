package org.malgwi.core;

import java.nio.FloatBuffer;

/** The one thing asked of a neural network; everything else here is tested without one. */
interface Model extends AutoCloseable {
  /**
   * Runs the network on one span; may be called from several threads at once.
   *
   * @param samples mono, -1 to 1, at the model's rate
   * @param cancellation interrupts the run
   * @return logits, frames times vocabulary, frame by frame
   * @throws java.util.concurrent.CancellationException when interrupted
   * @throws MalgwiException when the run fails
   */
  FloatBuffer logits(float[] samples, Cancellation cancellation) throws MalgwiException;

  /** SHA-256 of its file, in hexadecimal digits: equal ones give equal logits. */
  String hash();

  /** Frees native memory. */
  @Override
  void close();
}
