package org.malgwi.core;

import java.io.IOException;

/** A recording that is read from beginning to end: mono samples, -1 to 1. */
@FunctionalInterface
public interface Samples {
  /**
   * Reads up to {@code buffer.length} samples into the beginning of {@code buffer}.
   *
   * @param buffer has room for one or more
   * @return how many were read, at least 1, or -1 at the end of the recording
   * @throws IOException when it can't be read
   */
  int read(float[] buffer) throws IOException;

  /** {@return samples a second; a recognizer takes 16,000, which {@link Resampler} gives} */
  default int sampleRate() {
    return Resampler.RATE;
  }
}
