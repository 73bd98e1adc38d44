package org.malgwi.core;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
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
 * A word n-gram language model with backoff (Katz 1987), read from a mapped file; section 7 of
 * docs/language-model.md specifies the format. Whatever the file holds, nothing outside of it is
 * read. Immutable and thread-safe.
 */
final class LanguageModel {
  static final int NONE = -1;

  private static final long MAGIC = 0x4D4C4957474C414DL; // "MALGWILM", little-endian
  private static final int VERSION = 2;
  private static final int HIGHEST_ORDER = 6;
  private static final int MOST_NGRAMS = 1 << 28;
  private static final int HEADER = 80;
  private static final int LONGEST_RULES = 4096;

  /** Words that are looked at; all of them would take a phone too long. */
  private static final int SAMPLE = 1_000;

  private final ByteBuffer bytes;
  private final String where;
  private final int order;

  /** How its text was normalised; null: nobody said. */
  private final @Nullable Normalisation rules;

  private final double alpha;
  private final double beta;
  private final double unknown;
  private final int start;
  private final int end;
  private final int unk;
  private final int textBytes;

  /** By order - 1: how many n-grams, and where their arrays begin; -1: there is no such array. */
  private final int[] counts = new int[HIGHEST_ORDER];

  private final int[] words = new int[HIGHEST_ORDER];
  private final int[] probs = new int[HIGHEST_ORDER];
  private final int[] backoffs = new int[HIGHEST_ORDER];
  private final int[] children = new int[HIGHEST_ORDER];

  /** Maps a whole file. */
  static LanguageModel map(File file) throws MalgwiException {
    if (!file.isFile() || file.length() > Integer.MAX_VALUE) {
      throw new MalgwiException(file + ": no such file, or too large; expected an lm.bin");
    }
    return map(file, 0, file.length(), file.toString());
  }

  /** Maps {@code size} bytes of a file, from {@code offset}; the file may be deleted after that. */
  static LanguageModel map(File file, long offset, long size, String where) throws MalgwiException {
    try (RandomAccessFile open = new RandomAccessFile(file, "r")) {
      return new LanguageModel(
          open.getChannel().map(FileChannel.MapMode.READ_ONLY, offset, size), where);
    } catch (MalgwiException e) {
      throw e;
    } catch (IOException e) {
      throw new MalgwiException(where + ": can't be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Checks the header and the length.
   *
   * @param where names the file in errors
   */
  LanguageModel(ByteBuffer file, String where) throws MalgwiException {
    this.bytes = file.slice().order(ByteOrder.LITTLE_ENDIAN);
    this.where = where;
    if (bytes.limit() < HEADER || bytes.getLong(0) != MAGIC) {
      throw wrong("it doesn't begin as a language model does");
    }
    if (bytes.getInt(8) != VERSION) {
      throw new MalgwiException(
          where
              + ": version "
              + Integer.toUnsignedString(bytes.getInt(8))
              + "; this reader knows "
              + VERSION
              + ". Update it, or make the file again");
    }
    this.order = bytes.getInt(12);
    if (order < 1 || order > HIGHEST_ORDER) {
      throw wrong("order " + Integer.toUnsignedString(order) + "; expected 1 to " + HIGHEST_ORDER);
    }
    this.alpha = weight("alpha", 16, 0, 100);
    this.beta = weight("beta", 24, -100, 100);
    this.unknown = weight("unknown", 32, 0, 1_000);
    long at = arrays();
    this.textBytes = bytes.getInt(52);
    int said = at + 4 <= bytes.limit() ? bytes.getInt((int) at) : -1;
    if (said < 0 || said > LONGEST_RULES || at + 4 + (said + 3L) / 4 * 4 != bytes.limit()) {
      throw wrong(bytes.limit() + " bytes; its header says " + at + " and the rules behind");
    }
    this.rules = said == 0 ? null : rules((int) at + 4, said);
    this.start = special("<s>", 40, true);
    this.end = special("</s>", 44, true);
    this.unk = special("<unk>", 48, false);
    checkPlaces("words", HEADER, counts[0], textBytes);
    for (int n = 0; n + 1 < order; n++) {
      checkPlaces("children", children[n], counts[n], counts[n + 1]);
    }
  }

  private Normalisation rules(int at, int size) throws MalgwiException {
    byte[] said = new byte[size];
    for (int i = 0; i < size; i++) {
      said[i] = bytes.get(at + i);
    }
    return Normalisation.of(new Fields(Json.parse(said, where), where));
  }

  /** What is odd about the use of it with a model whose texts follow other rules; null: nothing. */
  @Nullable String warning(Normalisation model) {
    String other = rules == null ? null : rules.differs(model);
    return other == null
        ? null
        : where + ": its text was normalised otherwise than the model's: " + other;
  }

  /** Finds where every array begins and returns where the last one ends. */
  private long arrays() throws MalgwiException {
    long text = bytes.getInt(52) & 0xFFFFFFFFL;
    for (int n = 0; n < HIGHEST_ORDER; n++) {
      counts[n] = bytes.getInt(56 + 4 * n);
      boolean right = n < order ? counts[n] >= 0 && counts[n] <= MOST_NGRAMS : counts[n] == 0;
      if (!right || (n == 0 && counts[0] == 0)) {
        throw wrong(
            Integer.toUnsignedString(counts[n]) + " n-grams of order " + (n + 1) + " of " + order);
      }
    }
    long at = HEADER + 4 * (counts[0] + 1L) + (text + 3) / 4 * 4;
    for (int n = 0; n < order; n++) {
      long size = 4L * counts[n];
      words[n] = at(at);
      at += n == 0 ? 0 : size;
      probs[n] = at(at);
      at += size;
      if (n + 1 < order) {
        backoffs[n] = at(at);
        at += size;
        children[n] = at(at);
        at += size + 4;
      }
    }
    return at;
  }

  private int at(long offset) throws MalgwiException {
    if (offset > bytes.limit()) {
      throw wrong("it has " + bytes.limit() + " bytes and needs more than " + offset);
    }
    return (int) offset;
  }

  private double weight(String name, int at, double least, double most) throws MalgwiException {
    double value = bytes.getDouble(at);
    if (!(value >= least && value <= most)) {
      throw wrong(name + " is " + value + "; expected " + least + " to " + most);
    }
    return value;
  }

  private int special(String name, int at, boolean optional) throws MalgwiException {
    int id = bytes.getInt(at);
    if ((id != NONE || !optional) && (id < 0 || id >= counts[0])) {
      throw wrong(
          "the id of "
              + name
              + " is "
              + Integer.toUnsignedString(id)
              + "; it has "
              + counts[0]
              + " words");
    }
    return id;
  }

  private void checkPlaces(String name, int array, int count, int last) throws MalgwiException {
    if (bytes.getInt(array) != 0 || bytes.getInt(array + 4 * count) != last) {
      throw wrong("the places of its " + name + " don't go from 0 to " + last);
    }
  }

  private MalgwiException wrong(String what) {
    return new MalgwiException(where + ": damaged: " + what + "; make it again (malgwi tune)");
  }

  /**
   * Refuses a model of another language or spelling, which would make words of nothing: more than
   * half of its words (a sample of them) have letters that the recogniser doesn't have.
   */
  void checkLetters(Vocab vocab) throws MalgwiException {
    Map<String, Integer> lacking = new TreeMap<>();
    int seen = 0;
    int unheard = 0;
    int step = (counts[0] + SAMPLE - 1) / SAMPLE;
    for (int id = 0; id < counts[0]; id += step) {
      if (id == start || id == end || id == unk) {
        continue;
      }
      seen++;
      Set<String> letters = new HashSet<>(Text.split(word(id), vocab.unit()));
      letters.removeAll(vocab.letters());
      unheard += letters.isEmpty() ? 0 : 1;
      letters.forEach(letter -> lacking.merge(letter, 1, Integer::sum));
    }
    if (2 * unheard > seen) {
      List<String> commonest = new ArrayList<>(lacking.keySet());
      commonest.sort(Comparator.comparing(letter -> -lacking.getOrDefault(letter, 0)));
      throw new MalgwiException(
          where
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

  private String word(int id) throws MalgwiException {
    int from = place(HEADER, id, textBytes);
    int length = place(HEADER, id + 1, textBytes) - from;
    if (length < 0) {
      throw wrong("word " + id + " ends before it begins");
    }
    byte[] word = new byte[length];
    int text = HEADER + 4 * (counts[0] + 1) + from;
    for (int i = 0; i < length; i++) {
      word[i] = bytes.get(text + i);
    }
    return new String(word, StandardCharsets.UTF_8);
  }

  /** What a word's logarithm counts in the score. */
  double alpha() {
    return alpha;
  }

  /** What a word adds to the score, in nats. */
  double beta() {
    return beta;
  }

  /** What a word that isn't here costs on top, in nats. */
  double unknown() {
    return unknown;
  }

  /** The id of {@code </s>}, or {@link #NONE}. */
  int end() {
    return end;
  }

  /** The id of {@code <unk>}. */
  int unk() {
    return unk;
  }

  /** The id of a word, or {@link #NONE}. */
  int find(String word) throws MalgwiException {
    byte[] wanted = word.getBytes(StandardCharsets.UTF_8);
    int found = first(wanted, false);
    return found < counts[0] && compare(found, wanted, false) == 0 ? found : NONE;
  }

  /** The highest logarithm, without history, of the words that begin so; -infinity: none. */
  double likeliest(String beginning) throws MalgwiException {
    byte[] wanted = beginning.getBytes(StandardCharsets.UTF_8);
    int end = first(wanted, true);
    double most = Double.NEGATIVE_INFINITY;
    for (int id = first(wanted, false); id < end; id++) {
      most = Math.max(most, prob(1, id));
    }
    return most;
  }

  /**
   * The first word that isn't before the wanted one.
   *
   * @param after nor begins with it
   */
  private int first(byte[] wanted, boolean after) throws MalgwiException {
    int low = 0;
    int high = counts[0];
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(middle, wanted, after) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Compares the word of an id with another one, by bytes.
   *
   * @param after words that begin with the wanted one are before it
   */
  private int compare(int id, byte[] wanted, boolean after) throws MalgwiException {
    int from = place(HEADER, id, textBytes);
    int length = place(HEADER, id + 1, textBytes) - from;
    if (length < 0) {
      throw wrong("word " + id + " ends before it begins");
    }
    int text = HEADER + 4 * (counts[0] + 1) + from;
    for (int i = 0; i < Math.min(length, wanted.length); i++) {
      int difference = (bytes.get(text + i) & 0xFF) - (wanted[i] & 0xFF);
      if (difference != 0) {
        return difference;
      }
    }
    return after && length >= wanted.length ? -1 : length - wanted.length;
  }

  private int place(int array, int index, int last) throws MalgwiException {
    int place = bytes.getInt(array + 4 * index);
    if (place < 0 || place > last) {
      throw wrong("a place of " + Integer.toUnsignedString(place) + " of " + last);
    }
    return place;
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
    return start == NONE ? history() : history(start);
  }

  /** The history after one word more. */
  History after(History history, int word) throws MalgwiException {
    int[] longer = Arrays.copyOf(history.words, history.words.length + 1);
    longer[history.words.length] = word;
    return history(longer);
  }

  /** A history of word ids, the latest last. */
  History history(int... words) throws MalgwiException {
    int from = Math.max(0, words.length - order + 1);
    int[] kept = Arrays.copyOfRange(words, from, words.length);
    int[] entries = new int[kept.length];
    double[] backoffs = new double[kept.length];
    for (int i = 0; i < kept.length; i++) {
      entries[i] = entry(kept, i);
      backoffs[i] = entries[i] == NONE ? 0 : backoff(kept.length - i, entries[i]);
    }
    return new History(kept, entries, backoffs);
  }

  /** The natural logarithm of a word's probability. */
  double score(History history, int word) throws MalgwiException {
    double sum = 0;
    for (int i = 0; i < history.entries.length; i++) {
      if (history.entries[i] != NONE) {
        int n = history.entries.length - i;
        int found = child(n, history.entries[i], word);
        if (found != NONE) {
          return sum + prob(n + 1, found);
        }
        sum += history.backoffs[i];
      }
    }
    return sum + prob(1, word);
  }

  /** The n-gram of a history's words from {@code from} on, or {@link #NONE}. */
  private int entry(int[] history, int from) throws MalgwiException {
    int entry = history[from];
    for (int i = from + 1; i < history.length && entry != NONE; i++) {
      entry = child(i - from, entry, history[i]);
    }
    return entry;
  }

  /** The n-gram of order {@code n} + 1 that continues {@code entry}, or {@link #NONE}. */
  private int child(int n, int entry, int word) throws MalgwiException {
    int low = place(children[n - 1], entry, counts[n]);
    int high = place(children[n - 1], entry + 1, counts[n]) - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int found = bytes.getInt(words[n] + 4 * middle);
      if (found == word) {
        return middle;
      }
      // An id above 2^31 would be damage; compared like this it is merely not found.
      if (found < word) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return NONE;
  }

  private double prob(int n, int entry) throws MalgwiException {
    float value = bytes.getFloat(probs[n - 1] + 4 * entry);
    if (!(value <= 0) || Float.isInfinite(value)) {
      throw wrong("a logarithm of a probability is " + value);
    }
    return value;
  }

  private double backoff(int n, int entry) throws MalgwiException {
    float value = bytes.getFloat(backoffs[n - 1] + 4 * entry);
    if (!Float.isFinite(value)) {
      throw wrong("a backoff is " + value);
    }
    return value;
  }
}
