package org.malgwi.core;

import java.util.Arrays;

/**
 * How loud samples are: energies of samples rounded to 16 bits, hop by hop. They are whole numbers,
 * so that Python and Java decide alike on any processor.
 */
final class Levels {
  private static final int FULL_SCALE = 32_768;

  /** Among fewer hops a click is no exception. */
  private static final int FEW_HOPS = 20;

  private Levels() {}

  /**
   * The sum of squares of {@code hop} samples from {@code from} on about their own mean, which is
   * no sound: cheap sound cards add a constant to all that they hear.
   */
  static long energy(float[] samples, int from, int hop) {
    long sum = 0;
    long squares = 0;
    for (int i = from; i < from + hop; i++) {
      long value = rounded(samples[i]);
      sum += value;
      squares += value * value;
    }
    return squares - sum * sum / hop;
  }

  private static long rounded(float sample) {
    double value = Math.rint((double) sample * FULL_SCALE);
    return (long) Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, value));
  }

  /** The energy of a hop at a level; 0 dBFS is a full-scale square wave. */
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
   * What a sound card added, as a share of full scale: the mean, in 16 bits, of the hop that has
   * the middle one. A thump of one hop in twenty moves the mean of all further than a quiet voice
   * reaches.
   */
  static float offset(float[] samples, int hop) {
    return (float) middle(samples, hop) / FULL_SCALE;
  }

  private static long middle(float[] samples, int hop) {
    long[] sums = new long[samples.length / hop];
    for (int i = 0; i < sums.length * hop; i++) {
      sums[i / hop] += rounded(samples[i]);
    }
    Arrays.sort(sums);
    return sums.length == 0 ? 0 : Math.floorDiv(2 * sums[sums.length / 2] + hop, 2L * hop);
  }

  /**
   * The samples of a span without its clicks. What is run is scaled to unit variance as a whole;
   * one click of full scale makes a quiet voice inaudible. No sample may be {@code clickDb} above
   * the level that a twentieth of the hops exceed, counted from the offset.
   */
  static float[] limited(float[] samples, int clickDb, int hop) {
    if (samples.length / hop < FEW_HOPS) {
      return samples;
    }
    long loud = loud(samples, hop);
    long ratio = ratio(clickDb);
    long square = loud / hop * ratio + loud % hop * ratio / hop; // loud * ratio may not fit
    long most = (long) Math.sqrt((double) square);
    long middle = middle(samples, hop);
    float low = (float) (middle - most) / FULL_SCALE;
    float high = (float) (middle + most) / FULL_SCALE;
    if (most == 0 || !exceeds(samples, low, high)) {
      return samples;
    }
    float[] limited = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      limited[i] = Math.max(low, Math.min(high, samples[i]));
    }
    return limited;
  }

  private static boolean exceeds(float[] samples, float low, float high) {
    for (float sample : samples) {
      if (sample < low || sample > high) {
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
