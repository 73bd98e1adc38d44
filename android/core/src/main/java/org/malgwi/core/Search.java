package org.malgwi.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How words are looked for in the frames of a recording. Immutable.
 *
 * <p>Best path takes the likeliest token of every frame. Beam search follows many spellings at
 * once; it is used when a language model, hotwords, alternatives or a width ask for it.
 *
 * @param languageModel use the language model, when there is one
 * @param beam spellings followed at once, up to 1,000; 0: best path, unless something else asks for
 *     a search of {@link #BEAM}
 * @param nbest texts that {@link Transcript#alternatives()} is to hold, up to 1,000, the best
 *     included
 * @param hotwords words and phrases to prefer, as they are written: {@link Text#normalise} applies
 * @param hotwordBoost what each character of one adds to the score of a text, 0 to 100 nats
 * @param grammar all that may be said, in one recording one sentence of it: then the rest doesn't
 *     count, but that an nbest above 0 gives the best sentence and its score, said or not; null:
 *     anything may be said
 * @param detector leave out what the bundle's voice detector takes for no speech
 */
public record Search(
    boolean languageModel,
    int beam,
    int nbest,
    List<String> hotwords,
    double hotwordBoost,
    @Nullable Grammar grammar,
    boolean detector) {
  /** The width of a search that doesn't name one. */
  public static final int BEAM = 32;

  static final double BOOST = 1;
  static final int WIDEST = 1_000;

  /** The bundle's language model when it has one, else best path. */
  public static final Search DEFAULT = new Search(true, 0, 0, List.of(), BOOST);

  /** Best path, whatever the bundle holds. */
  public static final Search GREEDY = new Search(false, 0, 0, List.of(), BOOST);

  /**
   * Checks the numbers, and copies the hotwords.
   *
   * @throws IllegalArgumentException for a beam or nbest that isn't 0 to 1,000, or a boost that
   *     isn't 0 to 100
   */
  public Search {
    if (beam < 0 || beam > WIDEST || nbest < 0 || nbest > WIDEST) {
      throw new IllegalArgumentException(
          "beam is " + beam + ", nbest " + nbest + "; expected 0 to " + WIDEST);
    }
    if (!(hotwordBoost >= 0 && hotwordBoost <= 100)) {
      throw new IllegalArgumentException("hotwordBoost is " + hotwordBoost + "; expected 0 to 100");
    }
    hotwords = List.copyOf(hotwords);
  }

  /**
   * Without a grammar, and with the detector.
   *
   * @param languageModel use the language model, when there is one
   * @param beam spellings followed at once; 0: as {@link #beam()} says
   * @param nbest texts to keep
   * @param hotwords words and phrases to prefer
   * @param hotwordBoost what each character of one adds, in nats
   */
  public Search(
      boolean languageModel, int beam, int nbest, List<String> hotwords, double hotwordBoost) {
    this(languageModel, beam, nbest, hotwords, hotwordBoost, null, true);
  }

  /**
   * The sentence of a grammar that was said, or none.
   *
   * @param grammar from {@link Recognizer#grammar} of the recognizer that is to search
   * @return a search for nothing else
   */
  public static Search of(Grammar grammar) {
    return new Search(false, 0, 0, List.of(), BOOST, grammar, true);
  }

  /**
   * The same with or without the language model.
   *
   * @param other whether to use it
   * @return another search; this one stays as it is
   */
  public Search withLanguageModel(boolean other) {
    return new Search(other, beam, nbest, hotwords, hotwordBoost, grammar, detector);
  }

  /**
   * The same with other hotwords.
   *
   * @param other words and phrases, as they are written
   * @return another search; this one stays as it is
   */
  public Search withHotwords(List<String> other) {
    return new Search(languageModel, beam, nbest, other, hotwordBoost, grammar, detector);
  }

  /**
   * The same with another worth of each character of a hotword.
   *
   * @param other 0 to 100 nats
   * @return another search; this one stays as it is
   */
  public Search withHotwordBoost(double other) {
    return new Search(languageModel, beam, nbest, hotwords, other, grammar, detector);
  }

  /**
   * The same with another number of texts to keep.
   *
   * @param other 0 to 1,000
   * @return another search; this one stays as it is
   */
  public Search withNbest(int other) {
    return new Search(languageModel, beam, other, hotwords, hotwordBoost, grammar, detector);
  }

  /**
   * The same with another width.
   *
   * @param other 0 to 1,000 spellings; 0: best path where nothing else asks for more
   * @return another search; this one stays as it is
   */
  public Search withBeam(int other) {
    return new Search(languageModel, other, nbest, hotwords, hotwordBoost, grammar, detector);
  }

  /**
   * The same with or without the detector.
   *
   * @param other whether to leave out what it takes for no speech
   * @return another search; this one stays as it is
   */
  public Search withDetector(boolean other) {
    return new Search(languageModel, beam, nbest, hotwords, hotwordBoost, grammar, other);
  }
}
