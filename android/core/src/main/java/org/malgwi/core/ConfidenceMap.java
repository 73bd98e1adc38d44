package org.malgwi.core;

/**
 * From a model's confidence in a word to the probability that the word is right: a logistic curve
 * over the log odds (docs/bundle.md). Immutable.
 *
 * @param slope 0 to 10, so that a surer word stays the surer one
 * @param offset -200 to 200
 */
record ConfidenceMap(double slope, double offset) {
  private static final double LEAST = 1e-6;

  /** The probability, 0 to 1, that a word of this confidence (0 to 1) is right. */
  double probability(double confidence) {
    double held = Math.min(Math.max(confidence, LEAST), 1 - LEAST);
    double logOdds = Math.log(held / (1 - held));
    return 1 / (1 + Math.exp(-(slope * logOdds + offset)));
  }

  /** The same word with the confidence that it deserves. */
  Word calibrated(Word word) {
    return new Word(
        word.text(), word.startFrame(), word.endFrame(), probability(word.confidence()));
  }

  /** Reads the {@code confidence} object of bundle.json. */
  static ConfidenceMap of(Fields keys) throws MalgwiException {
    return new ConfidenceMap(keys.number("slope", 0, 10), keys.number("offset", -200, 200));
  }
}
