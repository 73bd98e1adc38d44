package org.malgwi.core;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The mapped file of a language model; section 7 of docs/language-model.md specifies the format.
 * Its header and length are checked at once, the rest where it is read: whatever the file holds,
 * nothing outside of it is. Immutable and thread-safe.
 */
final class LmFile {
  static final int NONE = -1;

  private static final long MAGIC = 0x4D4C4957474C414DL; // "MALGWILM", little-endian
  private static final int VERSION = 2;
  private static final int HIGHEST_ORDER = 6;
  private static final int MOST_NGRAMS = 1 << 28;
  private static final int HEADER = 80;
  private static final int LONGEST_RULES = 4096;

  /** Names the file in errors. */
  final String where;

  /** Of the longest n-grams. */
  final int order;

  /** How its text was normalised; null: nobody said. */
  final @Nullable Normalisation rules;

  /** What a word's logarithm counts in the score. */
  final double alpha;

  /** What a word adds to the score, in nats. */
  final double beta;

  /** What a word that isn't here costs on top, in nats. */
  final double unknown;

  /** The id of {@code <s>}, or {@link #NONE}. */
  final int start;

  /** The id of {@code </s>}, or {@link #NONE}. */
  final int end;

  /** The id of {@code <unk>}. */
  final int unk;

  private final ByteBuffer bytes;
  private final int textBytes;

  /** By order - 1: how many n-grams, and where their arrays begin; -1: there is no such array. */
  private final int[] counts = new int[HIGHEST_ORDER];

  private final int[] words = new int[HIGHEST_ORDER];
  private final int[] probs = new int[HIGHEST_ORDER];
  private final int[] backoffs = new int[HIGHEST_ORDER];
  private final int[] children = new int[HIGHEST_ORDER];

  /** Maps {@code size} bytes of a file, from {@code offset}; the file may be deleted after that. */
  static LmFile map(File file, long offset, long size, String where) throws MalgwiException {
    try (RandomAccessFile open = new RandomAccessFile(file, "r")) {
      return new LmFile(open.getChannel().map(FileChannel.MapMode.READ_ONLY, offset, size), where);
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
  LmFile(ByteBuffer file, String where) throws MalgwiException {
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

  /** How many words it has; their ids are below that. */
  int size() {
    return counts[0];
  }

  /** The word of an id. */
  String word(int id) throws MalgwiException {
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

  /** The n-gram of order {@code n} + 1 that continues {@code entry}, or {@link #NONE}. */
  int child(int n, int entry, int word) throws MalgwiException {
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

  /** The natural logarithm of an n-gram's probability; at most 0. */
  double prob(int n, int entry) throws MalgwiException {
    float value = bytes.getFloat(probs[n - 1] + 4 * entry);
    if (!(value <= 0) || Float.isInfinite(value)) {
      throw wrong("a logarithm of a probability is " + value);
    }
    return value;
  }

  /** What is added, in nats, where nothing continues an n-gram. */
  double backoff(int n, int entry) throws MalgwiException {
    float value = bytes.getFloat(backoffs[n - 1] + 4 * entry);
    if (!Float.isFinite(value)) {
      throw wrong("a backoff is " + value);
    }
    return value;
  }
}
