package org.malgwi.core;

/**
 * Is speech in what isn't quiet? It vetoes what lies between pauses as a whole and places no
 * border. What it hears is freed of the offset of the sound card, which would hide speech from it,
 * and brought to one level, so that quiet voices aren't lost and loud noise gains nothing. The twin
 * of Python's {@code detector.py}. Thread-safe until closed.
 */
final class Detector implements AutoCloseable {
  static final int CONTEXT = 64;
  static final int BLOCK = 512;

  private static final int HOP = 320;

  private final Network network;
  private final DetectorPlan plan;

  /** The neural network of it. */
  interface Network extends AutoCloseable {
    /**
     * How likely each block is speech, the first with nothing known of before.
     *
     * @param blocks the blocks one after another, each with {@link #CONTEXT} samples before it
     */
    float[] probabilities(float[] blocks) throws MalgwiException;

    /** Frees native memory. */
    @Override
    void close();
  }

  Detector(Network network, DetectorPlan plan) {
    this.network = network;
    this.plan = plan;
  }

  /** Says whether speech is in samples that follow each other. */
  boolean hearsSpeech(float[] samples) throws MalgwiException {
    float[] chances = probabilities(samples);
    int likely = 0;
    int sure = 0;
    for (float chance : chances) {
      likely += chance >= (float) plan.speechProbability() ? 1 : 0;
      sure += chance >= (float) plan.sureProbability() ? 1 : 0;
    }
    boolean many = likely * 100L >= (long) plan.speechPercent() * chances.length;
    return (many ? likely : sure) >= plan.speechFrames();
  }

  /** How likely each block of 512 samples is speech; the last is filled with zeros. */
  float[] probabilities(float[] samples) throws MalgwiException {
    int count = (samples.length + BLOCK - 1) / BLOCK;
    if (count == 0) {
      return new float[0];
    }
    float offset = Levels.offset(samples, HOP);
    float gain = gain(samples);
    float[] blocks = new float[count * (CONTEXT + BLOCK)];
    for (int block = 0; block < count; block++) {
      // Without the end of the block before it the model takes no speech for speech.
      int from = Math.max(0, block * BLOCK - CONTEXT);
      int to = Math.min(samples.length, (block + 1) * BLOCK);
      int shift = block * (CONTEXT + BLOCK) + CONTEXT - block * BLOCK;
      for (int i = from; i < to; i++) {
        blocks[shift + i] = (samples[i] - offset) * gain;
      }
    }
    return network.probabilities(blocks);
  }

  private float gain(float[] samples) {
    double level = Levels.loudness(samples, HOP);
    double wanted = Math.pow(10, plan.levelDbfs() / 20);
    return level == 0 ? 1 : (float) Math.max(1, wanted / level);
  }

  @Override
  public void close() {
    network.close();
  }
}
