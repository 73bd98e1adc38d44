package org.malgwi.core;

import java.nio.FloatBuffer;

/**
 * The natural logarithms of one frame's softmax, in double precision.
 *
 * @param start where in {@code logits} the frame begins
 * @param lnSum what a logit has above the logarithm of its token's probability
 */
record LogProbabilities(FloatBuffer logits, int start, double lnSum) {
  static LogProbabilities of(FloatBuffer logits, int frame, int width) {
    int start = logits.position() + frame * width;
    float largest = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < width; id++) {
      largest = Math.max(largest, logits.get(start + id));
    }
    double sum = 0;
    for (int id = 0; id < width; id++) {
      sum += Math.exp((double) logits.get(start + id) - largest);
    }
    return new LogProbabilities(logits, start, largest + Math.log(sum));
  }

  double of(int token) {
    return logits.get(start + token) - lnSum;
  }
}
