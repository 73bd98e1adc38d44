package org.malgwi.core;

/**
 * How long recordings are cut. Window k starts at sample k * step, and its place depends on nothing
 * else. Its frames in the left and right context were computed with little around them; the
 * neighbours own them. The twin of {@code windows.py}.
 *
 * @param size samples of a window; a recording no longer than this is one window
 * @param left samples of context before the frames that a window keeps
 * @param right samples of context after them
 * @param silenceDbfs a window whose loudest hop, by its mean square, lies under this level gives
 *     blanks without being run; 0 is a full-scale square wave
 */
public record Windows(int size, int left, int right, double silenceDbfs, FrameGrid grid) {
  public Windows {
    check("window_samples", size, grid.receptiveField(), grid.hop());
    check("left_samples", left, 0, grid.hop());
    check("right_samples", right, grid.receptiveField(), grid.hop());
    if ((long) left + right >= size) {
      throw new IllegalArgumentException(
          "window_samples is "
              + size
              + "; it must be above left_samples + right_samples, "
              + ((long) left + right));
    }
  }

  private static void check(String name, int samples, int least, int hop) {
    if (samples < least || samples % hop != 0) {
      throw new IllegalArgumentException(
          name
              + " is "
              + samples
              + "; it must be a multiple of the hop, "
              + hop
              + ", and at least "
              + least);
    }
  }

  /**
   * One window: samples {@code start} up to {@code end}, and the frames of the whole recording that
   * it keeps, {@code firstFrame} up to {@code endFrame}.
   */
  record Span(long start, long end, int firstFrame, int endFrame) {}

  /** Samples from the start of one window to the start of the next. */
  public int step() {
    return size - left - right;
  }

  /** The whole window {@code index} of a recording that goes on after it. */
  Span span(int index) {
    long start = (long) index * step();
    return new Span(
        start,
        start + size,
        firstFrame(index),
        Math.toIntExact((start + size - right) / grid.hop()));
  }

  /** The last window of a recording of {@code samples} samples; it keeps all frames to the end. */
  Span last(long samples) {
    int index = lastIndex(samples);
    return new Span((long) index * step(), samples, firstFrame(index), grid.count(samples));
  }

  /** The index of the last window of a recording of {@code samples} samples. */
  int lastIndex(long samples) {
    return samples <= size ? 0 : Math.toIntExact((samples - size + step() - 1) / step());
  }

  private int firstFrame(int index) {
    return index == 0 ? 0 : Math.toIntExact(((long) index * step() + left) / grid.hop());
  }

  /** Says whether the loudest stretch of one hop lies under the level of silence. */
  boolean isSilent(float[] samples) {
    double limit = Math.pow(10, silenceDbfs / 10);
    for (int start = 0; start < samples.length; start += grid.hop()) {
      int end = Math.min(start + grid.hop(), samples.length);
      double energy = 0;
      for (int i = start; i < end; i++) {
        energy += (double) samples[i] * samples[i];
      }
      if (energy / (end - start) >= limit) {
        return false;
      }
    }
    return true;
  }
}
