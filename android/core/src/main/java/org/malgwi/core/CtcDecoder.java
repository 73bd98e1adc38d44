package org.malgwi.core;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Greedy CTC decoding (Graves et al. 2006), in two steps, so that a long recording needs to keep
 * only an id and a probability for each frame: {@link #best} on each stretch of logits, {@link
 * #words} on the whole. The twin of {@code decode.py}. Immutable.
 */
final class CtcDecoder {
  private final Vocab vocab;

  CtcDecoder(Vocab vocab) {
    this.vocab = vocab;
  }

  /**
   * Finds each frame's best token, the lowest id among equals, and its softmax probability in
   * double precision.
   *
   * @param logits frames times vocabulary, frame by frame
   * @throws MalgwiException when a frame holds NaN or infinity
   */
  BestPath best(FloatBuffer logits) throws MalgwiException {
    int width = vocab.size();
    int frames = logits.remaining() / width;
    float[] frame = new float[width];
    BestPath path = new BestPath();
    for (int i = 0; i < frames; i++) {
      logits.get(frame);
      addBest(frame, i, path);
    }
    return path;
  }

  private static void addBest(float[] frame, int index, BestPath path) throws MalgwiException {
    int best = 0;
    for (int id = 1; id < frame.length; id++) {
      if (frame[id] > frame[best]) {
        best = id;
      }
    }
    double sum = 0;
    for (float logit : frame) {
      sum += Math.exp((double) logit - frame[best]);
    }
    // Holds for NaN anywhere, and for infinity minus infinity.
    if (Double.isNaN(sum)) {
      throw new MalgwiException(
          "the model's output is not a number in frame "
              + index
              + "; its weights are damaged or it was trained to infinity");
    }
    path.add(best, 1 / sum);
  }

  /**
   * Collapses frames into words. Tokens that emit nothing (blank, [UNK] and other special tokens)
   * separate equal neighbours but belong to no word; white space separates words.
   *
   * @param firstFrame where in the recording the path begins
   */
  List<Word> words(BestPath path, int firstFrame) {
    List<Word> words = new ArrayList<>();
    Spelling open = new Spelling(firstFrame);
    int end;
    for (int start = 0; start < path.size(); start = end) {
      int token = path.token(start);
      end = start + 1;
      while (end < path.size() && path.token(end) == token) {
        end++;
      }
      String emitted = vocab.emits(token);
      if (!Text.isBlank(emitted)) {
        open.add(emitted, path, start, end);
      } else if (!emitted.isEmpty()) {
        open.close(words);
      }
    }
    open.close(words);
    return words;
  }

  /** The letters of a word that hasn't ended yet. */
  private static final class Spelling {
    private final int firstFrame;
    private final List<String> letters = new ArrayList<>();
    private double logConfidence;
    private int startFrame;
    private int endFrame;

    Spelling(int firstFrame) {
      this.firstFrame = firstFrame;
    }

    void add(String letter, BestPath path, int start, int end) {
      if (letters.isEmpty()) {
        startFrame = start;
      }
      endFrame = end;
      letters.add(letter);
      double peak = 0;
      for (int frame = start; frame < end; frame++) {
        peak = Math.max(peak, path.probability(frame));
      }
      logConfidence += Math.log(peak);
    }

    void close(List<Word> words) {
      if (!letters.isEmpty()) {
        String text = Text.collapseSpace(Text.join(letters));
        double confidence = Math.exp(logConfidence / letters.size());
        words.add(new Word(text, firstFrame + startFrame, firstFrame + endFrame, confidence));
      }
      letters.clear();
      logConfidence = 0;
    }
  }
}
