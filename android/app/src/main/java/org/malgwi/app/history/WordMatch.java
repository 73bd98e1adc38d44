package org.malgwi.app.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds which words of a text were there before somebody changed it. */
final class WordMatch {
  /** A changed stretch that takes more comparisons is divided first. */
  private static final long MOST_COMPARISONS = 1_000_000;

  /** In the place of where words stand that occur again, and of words that weren't there. */
  private static final int NONE = -1;

  private final List<String> before;
  private final List<String> now;
  private final int[] same;

  private WordMatch(List<String> before, List<String> now) {
    this.before = before;
    this.now = now;
    same = new int[now.size()];
    Arrays.fill(same, NONE);
  }

  /** For each word of {@code now} its place in {@code before}, or -1; the places ascend. */
  static int[] between(List<String> before, List<String> now) {
    WordMatch match = new WordMatch(before, now);
    match.all();
    return match.same;
  }

  private void all() {
    int start = 0;
    while (start < now.size() && start < before.size() && isSame(start, start)) {
      same[start] = start;
      start++;
    }
    int nowEnd = now.size();
    int beforeEnd = before.size();
    while (nowEnd > start && beforeEnd > start && isSame(nowEnd - 1, beforeEnd - 1)) {
      same[--nowEnd] = --beforeEnd;
    }
    changed(start, nowEnd, start, beforeEnd);
  }

  private boolean isSame(int row, int column) {
    return now.get(row).equals(before.get(column));
  }

  /**
   * A stretch, however long: a long one is divided at what occurs once in each, so that a change at
   * its beginning and one at its end leave all that lies between.
   */
  private void changed(int row, int rowEnd, int column, int columnEnd) {
    int nextRow = row;
    int nextColumn = column;
    if ((long) (rowEnd - row) * (columnEnd - column) > MOST_COMPARISONS) {
      for (int[] pair : ascending(pairs(once(now, row, rowEnd), once(before, column, columnEnd)))) {
        table(nextRow, pair[0], nextColumn, pair[1]);
        same[pair[0]] = pair[1];
        nextRow = pair[0] + 1;
        nextColumn = pair[1] + 1;
      }
    }
    table(nextRow, rowEnd, nextColumn, columnEnd);
  }

  /** Where three words in a row stand that occur but once; {@link #NONE} for others. */
  private static Map<String, Integer> once(List<String> words, int from, int to) {
    Map<String, Integer> places = new LinkedHashMap<>();
    for (int i = from; i + 3 <= to; i++) {
      places.merge(String.join(" ", words.subList(i, i + 3)), i, (first, other) -> NONE);
    }
    return places;
  }

  /** The places in both of what both have once, by the first. */
  private static List<int[]> pairs(Map<String, Integer> now, Map<String, Integer> before) {
    List<int[]> pairs = new ArrayList<>();
    now.forEach(
        (words, row) -> {
          int column = before.getOrDefault(words, NONE);
          if (row != NONE && column != NONE) {
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
      before[i] = low == 0 ? NONE : last[low - 1];
      last[low] = i;
      longest = Math.max(longest, low + 1);
    }
    Deque<int[]> run = new ArrayDeque<>();
    for (int i = longest == 0 ? NONE : last[longest - 1]; i >= 0; i = before[i]) {
      run.addFirst(pairs.get(i));
    }
    return run;
  }

  /** The longest common subsequence of two stretches, by the usual table; none of long ones. */
  private void table(int nowStart, int nowEnd, int beforeStart, int beforeEnd) {
    int rows = nowEnd - nowStart;
    int columns = beforeEnd - beforeStart;
    if ((long) rows * columns == 0 || (long) rows * columns > MOST_COMPARISONS) {
      return;
    }
    int[][] longest = new int[rows + 1][columns + 1];
    for (int row = rows - 1; row >= 0; row--) {
      for (int column = columns - 1; column >= 0; column--) {
        longest[row][column] =
            isSame(nowStart + row, beforeStart + column)
                ? 1 + longest[row + 1][column + 1]
                : Math.max(longest[row + 1][column], longest[row][column + 1]);
      }
    }
    int row = 0;
    int column = 0;
    while (row < rows && column < columns) {
      if (isSame(nowStart + row, beforeStart + column)) {
        same[nowStart + row++] = beforeStart + column++;
      } else if (longest[row + 1][column] >= longest[row][column + 1]) {
        row++;
      } else {
        column++;
      }
    }
  }
}
