package org.malgwi.app.selftest;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Statistics of real-time factors: seconds of computing for a second of sound. */
final class Timing {
  /** Under this gain, more threads only use more current. */
  private static final double WORTH = 0.95;

  private Timing() {}

  /**
   * The value that a share of all isn't above, one of those that were measured (nearest rank).
   *
   * @param share above 0, to 1: 0.5 for the median
   */
  static double quantile(List<Double> values, double share) {
    double[] sorted = values.stream().mapToDouble(value -> value).sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("nothing was measured");
    }
    return sorted[(int) Math.ceil(share * sorted.length) - 1];
  }

  /**
   * The number of threads to use: the fastest, but not for a gain under 5 %.
   *
   * @param medians number of threads to median factor
   */
  static int fastest(Map<Integer, Double> medians) {
    int best = 0;
    for (Map.Entry<Integer, Double> one : new TreeMap<>(medians).entrySet()) {
      if (best == 0 || one.getValue() < WORTH * medians.get(best)) {
        best = one.getKey();
      }
    }
    return best;
  }

  /**
   * How alike two recordings are: the largest correlation over shifts of up to {@code most}
   * samples, -1 to 1. Encoders put silence in front.
   */
  static double likeness(float[] expected, float[] found, int most) {
    double best = -1;
    for (int shift = -most; shift <= most; shift++) {
      double product = 0;
      double a = 1e-12;
      double b = 1e-12;
      int from = Math.max(0, -shift);
      int to = Math.min(expected.length, found.length - shift);
      for (int i = from; i < to; i++) {
        product += (double) expected[i] * found[i + shift];
        a += (double) expected[i] * expected[i];
        b += (double) found[i + shift] * found[i + shift];
      }
      // A short overlap proves nothing.
      if (to - from > Math.max(expected.length, found.length) / 2) {
        best = Math.max(best, product / Math.sqrt(a * b));
      }
    }
    return best;
  }

  /** Rounded to {@code digits} after the point, for reports. */
  static double round(double value, int digits) {
    double scale = Math.pow(10, digits);
    return Math.round(value * scale) / scale;
  }

  /** Share of exact zeros in the beginning of a recording, 0 to 1. */
  static double zeros(short[] pcm, int count) {
    int zeros = 0;
    for (int i = 0; i < count; i++) {
      zeros += pcm[i] == 0 ? 1 : 0;
    }
    return count == 0 ? 1 : (double) zeros / count;
  }
}
