package org.malgwi.app.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.malgwi.core.TimedWord;

/**
 * Gives the words of a corrected text the times of the words that were heard: a word that stayed
 * keeps its own, one that was changed or added shares the stretch between its neighbours.
 */
public final class Correction {
  /** As long as a letter lasts in slow speech, where nothing else says when a word was said. */
  private static final long LETTER_MS = 150;

  private Correction() {}

  /**
   * The words of {@code text}, one for each stretch without white space, in its order.
   *
   * @param durationMs of the recording, in which words may lie that nobody heard
   */
  public static List<TimedWord> align(List<TimedWord> heard, String text, long durationMs) {
    List<String> words = words(text);
    List<String> before = new ArrayList<>();
    for (TimedWord word : heard) {
      before.add(fold(word.text()));
    }
    return timed(words, WordMatch.between(before, folded(words)), heard, durationMs);
  }

  private static List<TimedWord> timed(
      List<String> words, int[] same, List<TimedWord> heard, long durationMs) {
    List<TimedWord> timed = new ArrayList<>();
    int i = 0;
    int next = 0; // the first heard word that isn't passed yet
    while (i < words.size()) {
      if (same[i] >= 0) {
        TimedWord word = heard.get(same[i]);
        timed.add(new TimedWord(words.get(i), word.startMs(), word.endMs(), 1));
        next = same[i++] + 1;
        continue;
      }
      int end = i;
      while (end < words.size() && same[end] < 0) {
        end++;
      }
      int until = end < words.size() ? same[end] : heard.size();
      long[] stretch = stretch(heard, next, until, letters(words.subList(i, end)), durationMs);
      if (stretch[0] == stretch[1] && i > 0) {
        i--; // no room: they share that of the word before
        TimedWord before = timed.remove(timed.size() - 1);
        stretch = new long[] {before.startMs(), before.endMs()};
      } else if (stretch[0] == stretch[1] && end < words.size()) {
        next = same[end++] + 1;
        stretch = new long[] {heard.get(next - 1).startMs(), heard.get(next - 1).endMs()};
      }
      spread(words.subList(i, end), stretch, timed);
      i = end;
    }
    return timed;
  }

  /**
   * Start and end of heard words {@code from} up to {@code to}; where there are none, of the gap,
   * at both ends of the recording no more of it than {@code letters} need.
   */
  private static long[] stretch(
      List<TimedWord> heard, int from, int to, long letters, long durationMs) {
    if (from < to) {
      return new long[] {heard.get(from).startMs(), heard.get(to - 1).endMs()};
    }
    if (heard.isEmpty()) {
      return new long[] {0, durationMs};
    }
    if (from == 0) {
      long after = heard.get(0).startMs();
      return new long[] {Math.max(0, after - letters * LETTER_MS), after};
    }
    long before = heard.get(from - 1).endMs();
    if (to == heard.size()) {
      return new long[] {
        before, Math.max(before, Math.min(durationMs, before + letters * LETTER_MS))
      };
    }
    long after = heard.get(to).startMs();
    return new long[] {Math.min(before, after), after};
  }

  /** Shares a stretch among words by their letters. */
  private static void spread(List<String> words, long[] stretch, List<TimedWord> timed) {
    long letters = letters(words);
    long passed = 0;
    for (String word : words) {
      long start = stretch[0] + (stretch[1] - stretch[0]) * passed / letters;
      passed += word.length();
      long end = stretch[0] + (stretch[1] - stretch[0]) * passed / letters;
      timed.add(new TimedWord(word, start, end, 1));
    }
  }

  private static long letters(List<String> words) {
    return words.stream().mapToLong(String::length).sum();
  }

  /** What stands between white space. */
  static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (String word : text.split("\\s+", -1)) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }

  private static List<String> folded(List<String> words) {
    List<String> folded = new ArrayList<>();
    for (String word : words) {
      folded.add(fold(word));
    }
    return folded;
  }

  /** A word for comparing: letters and digits only, lower case. */
  private static String fold(String word) {
    StringBuilder letters = new StringBuilder();
    word.codePoints().filter(Character::isLetterOrDigit).forEach(letters::appendCodePoint);
    return (letters.length() == 0 ? word : letters.toString()).toLowerCase(Locale.ROOT);
  }
}
