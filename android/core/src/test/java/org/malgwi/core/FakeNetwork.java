package org.malgwi.core;

import java.util.Arrays;

/** A detector's network that takes for speech what is longer than so many samples. */
final class FakeNetwork implements Detector.Network {
  private final int samples;

  volatile boolean closed;

  FakeNetwork(int samples) {
    this.samples = samples;
  }

  @Override
  public float[] probabilities(float[] blocks) {
    float[] found = new float[blocks.length / (Detector.CONTEXT + Detector.BLOCK)];
    Arrays.fill(found, found.length * Detector.BLOCK > samples ? 1 : 0);
    return found;
  }

  @Override
  public void close() {
    closed = true;
  }
}
