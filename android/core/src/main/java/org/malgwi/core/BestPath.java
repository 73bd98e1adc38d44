package org.malgwi.core;

import java.util.Arrays;

/** The best token of consecutive frames and its probability; grows at the end. */
final class BestPath {
  private int[] tokens = new int[64];
  private double[] probabilities = new double[64];
  private int size;

  int size() {
    return size;
  }

  int token(int frame) {
    return tokens[frame];
  }

  double probability(int frame) {
    return probabilities[frame];
  }

  int[] tokens() {
    return Arrays.copyOf(tokens, size);
  }

  void add(int token, double probability) {
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * size);
      probabilities = Arrays.copyOf(probabilities, 2 * size);
    }
    tokens[size] = token;
    probabilities[size++] = probability;
  }

  /** The frames {@code from} up to {@code to}. */
  BestPath part(int from, int to) {
    BestPath part = new BestPath();
    part.add(this, from, to);
    return part;
  }

  void add(BestPath other, int from, int to) {
    for (int i = from; i < to; i++) {
      add(other.tokens[i], other.probabilities[i]);
    }
  }
}
