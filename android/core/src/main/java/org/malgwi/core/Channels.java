package org.malgwi.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which channel of a recording to listen to, by what they hold.
 *
 * <p>The average of all serves where the channels hold the same voice, or each a part of what is
 * said. It does harm where they are out of phase, which cancels the voice, and where one holds
 * nothing but silence or noise, which halves it. A constant that a sound card adds is silence.
 * Python's {@code channels.py} has the same rules.
 */
public final class Channels {
  /** Instead of a number: the average of all. */
  public static final int MIX = -1;

  private static final double STRETCH_S = 0.1;

  /** A channel whose loud moments stay this far below the loudest channel's holds nothing. */
  private static final double SILENT_DB = 40;

  /**
   * A channel is noise when its loud moments stand out by less than this from its quiet ones, while
   * another channel's do by that much more; speech has 20 and more between words and pauses.
   */
  private static final double STEADY_DB = 4;

  private static final double SPEECH_DB = 10;

  /** What rounding leaves of the power of silence. */
  private static final double NOTHING = 1e-10;

  /** Correlation from which on the average takes more than half of the power away. */
  private static final double OPPOSED = -0.5;

  private final int count;
  private final int stretch;
  private final double[] sums;
  private final double[][] products;

  /** Of each stretch that is over, the power of each channel about its mean. */
  private final List<double[]> powers = new ArrayList<>();

  private double[] sum;
  private double[] power;
  private int heard;
  private long frames;
  private boolean isFinite = true;

  /**
   * What is listened to, and why.
   *
   * @param channel counted from 0, or {@link #MIX}
   * @param why a part of a sentence; empty where there is nothing to say
   */
  public record Choice(int channel, String why) {
    /** The average, with nothing to say. */
    public static final Choice AVERAGE = new Choice(MIX, "");
  }

  /**
   * @param count of channels, 1 or more
   * @param rate in Hz
   */
  public Channels(int count, int rate) {
    this.count = count;
    this.stretch = Math.max(1, (int) (rate * STRETCH_S));
    this.sums = new double[count];
    this.products = new double[count][count];
    this.sum = new double[count];
    this.power = new double[count];
  }

  /**
   * Hears the next part of the recording.
   *
   * @param interleaved the first sample of each channel, the second of each, and so on
   * @param more samples of each channel
   */
  public void add(float[] interleaved, int more) {
    frames += more;
    for (int frame = 0; frame < more; frame++) {
      int at = frame * count;
      for (int i = 0; i < count; i++) {
        double one = interleaved[at + i];
        isFinite &= Double.isFinite(one);
        sum[i] += one;
        power[i] += one * one;
        for (int j = 0; j <= i; j++) {
          products[i][j] += one * interleaved[at + j];
        }
      }
      if (++heard == stretch) {
        // A hole in a video says nothing about its channels.
        double[] variances = new double[count];
        for (int i = 0; i < count; i++) {
          sums[i] += sum[i];
          double mean = sum[i] / stretch;
          variances[i] = Math.max(0, power[i] / stretch - mean * mean);
        }
        if (Arrays.stream(variances).anyMatch(variance -> variance > 0)) {
          powers.add(variances);
        }
        sum = new double[count];
        power = new double[count];
        heard = 0;
      }
    }
  }

  /**
   * {@return what to listen to, by all that was heard; the average where nothing speaks against it}
   */
  public Choice choice() {
    if (count == 1 || powers.isEmpty() || !isFinite) {
      return Choice.AVERAGE;
    }
    double[] loud = new double[count];
    double[] contrast = new double[count];
    for (int i = 0; i < count; i++) {
      int channel = i;
      double[] level =
          powers.stream()
              .mapToDouble(p -> 10 * Math.log10(p[channel] + NOTHING))
              .sorted()
              .toArray();
      loud[i] = percentile(level, 95);
      contrast[i] = loud[i] - percentile(level, 10);
    }
    double loudest = Arrays.stream(loud).max().getAsDouble();
    List<String> silent = new ArrayList<>();
    List<String> noise = new ArrayList<>();
    int best = best(loud, contrast, loudest);
    for (int i = 0; i < count; i++) {
      if (isSilent(loud[i], loudest)) {
        silent.add(Integer.toString(i));
      } else if (contrast[i] < STEADY_DB && contrast[i] < contrast[best] - SPEECH_DB) {
        noise.add(Integer.toString(i));
      }
    }
    if (!silent.isEmpty() || !noise.isEmpty()) {
      List<String> others = new ArrayList<>();
      addNamed(others, "silence", silent);
      addNamed(others, "noise", noise);
      return new Choice(best, "there is " + String.join(" and ", others));
    }
    return areOpposed() ? new Choice(best, "the channels cancel each other") : Choice.AVERAGE;
  }

  private static boolean isSilent(double loud, double loudest) {
    return loud < loudest - SILENT_DB;
  }

  /** The channel that speaks most clearly; the first among equals. */
  private static int best(double[] loud, double[] contrast, double loudest) {
    int best = -1;
    for (int i = 0; i < loud.length; i++) {
      if (!isSilent(loud[i], loudest) && (best < 0 || contrast[i] > contrast[best])) {
        best = i;
      }
    }
    return best;
  }

  private static void addNamed(List<String> others, String what, List<String> channels) {
    if (!channels.isEmpty()) {
      others.add(what + " in " + String.join(" and ", channels));
    }
  }

  private boolean areOpposed() {
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < i; j++) {
        double norm = Math.sqrt(covariance(i, i)) * Math.sqrt(covariance(j, j));
        if (covariance(i, j) < OPPOSED * Math.max(norm, NOTHING)) {
          return true;
        }
      }
    }
    return false;
  }

  private double covariance(int i, int j) {
    double meanProduct = (sums[i] + sum[i]) / frames * ((sums[j] + sum[j]) / frames);
    double covariance = products[i][j] / frames - meanProduct;
    return i == j ? Math.max(0, covariance) : covariance;
  }

  /** By linear interpolation, as numpy has it. */
  private static double percentile(double[] sorted, double percent) {
    double place = percent / 100 * (sorted.length - 1);
    int below = (int) place;
    double next = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (place - below) * (next - sorted[below]);
  }
}
