package org.malgwi.core;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that turns samples into text, apart from the weights: the {@code decoding} object of {@code
 * bundle.json}. Immutable.
 *
 * @param vocab the tokens that its logits are of
 * @param grid the frames that they are in
 * @param segments how recordings are cut before they are run
 * @param detector null: whatever isn't quiet is taken for speech
 * @param input name of the model's input
 * @param output name of the model's output
 */
public record Decoding(
    Vocab vocab,
    FrameGrid grid,
    SegmentPlan segments,
    @Nullable DetectorPlan detector,
    String input,
    String output) {

  /**
   * Checks that the plan fits the convolutions.
   *
   * @throws IllegalArgumentException names the key that doesn't, its value and what it must be
   */
  public Decoding {
    segments.check(grid);
  }

  /**
   * Says whether the model has all the letters of a hotword; others are refused.
   *
   * @param hotword as people write it
   * @return whether it can be looked for
   */
  public boolean canSpell(String hotword) {
    return vocab.letters().containsAll(Text.split(vocab.normalise(hotword), vocab.unit()));
  }

  /**
   * What the model writes with.
   *
   * @return the characters of its texts but the space, each once, in the order of its tokens; of a
   *     model that writes the letters of Korean syllables, these
   */
  public List<String> letters() {
    return vocab.letters().stream()
        .filter(letter -> !letter.equals(" "))
        .collect(Collectors.toList());
  }
}
