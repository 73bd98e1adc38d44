package org.malgwi.core;

/**
 * All that turns samples into text, apart from the weights: the {@code decoding} object of {@code
 * bundle.json}. Immutable.
 *
 * @param input name of the model's input
 * @param output name of the model's output
 */
public record Decoding(Vocab vocab, Windows windows, String input, String output) {

  public FrameGrid grid() {
    return windows.grid();
  }

  /** Says whether the model has all the letters of a hotword; others are refused. */
  public boolean canSpell(String hotword) {
    return vocab.letters().containsAll(Text.split(vocab.normalise(hotword), vocab.unit()));
  }
}
