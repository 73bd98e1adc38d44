package org.malgwi.core;

import java.nio.FloatBuffer;

/**
 * What a model gave for consecutive frames.
 *
 * @param logits frames times vocabulary, frame by frame
 * @param best the best token of each
 */
record Frames(FloatBuffer logits, BestPath best) {
  int size() {
    return best.size();
  }
}
