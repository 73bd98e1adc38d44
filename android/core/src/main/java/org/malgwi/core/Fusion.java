package org.malgwi.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/**
 * What a language model and hotwords add to the score of a spelling, letter by letter and word by
 * word; sections 2 to 4 of docs/language-model.md. The twin of {@code fusion.py}. For one thread.
 */
// A spelling has a history exactly if there is a model, and a place exactly if there are hotwords.
@NullUnmarked
final class Fusion {
  private static final double NONE = Double.NEGATIVE_INFINITY;

  /** Beginnings of words that are remembered at a time. */
  private static final int MOST_BEGUN = 50_000;

  /** What each letter costs of a word that the model doesn't have. */
  static final double UNKNOWN_LETTER = 0.5;

  private final Symbols symbols;
  private final LanguageModel model;
  private final Hotwords hotwords;
  private final double boost;

  /** What each token adds to a word of the language model. */
  private final String[] letters;

  /** alpha * ln P of {@code <unk>}, without history. */
  private final double unk;

  /** The highest logarithm of all words that begin so. */
  private final Map<String, Double> begun = new HashMap<>();

  /** What a spelling has been worth so far, and what that of its next letters depends on. */
  static final class Said {
    /** The closed words; null: there is no language model. */
    private final LanguageModel.History history;

    /** Null: there are no hotwords. */
    private final Hotwords.Place place;

    /** Of the closed words, by the language model. */
    private final double words;

    /** The open word; empty without a language model. */
    private final String spelt;

    /** The highest logarithm of the words that begin like it, without history. */
    private final double begun;

    /** The closed words, what the open one may become, and hotwords; in nats. */
    final double worth;

    private Said(
        LanguageModel.History history,
        Hotwords.Place place,
        double words,
        String spelt,
        double begun,
        double worth) {
      this.history = history;
      this.place = place;
      this.words = words;
      this.spelt = spelt;
      this.begun = begun;
      this.worth = worth;
    }
  }

  /**
   * @param model null: there is none
   * @param hotwords null: there are none
   * @param boost what a character of a hotword adds, in nats
   */
  Fusion(Symbols symbols, LanguageModel model, Hotwords hotwords, double boost)
      throws MalgwiException {
    this.symbols = symbols;
    this.model = model;
    this.hotwords = hotwords;
    this.boost = boost;
    this.letters = new String[symbols.vocab().size()];
    for (int id = 0; id < letters.length; id++) {
      letters[id] = symbols.vocab().spelt(id);
    }
    this.unk = model == null ? 0 : model.alpha() * model.score(model.history(), model.unk());
  }

  Symbols symbols() {
    return symbols;
  }

  /** Of the empty spelling. */
  Said start() throws MalgwiException {
    LanguageModel.History history = model == null ? null : model.begin();
    return new Said(history, hotwords == null ? null : hotwords.start(), 0, "", 0, 0);
  }

  /** After a letter more. */
  Said letter(Said said, int symbol) throws MalgwiException {
    Hotwords.Place place = said.place;
    String spelt = "";
    double begun = 0;
    double worth = said.words;
    if (hotwords != null) {
      place = hotwords.afterLetter(place, symbol);
      worth += boost * place.characters();
    }
    if (model != null) {
      spelt = said.spelt + letters[symbol];
      double ahead = unk;
      if (place == null || !place.isOnTheWay()) {
        ahead -= unknown(spelt);
      }
      begun = said.begun == NONE ? NONE : likeliest(spelt);
      if (begun != NONE) {
        ahead = Math.max(ahead, model.alpha() * begun);
      }
      worth += ahead + model.beta();
    }
    return new Said(said.history, place, said.words, spelt, begun, worth);
  }

  /** What a word costs that the model doesn't have. */
  private double unknown(String spelt) {
    return model.unknown() + UNKNOWN_LETTER * spelt.codePointCount(0, spelt.length());
  }

  private double likeliest(String spelt) throws MalgwiException {
    Double known = begun.get(spelt);
    if (known != null) {
      return known;
    }
    String beginning = Text.join(List.of(spelt));
    if (symbols.vocab().unit() == Text.Unit.JAMO && !beginning.isEmpty()) {
      // The syllable may go on.
      beginning = beginning.substring(0, beginning.offsetByCodePoints(beginning.length(), -1));
    }
    double found = model.likeliest(beginning);
    if (begun.size() >= MOST_BEGUN) {
      begun.clear();
    }
    begun.put(spelt, found);
    return found;
  }

  /** After a separator that closes the open word. */
  Said separator(Said said) throws MalgwiException {
    LanguageModel.History history = said.history;
    double words = said.words;
    if (model != null) {
      String word = Text.join(List.of(said.spelt));
      int id = model.find(word);
      boolean free = id != LanguageModel.NONE || (hotwords != null && hotwords.hold(word));
      int known = id == LanguageModel.NONE ? model.unk() : id;
      words += model.alpha() * model.score(history, known);
      words += model.beta() - (free ? 0 : unknown(said.spelt));
      history = model.after(history, known);
    }
    double worth = words;
    Hotwords.Place place = said.place;
    if (hotwords != null) {
      place = hotwords.afterSeparator(place);
      worth += boost * place.characters();
    }
    return new Said(history, place, words, "", 0, worth);
  }

  /**
   * What a spelling is worth if the recording ends here.
   *
   * @param isOpen whether a word is
   */
  double atEnd(Said said, boolean isOpen) throws MalgwiException {
    Said closed = isOpen ? separator(said) : said;
    double worth = closed.words;
    if (hotwords != null) {
      worth += boost * closed.place.paid();
    }
    if (model != null && model.end() != LanguageModel.NONE) {
      worth += model.alpha() * model.score(closed.history, model.end());
    }
    return worth;
  }
}
