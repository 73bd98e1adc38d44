package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.malgwi.core.TimedWord;

public class ParagraphsTest {
  /** Words of 200 ms, each after a pause. */
  private static List<TimedWord> words(long... pauses) {
    List<TimedWord> words = new ArrayList<>();
    long at = 0;
    for (long pause : pauses) {
      at += pause;
      words.add(new TimedWord("w", at, at + 200, 1));
      at += 200;
    }
    return words;
  }

  @Test
  public void atLongPauses() {
    assertEquals(List.of(0, 2), Paragraphs.starts("w w w", words(0, 1_999, 2_000)));
    assertEquals(List.of(), Paragraphs.starts("", List.of()));
  }

  @Test
  public void atLineBreaksWhereTheTextHasAny() {
    assertEquals(List.of(0, 1, 3), Paragraphs.starts("w\n\nw w\n w", words(0, 5_000, 0, 0)));
  }

  @Test
  public void longOnesAreCut() {
    long[] even = new long[200];
    assertEquals(List.of(0, 120), Paragraphs.starts("", words(even)));
    even[59] = 300; // too early
    even[70] = 299; // too short
    even[80] = 300;
    assertEquals(List.of(0, 80), Paragraphs.starts("", words(even)));
  }
}
