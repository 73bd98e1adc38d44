package org.malgwi.app.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.malgwi.core.TimedWord;

/**
 * Gives the words of a corrected text the times of the words that were heard: a word that stayed
 * keeps its own, one that was changed or added shares the stretch between its neighbours.
 */
public final class Correction {
  /** A changed stretch that takes more comparisons is divided first. */
  private static final long MOST_COMPARISONS = 1_000_000;

  /** In the place of where words stand that occur again. */
  private static final int AGAIN = -1;

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
    List<String> now = folded(words);
    List<String> before = new ArrayList<>();
    for (TimedWord word : heard) {
      before.add(fold(word.text()));
    }
    int[] same = new int[words.size()]; // the index of the heard word, or -1
    java.util.Arrays.fill(same, -1);
    int start = 0;
    while (start < now.size()
        && start < before.size()
        && now.get(start).equals(before.get(start))) {
      same[start] = start;
      start++;
    }
    int nowEnd = now.size();
    int beforeEnd = before.size();
    while (nowEnd > start
        && beforeEnd > start
        && now.get(nowEnd - 1).equals(before.get(beforeEnd - 1))) {
      same[--nowEnd] = --beforeEnd;
    }
    matchBetween(now, start, nowEnd, before, start, beforeEnd, same);
    return timed(words, same, heard, durationMs);
  }

  /**
   * Matches two stretches, however long: a long one at what occurs once in each, so that a change
   * at its beginning and one at its end leave the times of all that lies between.
   */
  private static void matchBetween(
      List<String> now,
      int nowStart,
      int nowEnd,
      List<String> before,
      int beforeStart,
      int beforeEnd,
      int[] same) {
    int row = nowStart;
    int column = beforeStart;
    if ((long) (nowEnd - nowStart) * (beforeEnd - beforeStart) > MOST_COMPARISONS) {
      Map<String, Integer> places = once(before, beforeStart, beforeEnd);
      for (int[] pair : ascending(pairs(once(now, nowStart, nowEnd), places))) {
        matchShort(now, row, pair[0], before, column, pair[1], same);
        same[pair[0]] = pair[1];
        row = pair[0] + 1;
        column = pair[1] + 1;
      }
    }
    matchShort(now, row, nowEnd, before, column, beforeEnd, same);
  }

  /** Where three words in a row stand that occur but once; {@link #AGAIN} for others. */
  private static Map<String, Integer> once(List<String> words, int from, int to) {
    Map<String, Integer> places = new LinkedHashMap<>();
    for (int i = from; i + 3 <= to; i++) {
      places.merge(String.join(" ", words.subList(i, i + 3)), i, (first, other) -> AGAIN);
    }
    return places;
  }

  /** The places in both of what both have once, by the first. */
  private static List<int[]> pairs(Map<String, Integer> now, Map<String, Integer> before) {
    List<int[]> pairs = new ArrayList<>();
    now.forEach(
        (words, row) -> {
          int column = before.getOrDefault(words, AGAIN);
          if (row != AGAIN && column != AGAIN) {
            pairs.add(new int[] {row, column});
          }
        });
    return pairs;
  }

  /** Of pairs whose first places ascend, as many as possible whose second places do, too. */
  private static Deque<int[]> ascending(List<int[]> pairs) {
    int[] last = new int[pairs.size()]; // of the runs of each length, the one with the lowest end
    int[] before = new int[pairs.size()];
    int longest = 0;
    for (int i = 0; i < pairs.size(); i++) {
      int low = 0;
      int high = longest;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (pairs.get(last[middle])[1] < pairs.get(i)[1]) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      before[i] = low == 0 ? -1 : last[low - 1];
      last[low] = i;
      longest = Math.max(longest, low + 1);
    }
    Deque<int[]> run = new ArrayDeque<>();
    for (int i = longest == 0 ? -1 : last[longest - 1]; i >= 0; i = before[i]) {
      run.addFirst(pairs.get(i));
    }
    return run;
  }

  /** The longest common subsequence of two stretches, by the usual table; none of long ones. */
  private static void matchShort(
      List<String> now,
      int nowStart,
      int nowEnd,
      List<String> before,
      int beforeStart,
      int beforeEnd,
      int[] same) {
    int rows = nowEnd - nowStart;
    int columns = beforeEnd - beforeStart;
    if ((long) rows * columns == 0 || (long) rows * columns > MOST_COMPARISONS) {
      return;
    }
    int[][] longest = new int[rows + 1][columns + 1];
    for (int row = rows - 1; row >= 0; row--) {
      for (int column = columns - 1; column >= 0; column--) {
        longest[row][column] =
            now.get(nowStart + row).equals(before.get(beforeStart + column))
                ? 1 + longest[row + 1][column + 1]
                : Math.max(longest[row + 1][column], longest[row][column + 1]);
      }
    }
    int row = 0;
    int column = 0;
    while (row < rows && column < columns) {
      if (now.get(nowStart + row).equals(before.get(beforeStart + column))) {
        same[nowStart + row++] = beforeStart + column++;
      } else if (longest[row + 1][column] >= longest[row][column + 1]) {
        row++;
      } else {
        column++;
      }
    }
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
