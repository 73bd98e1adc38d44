package org.malgwi.core;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What each token is to a search: silent (it emits nothing), a separator (white space) or a letter.
 * All separators are one symbol. Immutable.
 */
final class Symbols {
  private final Vocab vocab;
  private final int separator;

  /** For each token the symbol that its probability belongs to; the blank for silent ones. */
  private final int[] symbolOf;

  Symbols(Vocab vocab) {
    this.vocab = vocab;
    int first = vocab.delimiter();
    for (int id = 0; id < vocab.size() && first == Vocab.NONE; id++) {
      if (!vocab.emits(id).isEmpty() && Text.isBlank(vocab.emits(id))) {
        first = id;
      }
    }
    this.separator = first;
    this.symbolOf = new int[vocab.size()];
    for (int id = 0; id < symbolOf.length; id++) {
      String emitted = vocab.emits(id);
      if (emitted.isEmpty()) {
        symbolOf[id] = vocab.blank();
      } else {
        symbolOf[id] = Text.isBlank(emitted) ? separator : id;
      }
    }
  }

  Vocab vocab() {
    return vocab;
  }

  /** The id that stands for all separators, or {@link Vocab#NONE}. */
  int separator() {
    return separator;
  }

  /**
   * The probabilities of one frame's symbols, in double precision.
   *
   * @param logits finite
   * @param result by id; 0 for the tokens that count under another id
   * @return what a logit has above the logarithm of its token's probability
   */
  double probabilities(FloatBuffer logits, int frame, double[] result) {
    int width = symbolOf.length;
    int start = logits.position() + frame * width;
    float largest = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < width; id++) {
      largest = Math.max(largest, logits.get(start + id));
      result[id] = 0;
    }
    double sum = 0;
    for (int id = 0; id < width; id++) {
      double raised = Math.exp((double) logits.get(start + id) - largest);
      sum += raised;
      result[symbolOf[id]] += raised;
    }
    for (int id = 0; id < width; id++) {
      result[id] /= sum;
    }
    return largest + Math.log(sum);
  }

  /** The words of a spelling, with single spaces between them. */
  String text(int[] spelling) {
    List<String> letters = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (int symbol : spelling) {
      if (symbol == separator) {
        append(text, letters);
      } else {
        letters.add(vocab.emits(symbol));
      }
    }
    append(text, letters);
    return text.toString();
  }

  private static void append(StringBuilder text, List<String> letters) {
    String word = Text.collapseSpace(Text.join(letters));
    text.append(text.length() == 0 || word.isEmpty() ? "" : " ").append(word);
    letters.clear();
  }
}
