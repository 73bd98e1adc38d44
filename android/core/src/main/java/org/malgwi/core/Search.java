package org.malgwi.core;

import java.util.List;

/**
 * How words are looked for in the frames of a recording. Immutable.
 *
 * <p>Best path takes the likeliest token of every frame. Beam search follows many spellings at
 * once; it is used when a language model, hotwords, alternatives or a width ask for it.
 *
 * @param languageModel use the language model, when there is one
 * @param beam spellings followed at once; 0: best path, unless something else asks for a search of
 *     {@link #BEAM}
 * @param nbest texts that {@link Transcript#alternatives()} is to hold, the best included
 * @param hotwords words and phrases to prefer, as they are written: {@link Text#normalise} applies
 * @param hotwordBoost what each character of one adds to the score of a text, in nats
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
    Grammar grammar,
    boolean detector) {
  /** The width of a search that doesn't name one. */
  public static final int BEAM = 32;

  static final double BOOST = 1;
  static final int WIDEST = 1_000;

  /** The bundle's language model when it has one, else best path. */
  public static final Search DEFAULT = new Search(true, 0, 0, List.of(), BOOST);

  /** Best path, whatever the bundle holds. */
  public static final Search GREEDY = new Search(false, 0, 0, List.of(), BOOST);

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

  /** Without a grammar, and with the detector. */
  public Search(
      boolean languageModel, int beam, int nbest, List<String> hotwords, double hotwordBoost) {
    this(languageModel, beam, nbest, hotwords, hotwordBoost, null, true);
  }

  /** The sentence of a grammar that was said, or none. */
  public static Search of(Grammar grammar) {
    return new Search(false, 0, 0, List.of(), BOOST, grammar, true);
  }

  /** The same with other hotwords. */
  public Search withHotwords(List<String> other) {
    return new Search(languageModel, beam, nbest, other, hotwordBoost, grammar, detector);
  }

  /** The same with another number of texts to keep. */
  public Search withNbest(int other) {
    return new Search(languageModel, beam, other, hotwords, hotwordBoost, grammar, detector);
  }

  /** The same with another width. */
  public Search withBeam(int other) {
    return new Search(languageModel, other, nbest, hotwords, hotwordBoost, grammar, detector);
  }

  /** The same with or without the detector. */
  public Search withDetector(boolean other) {
    return new Search(languageModel, beam, nbest, hotwords, hotwordBoost, grammar, other);
  }
}
