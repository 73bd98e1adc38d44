package org.malgwi.core;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How words are looked for in the frames of a recording. Immutable.
 *
 * <p>Best path takes the likeliest token of every frame. Beam search follows many spellings at
 * once; it is used when a language model, hotwords, alternatives or a width ask for it.
 *
 * <pre>{@code
 * Search.DEFAULT                                            // the bundle's language model, if any
 * Search.GREEDY                                             // best path, whatever it holds
 * Search.DEFAULT.withHotwords(names)                        // the same, one thing other
 * Search.builder().beam(32).nbest(5).hotwords(names).build()
 * Search.of(grammar)                                        // one of its sentences, or none
 * }</pre>
 */
public final class Search {
  /** The width of a search that doesn't name one. */
  public static final int BEAM = 32;

  static final double BOOST = 1;
  static final int WIDEST = 1_000;

  /** The bundle's language model when it has one, else best path. */
  public static final Search DEFAULT = builder().build();

  /** Best path, whatever the bundle holds. */
  public static final Search GREEDY = builder().languageModel(false).build();

  private final boolean languageModel;
  private final int beam;
  private final int nbest;
  private final List<String> hotwords;
  private final double hotwordBoost;
  private final @Nullable Grammar grammar;
  private final boolean detector;

  private Search(Builder from) {
    languageModel = from.languageModel;
    beam = from.beam;
    nbest = from.nbest;
    hotwords = from.hotwords;
    hotwordBoost = from.hotwordBoost;
    grammar = from.grammar;
    detector = from.detector;
  }

  /**
   * Begins a search that differs from {@link #DEFAULT} in several things.
   *
   * @return what asks for nothing yet
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Begins a search that differs from this one in several things.
   *
   * @return what asks for all that this asks for
   */
  public Builder toBuilder() {
    Builder same = new Builder();
    same.languageModel = languageModel;
    same.beam = beam;
    same.nbest = nbest;
    same.hotwords = hotwords;
    same.hotwordBoost = hotwordBoost;
    same.grammar = grammar;
    same.detector = detector;
    return same;
  }

  /**
   * The sentence of a grammar that was said, or none.
   *
   * @param grammar from {@link Recognizer#grammar} of the recognizer that is to search
   * @return a search for nothing else
   */
  public static Search of(Grammar grammar) {
    return builder().languageModel(false).grammar(grammar).build();
  }

  /** {@return whether to use the language model, when there is one} */
  public boolean languageModel() {
    return languageModel;
  }

  /**
   * {@return spellings followed at once, up to 1,000; 0: best path, unless something else asks for
   * a search of {@link #BEAM}}
   */
  public int beam() {
    return beam;
  }

  /** {@return texts that {@link Transcript#alternatives()} is to hold, the best included} */
  public int nbest() {
    return nbest;
  }

  /** {@return words and phrases to prefer, as they are written; can't be changed} */
  public List<String> hotwords() {
    return hotwords;
  }

  /** {@return what each character of a hotword adds to the score of a text, 0 to 100 nats} */
  public double hotwordBoost() {
    return hotwordBoost;
  }

  /** {@return all that may be said; null: anything may be} */
  public @Nullable Grammar grammar() {
    return grammar;
  }

  /** {@return whether to leave out what the bundle's voice detector takes for no speech} */
  public boolean detector() {
    return detector;
  }

  /**
   * The same with or without the language model.
   *
   * @param other whether to use it
   * @return another search; this one stays as it is
   */
  public Search withLanguageModel(boolean other) {
    return toBuilder().languageModel(other).build();
  }

  /**
   * The same with other hotwords.
   *
   * @param other words and phrases, as they are written
   * @return another search; this one stays as it is
   */
  public Search withHotwords(List<String> other) {
    return toBuilder().hotwords(other).build();
  }

  /**
   * The same with another worth of each character of a hotword.
   *
   * @param other 0 to 100 nats
   * @return another search; this one stays as it is
   * @throws IllegalArgumentException for another number
   */
  public Search withHotwordBoost(double other) {
    return toBuilder().hotwordBoost(other).build();
  }

  /**
   * The same with another number of texts to keep.
   *
   * @param other 0 to 1,000
   * @return another search; this one stays as it is
   * @throws IllegalArgumentException for another number
   */
  public Search withNbest(int other) {
    return toBuilder().nbest(other).build();
  }

  /**
   * The same with another width.
   *
   * @param other 0 to 1,000 spellings; 0: best path where nothing else asks for more
   * @return another search; this one stays as it is
   * @throws IllegalArgumentException for another number
   */
  public Search withBeam(int other) {
    return toBuilder().beam(other).build();
  }

  /**
   * The same with or without the detector.
   *
   * @param other whether to leave out what it takes for no speech
   * @return another search; this one stays as it is
   */
  public Search withDetector(boolean other) {
    return toBuilder().detector(other).build();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Search that
        && languageModel == that.languageModel
        && beam == that.beam
        && nbest == that.nbest
        && hotwords.equals(that.hotwords)
        && hotwordBoost == that.hotwordBoost
        && Objects.equals(grammar, that.grammar)
        && detector == that.detector;
  }

  @Override
  public int hashCode() {
    return Objects.hash(languageModel, beam, nbest, hotwords, hotwordBoost, grammar, detector);
  }

  @Override
  public String toString() {
    return "Search[languageModel="
        + languageModel
        + ", beam="
        + beam
        + ", nbest="
        + nbest
        + ", hotwords="
        + hotwords
        + ", hotwordBoost="
        + hotwordBoost
        + ", grammar="
        + (grammar == null ? "none" : "given")
        + ", detector="
        + detector
        + "]";
  }

  /** What a search is to be; each method checks what it is given. For one thread. */
  public static final class Builder {
    private boolean languageModel = true;
    private int beam;
    private int nbest;
    private List<String> hotwords = List.of();
    private double hotwordBoost = BOOST;
    private @Nullable Grammar grammar;
    private boolean detector = true;

    private Builder() {}

    /**
     * Whether to use the language model, when there is one; it is used unless this says otherwise.
     *
     * @param use whether to
     * @return this
     */
    public Builder languageModel(boolean use) {
      languageModel = use;
      return this;
    }

    /**
     * How many spellings to follow at once.
     *
     * @param width 1 to 1,000; 0: best path, unless something else asks for a search of {@link
     *     #BEAM}
     * @return this
     * @throws IllegalArgumentException for another number
     */
    public Builder beam(int width) {
      beam = checked("beam", width);
      return this;
    }

    /**
     * How many texts {@link Transcript#alternatives()} is to hold.
     *
     * @param texts up to 1,000, the best included; 0: none
     * @return this
     * @throws IllegalArgumentException for another number
     */
    public Builder nbest(int texts) {
      nbest = checked("nbest", texts);
      return this;
    }

    /**
     * What to prefer.
     *
     * @param words and phrases, as they are written: {@link Text#normalise} applies; copied
     * @return this
     */
    public Builder hotwords(List<String> words) {
      hotwords = List.copyOf(words);
      return this;
    }

    /**
     * How much to prefer it.
     *
     * @param nats that each character of a hotword adds to the score of a text, 0 to 100
     * @return this
     * @throws IllegalArgumentException for another number
     */
    public Builder hotwordBoost(double nats) {
      if (!(nats >= 0 && nats <= 100)) {
        throw new IllegalArgumentException("hotwordBoost is " + nats + "; expected 0 to 100");
      }
      hotwordBoost = nats;
      return this;
    }

    /**
     * All that may be said, in one recording one sentence of it. The rest then doesn't count, but
     * that an nbest above 0 gives the best sentence and its score, said or not.
     *
     * @param sentences from {@link Recognizer#grammar} of the recognizer that is to search; null:
     *     anything may be said
     * @return this
     */
    public Builder grammar(@Nullable Grammar sentences) {
      grammar = sentences;
      return this;
    }

    /**
     * Whether to leave out what the bundle's voice detector takes for no speech; it is left out
     * unless this says otherwise.
     *
     * @param use whether to
     * @return this
     */
    public Builder detector(boolean use) {
      detector = use;
      return this;
    }

    /**
     * The search.
     *
     * @return what this asks for by now; the builder can go on
     */
    public Search build() {
      return new Search(this);
    }

    private static int checked(String name, int number) {
      if (number < 0 || number > WIDEST) {
        throw new IllegalArgumentException(name + " is " + number + "; expected 0 to " + WIDEST);
      }
      return number;
    }
  }
}
