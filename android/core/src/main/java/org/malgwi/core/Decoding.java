package org.malgwi.core;

/**
 * All that turns samples into text, apart from the weights: the {@code decoding} object of {@code
 * bundle.json}. Immutable.
 *
 * @param detector null: whatever isn't quiet is taken for speech
 * @param input name of the model's input
 * @param output name of the model's output
 */
public record Decoding(
    Vocab vocab,
    FrameGrid grid,
    SegmentPlan segments,
    DetectorPlan detector,
    String input,
    String output) {

  /**
   * Checks that the plan fits the convolutions.
   *
   * @throws IllegalArgumentException when it doesn't
   */
  public Decoding {
    segments.check(grid);
  }

  /** Says whether the model has all the letters of a hotword; others are refused. */
  public boolean canSpell(String hotword) {
    return vocab.letters().containsAll(Text.split(vocab.normalise(hotword), vocab.unit()));
  }
}
