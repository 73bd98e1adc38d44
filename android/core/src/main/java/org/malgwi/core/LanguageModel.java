package org.malgwi.core;

import java.io.File;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A word n-gram language model with backoff (Katz 1987), read from a mapped file. Immutable and
 * thread-safe.
 */
final class LanguageModel {
  static final int NONE = LmFile.NONE;

  /** Words that are looked at; all of them would take a phone too long. */
  private static final int SAMPLE = 1_000;

  private final LmFile file;

  /** Maps a whole file. */
  static LanguageModel map(File file) throws MalgwiException {
    if (!file.isFile() || file.length() > Integer.MAX_VALUE) {
      throw new MalgwiException(file + ": no such file, or too large; expected an lm.bin");
    }
    return map(file, 0, file.length(), file.toString());
  }

  /** Maps {@code size} bytes of a file, from {@code offset}; the file may be deleted after that. */
  static LanguageModel map(File file, long offset, long size, String where) throws MalgwiException {
    return new LanguageModel(LmFile.map(file, offset, size, where));
  }

  /**
   * @param where names the file in errors
   */
  LanguageModel(ByteBuffer file, String where) throws MalgwiException {
    this(new LmFile(file, where));
  }

  private LanguageModel(LmFile file) {
    this.file = file;
  }

  /** What is odd about the use of it with a model whose texts follow other rules; null: nothing. */
  @Nullable String warning(Normalisation model) {
    String other = file.rules == null ? null : file.rules.differs(model);
    return other == null
        ? null
        : file.where + ": its text was normalised otherwise than the model's: " + other;
  }

  /**
   * Refuses a model of another language or spelling, which would make words of nothing: more than
   * half of its words (a sample of them) have letters that the recogniser doesn't have.
   */
  void checkLetters(Vocab vocab) throws MalgwiException {
    Map<String, Integer> lacking = new TreeMap<>();
    int seen = 0;
    int unheard = 0;
    int step = (file.size() + SAMPLE - 1) / SAMPLE;
    for (int id = 0; id < file.size(); id += step) {
      if (id == file.start || id == file.end || id == file.unk) {
        continue;
      }
      seen++;
      Set<String> letters = new HashSet<>(Text.split(file.word(id), vocab.unit()));
      letters.removeAll(vocab.letters());
      unheard += letters.isEmpty() ? 0 : 1;
      letters.forEach(letter -> lacking.merge(letter, 1, Integer::sum));
    }
    if (2 * unheard > seen) {
      List<String> commonest = new ArrayList<>(lacking.keySet());
      commonest.sort(Comparator.comparing(letter -> -lacking.getOrDefault(letter, 0)));
      throw new MalgwiException(
          file.where
              + ": "
              + unheard
              + " of "
              + seen
              + " words have letters that the recogniser doesn't have ("
              + String.join(" ", commonest.subList(0, Math.min(10, commonest.size())))
              + "), and would never be heard; make a language model from text in its language and"
              + " spelling (malgwi lm)");
    }
  }

  /** What a word's logarithm counts in the score. */
  double alpha() {
    return file.alpha;
  }

  /** What a word adds to the score, in nats. */
  double beta() {
    return file.beta;
  }

  /** What a word that isn't here costs on top, in nats. */
  double unknown() {
    return file.unknown;
  }

  /** The id of {@code </s>}, or {@link #NONE}. */
  int end() {
    return file.end;
  }

  /** The id of {@code <unk>}. */
  int unk() {
    return file.unk;
  }

  /** The id of a word, or {@link #NONE}. */
  int find(String word) throws MalgwiException {
    return file.find(word);
  }

  /** The highest logarithm, without history, of the words that begin so; -infinity: none. */
  double likeliest(String beginning) throws MalgwiException {
    return file.likeliest(beginning);
  }

  /** The words before the next one, as many as count. Immutable. */
  static final class History {
    private final int[] words;

    /** For the words from i on: their n-gram, or {@link #NONE}, and its backoff. */
    private final int[] entries;

    private final double[] backoffs;

    private History(int[] words, int[] entries, double[] backoffs) {
      this.words = words;
      this.entries = entries;
      this.backoffs = backoffs;
    }
  }

  /** The history before the first word. */
  History begin() throws MalgwiException {
    return file.start == NONE ? history() : history(file.start);
  }

  /** The history after one word more. */
  History after(History history, int word) throws MalgwiException {
    int[] longer = Arrays.copyOf(history.words, history.words.length + 1);
    longer[history.words.length] = word;
    return history(longer);
  }

  /** A history of word ids, the latest last. */
  History history(int... words) throws MalgwiException {
    int from = Math.max(0, words.length - file.order + 1);
    int[] kept = Arrays.copyOfRange(words, from, words.length);
    int[] entries = new int[kept.length];
    double[] backoffs = new double[kept.length];
    for (int i = 0; i < kept.length; i++) {
      entries[i] = entry(kept, i);
      backoffs[i] = entries[i] == NONE ? 0 : file.backoff(kept.length - i, entries[i]);
    }
    return new History(kept, entries, backoffs);
  }

  /** The natural logarithm of a word's probability. */
  double score(History history, int word) throws MalgwiException {
    double sum = 0;
    for (int i = 0; i < history.entries.length; i++) {
      if (history.entries[i] != NONE) {
        int n = history.entries.length - i;
        int found = file.child(n, history.entries[i], word);
        if (found != NONE) {
          return sum + file.prob(n + 1, found);
        }
        sum += history.backoffs[i];
      }
    }
    return sum + file.prob(1, word);
  }

  /** The n-gram of a history's words from {@code from} on, or {@link #NONE}. */
  private int entry(int[] history, int from) throws MalgwiException {
    int entry = history[from];
    for (int i = from + 1; i < history.length && entry != NONE; i++) {
      entry = file.child(i - from, entry, history[i]);
    }
    return entry;
  }
}
