package org.malgwi.core;

import java.util.Arrays;

/**
 * CTC forced alignment (Graves et al. 2006) by the Viterbi algorithm; the twin of {@code
 * alignment.py}, for the short stretches that a search keeps.
 */
final class Alignment {
  private Alignment() {}

  /** Natural logarithms of the tokens of frames. */
  interface Scores {
    double of(int frame, int token);
  }

  /**
   * The likeliest sequence of one id a frame that collapses to {@code labels}. Among equals it ends
   * in the last label rather than in the blank after it and, seen from the end, stays where it can,
   * else came from the state before, else from the one before that.
   *
   * @throws MalgwiException when the labels don't fit in the frames, or every path is impossible
   */
  static int[] bestPath(Scores scores, int frames, int[] labels, int blank) throws MalgwiException {
    if (frames < framesNeeded(labels)) {
      throw new MalgwiException(
          "a text of "
              + labels.length
              + " tokens needs "
              + framesNeeded(labels)
              + " frames; the recording has "
              + frames);
    }
    int[] path = new int[frames];
    if (frames == 0) {
      return path;
    }
    // The labels with a blank before, between and after them.
    int[] states = new int[2 * labels.length + 1];
    Arrays.fill(states, blank);
    for (int i = 0; i < labels.length; i++) {
      states[2 * i + 1] = labels[i];
    }
    byte[][] steps = new byte[frames][];
    double[] row = new double[states.length];
    double[] next = new double[states.length];
    Arrays.fill(row, Double.NEGATIVE_INFINITY);
    for (int state = 0; state < Math.min(2, states.length); state++) {
      row[state] = scores.of(0, states[state]);
    }
    for (int frame = 1; frame < frames; frame++) {
      steps[frame] = new byte[states.length];
      advance(row, next, steps[frame], states, scores, frame);
      double[] swap = row;
      row = next;
      next = swap;
    }
    int state = states.length - 1;
    if (state > 0 && row[state - 1] >= row[state]) {
      state--;
    }
    if (row[state] == Double.NEGATIVE_INFINITY) {
      throw new MalgwiException("the model gives the text no probability at all");
    }
    for (int frame = frames - 1; frame > 0; frame--) {
      path[frame] = states[state];
      state -= steps[frame][state];
    }
    path[0] = states[state];
    return path;
  }

  private static void advance(
      double[] row, double[] next, byte[] steps, int[] states, Scores scores, int frame) {
    for (int state = 0; state < states.length; state++) {
      double best = row[state];
      if (state >= 1 && row[state - 1] > best) {
        best = row[state - 1];
        steps[state] = 1;
      }
      boolean skips = state % 2 == 1 && state >= 3 && states[state] != states[state - 2];
      if (skips && row[state - 2] > best) {
        best = row[state - 2];
        steps[state] = 2;
      }
      next[state] = best + scores.of(frame, states[state]);
    }
  }

  /** The fewest frames in which CTC can emit labels: one each, and one between two equal ones. */
  static int framesNeeded(int[] labels) {
    int needed = labels.length;
    for (int i = 1; i < labels.length; i++) {
      needed += labels[i] == labels[i - 1] ? 1 : 0;
    }
    return needed;
  }
}
