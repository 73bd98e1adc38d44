package org.malgwi.core;

import java.io.IOException;
import java.util.Arrays;

/**
 * A recording at any rate, read at 16 kHz: windowed-sinc interpolation (Kaiser window, 100 dB),
 * flat to 0.913 of the lower of the two Nyquist frequencies and silent from 1.0, without delay; the
 * same band as soxr's HQ, which Python uses. Holds a few thousand samples. For one thread.
 *
 * <p>See Smith, "Digital Audio Resampling", and Oppenheim and Schafer, "Discrete-Time Signal
 * Processing", 7.5.3, for the Kaiser window.
 */
public final class Resampler implements Samples {
  /** In Hz. */
  public static final int RATE = 16_000;

  private static final double PASS_BAND = 0.913;
  private static final double ATTENUATION_DB = 100;
  private static final double BETA = 0.1102 * (ATTENUATION_DB - 8.7);

  /** Half the filter's length, in samples of the lower rate. */
  private static final double HALF_LENGTH =
      (ATTENUATION_DB - 8) / (2.285 * Math.PI * (1 - PASS_BAND)) / 2;

  /** Rates that need more filters than this get them by interpolation between this many. */
  private static final int MOST_PHASES = 1024;

  private final Samples source;
  private final long rate;
  private final double scale;
  private final int reach;
  private final int phases;
  private final double[][] filters;

  private final float[] block = new float[1 << 13];
  private float[] held;
  private long heldStart;
  private int heldSamples;
  private long total = -1;
  private long next;

  /**
   * @param source at {@code rate}
   * @param rate in Hz, 1 to 10,000,000
   * @throws IllegalArgumentException for another rate
   */
  public Resampler(Samples source, int rate) {
    if (rate < 1 || rate > 10_000_000) {
      throw new IllegalArgumentException("rate is " + rate + "; expected 1 to 10,000,000");
    }
    this.source = source;
    this.rate = rate;
    this.scale = Math.min(1, (double) RATE / rate);
    this.reach = (int) Math.ceil(HALF_LENGTH / scale);
    this.phases = Math.min(RATE / gcd(RATE, rate), MOST_PHASES);
    this.filters = new double[phases + 1][];
    this.held = new float[Math.max(1 << 14, reach)];
    this.heldStart = -reach;
    this.heldSamples = reach;
  }

  @Override
  public int read(float[] buffer) throws IOException {
    int count = 0;
    while (count < buffer.length) {
      long position = next * rate / RATE;
      if (total < 0 && position + reach >= heldStart + heldSamples) {
        if (count > 0) {
          break;
        }
        fetch(position);
        continue;
      }
      // As soxr: the length is the input's, scaled and rounded to the nearest.
      if (total >= 0 && next >= (2 * total * RATE + rate) / (2 * rate)) {
        break;
      }
      buffer[count++] = sample(position, next * rate % RATE);
      next++;
    }
    return count == 0 && buffer.length > 0 ? -1 : count;
  }

  /** Reads one more block; after the last one, as much silence as the filters reach. */
  private void fetch(long position) throws IOException {
    int drop = (int) Math.min(heldSamples, Math.max(0, position - reach - heldStart));
    System.arraycopy(held, drop, held, 0, heldSamples - drop);
    heldStart += drop;
    heldSamples -= drop;
    int count = source.read(block);
    int added = count < 0 ? 2 * reach + 2 : count;
    if (heldSamples + added > held.length) {
      held = Arrays.copyOf(held, 2 * (heldSamples + added));
    }
    if (count < 0) {
      total = heldStart + heldSamples;
      Arrays.fill(held, heldSamples, heldSamples + added, 0);
    } else {
      System.arraycopy(block, 0, held, heldSamples, count);
    }
    heldSamples += added;
  }

  /** The output at {@code position + remainder / 16,000} samples of the input. */
  private float sample(long position, long remainder) {
    double phase = (double) remainder * phases / RATE;
    int below = (int) phase;
    int from = (int) (position - reach + 1 - heldStart);
    double value = convolve(filter(below), from);
    if (phase > below) {
      value += (phase - below) * (convolve(filter(below + 1), from) - value);
    }
    return (float) value;
  }

  private double convolve(double[] filter, int from) {
    double sum = 0;
    for (int i = 0; i < filter.length; i++) {
      sum += filter[i] * held[from + i];
    }
    return sum;
  }

  /** The filter for outputs that lie {@code phase / phases} after a sample of the input. */
  private double[] filter(int phase) {
    if (filters[phase] == null) {
      double[] filter = new double[2 * reach];
      double sum = 0;
      for (int i = 0; i < filter.length; i++) {
        filter[i] = kernel((i - reach + 1 - (double) phase / phases) * scale);
        sum += filter[i];
      }
      for (int i = 0; i < filter.length; i++) {
        filter[i] /= sum;
      }
      filters[phase] = filter;
    }
    return filters[phase];
  }

  /** The low-pass filter at {@code time}, in samples of the lower rate from its middle. */
  private static double kernel(double time) {
    double x = Math.PI * time * (1 + PASS_BAND) / 2;
    double sinc = x == 0 ? 1 : Math.sin(x) / x;
    double place = time / HALF_LENGTH;
    return place * place >= 1 ? 0 : sinc * bessel(BETA * Math.sqrt(1 - place * place));
  }

  /** The modified Bessel function of the first kind and order zero, by its power series. */
  private static double bessel(double x) {
    double sum = 1;
    double term = 1;
    for (int k = 1; term > sum * 1e-17; k++) {
      term *= x * x / (4.0 * k * k);
      sum += term;
    }
    return sum;
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
