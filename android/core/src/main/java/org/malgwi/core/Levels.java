package org.malgwi.core;

import java.util.Arrays;

/**
 * How loud samples are: sums of squares of samples rounded to 16 bits, hop by hop. They are whole
 * numbers, so that Python and Java decide alike on any processor.
 */
final class Levels {
  private static final int FULL_SCALE = 32_768;

  /** Among fewer hops a click is no exception. */
  private static final int FEW_HOPS = 20;

  private Levels() {}

  /** The sum of squares of {@code hop} samples from {@code from} on. */
  static long energy(float[] samples, int from, int hop) {
    long sum = 0;
    for (int i = from; i < from + hop; i++) {
      double rounded = Math.rint((double) samples[i] * FULL_SCALE);
      long value = (long) Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, rounded));
      sum += value * value;
    }
    return sum;
  }

  /** The sum of squares of a hop at a level; 0 dBFS is a full-scale square wave. */
  static long energy(double dbfs, int hop) {
    return (long) ((double) FULL_SCALE * FULL_SCALE * Math.pow(10, dbfs / 10) * hop);
  }

  /** The whole number nearest to the ratio of energies that decibels stand for. */
  static long ratio(int decibels) {
    return (long) Math.rint(Math.pow(10, decibels / 10.0));
  }

  /** The level that a twentieth of the hops exceed, as a share of full scale. */
  static double loudness(float[] samples, int hop) {
    return Math.sqrt((double) loud(samples, hop) / hop) / FULL_SCALE;
  }

  /**
   * The samples of a span without its clicks. What is run is scaled to unit variance as a whole;
   * one click of full scale makes a quiet voice inaudible. No sample may be {@code clickDb} above
   * the level that a twentieth of the hops exceed.
   */
  static float[] limited(float[] samples, int clickDb, int hop) {
    if (samples.length / hop < FEW_HOPS) {
      return samples;
    }
    long loud = loud(samples, hop);
    long ratio = ratio(clickDb);
    long square = loud / hop * ratio + loud % hop * ratio / hop; // loud * ratio may not fit
    float most = (float) Math.floor(Math.sqrt((double) square)) / FULL_SCALE;
    if (most == 0 || !exceeds(samples, most)) {
      return samples;
    }
    float[] limited = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      limited[i] = Math.max(-most, Math.min(most, samples[i]));
    }
    return limited;
  }

  private static boolean exceeds(float[] samples, float most) {
    for (float sample : samples) {
      if (Math.abs(sample) > most) {
        return true;
      }
    }
    return false;
  }

  private static long loud(float[] samples, int hop) {
    long[] sums = new long[samples.length / hop];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = energy(samples, i * hop, hop);
    }
    Arrays.sort(sums);
    return sums.length == 0 ? 0 : sums[(int) (sums.length * 19L / 20)];
  }
}
