package org.malgwi.core;

import java.util.ArrayList;
import java.util.List;

/**
 * What a recogniser makes of a bundle's golden clip, beside what it should. Immutable.
 *
 * @param audio the clip's name in the bundle
 * @param expectedText what bundle.json says of it
 * @param foundText what was recognised here
 * @param expectedTokens the best token id of every frame, as many as are found
 * @param foundTokens the same of what was recognised here
 * @param languageModel recognised with the bundle's language model
 */
public record GoldenCheck(
    String audio,
    String expectedText,
    String foundText,
    List<Integer> expectedTokens,
    List<Integer> foundTokens,
    boolean languageModel) {
  /** Under this share of equal frame tokens, equal text may be luck. */
  private static final double LEAST_AGREEMENT = 0.95;

  /**
   * Checks that there are as many tokens as expected, and copies them.
   *
   * @throws IllegalArgumentException when there aren't, or none
   */
  public GoldenCheck {
    expectedTokens = List.copyOf(expectedTokens);
    foundTokens = List.copyOf(foundTokens);
    if (expectedTokens.isEmpty() || expectedTokens.size() != foundTokens.size()) {
      throw new IllegalArgumentException(
          audio
              + ": "
              + expectedTokens.size()
              + " tokens expected, "
              + foundTokens.size()
              + " found; both come from the same samples");
    }
  }

  /**
   * Runs every golden clip of the bundle that the recogniser was opened from, also with the
   * language model if there is one. None come out of a bundle without clips, which can't prove
   * itself.
   *
   * @param bundle whose clips are run
   * @param recognizer opened from it
   * @return one of each clip, and one more of each where there is a language model
   * @throws MalgwiException when a clip can't be read or run
   */
  public static List<GoldenCheck> all(ModelBundle bundle, Recognizer recognizer)
      throws MalgwiException {
    List<GoldenCheck> checks = new ArrayList<>();
    for (ModelBundle.Golden clip : bundle.golden()) {
      float[] samples = bundle.samples(clip);
      checks.add(check(clip, clip.text(), recognizer.transcribe(samples, Search.GREEDY), false));
      if (clip.languageModelText() != null) {
        Transcript found = recognizer.transcribe(samples, Search.DEFAULT);
        checks.add(check(clip, clip.languageModelText(), found, true));
      }
    }
    return checks;
  }

  private static GoldenCheck check(
      ModelBundle.Golden clip, String expected, Transcript found, boolean languageModel) {
    return new GoldenCheck(
        clip.audio(), expected, found.text(), clip.tokens(), found.frameTokens(), languageModel);
  }

  /**
   * {@return whether the texts are equal, which is to pass: tokens of near-ties differ between
   * processors}
   */
  public boolean sameText() {
    return expectedText.equals(foundText);
  }

  /** {@return the share of frames with the expected token, 0 to 1} */
  public double agreement() {
    int same = 0;
    for (int i = 0; i < expectedTokens.size(); i++) {
      same += expectedTokens.get(i).equals(foundTokens.get(i)) ? 1 : 0;
    }
    return (double) same / expectedTokens.size();
  }

  /** {@return whether the text is right, but so few tokens are that this may be luck} */
  public boolean isDoubtful() {
    return sameText() && agreement() < LEAST_AGREEMENT;
  }

  /** {@return the first frame with another token, counted from 0, or -1 when there is none} */
  public int firstDifference() {
    for (int i = 0; i < expectedTokens.size(); i++) {
      if (!expectedTokens.get(i).equals(foundTokens.get(i))) {
        return i;
      }
    }
    return -1;
  }
}
