package org.malgwi.app.history;

import java.util.ArrayList;
import java.util.List;
import org.malgwi.core.TimedWord;

/** Cuts a transcript into paragraphs: where its text has line breaks, else at pauses. */
final class Paragraphs {
  private static final long LONG_PAUSE_MS = 2_000;
  private static final long PAUSE_MS = 300;
  private static final int MANY_WORDS = 60;
  private static final int MOST_WORDS = 120;

  private Paragraphs() {}

  /**
   * Returns the index of each paragraph's first word.
   *
   * @param words those of {@code text}, one for each stretch without white space
   */
  static List<Integer> starts(String text, List<TimedWord> words) {
    List<Integer> starts = new ArrayList<>();
    if (text.trim().indexOf('\n') >= 0) {
      int next = 0;
      for (String line : text.split("\n", -1)) {
        int count = Correction.words(line).size();
        if (count > 0) {
          starts.add(next);
          next += count;
        }
      }
      return starts;
    }
    int start = 0;
    for (int i = 0; i < words.size(); i++) {
      if (i == 0 || isBreak(words, i, i - start)) {
        starts.add(i);
        start = i;
      }
    }
    return starts;
  }

  private static boolean isBreak(List<TimedWord> words, int next, int length) {
    long pause = words.get(next).startMs() - words.get(next - 1).endMs();
    return pause >= LONG_PAUSE_MS
        || (length >= MANY_WORDS && pause >= PAUSE_MS)
        || length >= MOST_WORDS;
  }
}
