package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.malgwi.app.history.Playback.Span;
import org.malgwi.core.TimedWord;

public class PlaybackTest {
  private static TimedWord word(long startMs, long endMs) {
    return new TimedWord("a", startMs, endMs, 1);
  }

  @Test
  public void aPhraseGoesFromPauseToPause() {
    // 1.5 to 2.0 and 2.4 to 3.0 s are one phrase; 0.7 s later comes another, of one word.
    List<TimedWord> words =
        List.of(word(200, 800), word(1_500, 2_000), word(2_400, 3_000), word(3_700, 4_000));
    assertEquals(new Span(150, 900), Playback.phrase(words, 300, 6_000));
    assertEquals(new Span(1_450, 3_100), Playback.phrase(words, 2_100, 6_000));
    assertEquals(
        "in a pause: the next", new Span(1_450, 3_100), Playback.phrase(words, 1_000, 6_000));
    assertEquals("before all", new Span(150, 900), Playback.phrase(words, 0, 6_000));
    assertEquals(
        "after all: the end", new Span(1_000, 6_000), Playback.phrase(words, 5_500, 6_000));
    assertEquals(
        "no longer than all", new Span(3_650, 4_050), Playback.phrase(words, 3_800, 4_050));
    assertEquals("no words", new Span(0, 4_000), Playback.phrase(List.of(), 0, 4_000));
  }

  @Test
  public void speechWithoutPausesIsNotPlayedWhole() {
    List<TimedWord> words = new ArrayList<>();
    for (long i = 0; i < 60; i++) {
      words.add(word(i * 1_000, i * 1_000 + 900));
    }
    // Words that begin at most 5 s before 30.5 s, and end at most 5 s after.
    assertEquals(new Span(25_950, 35_000), Playback.phrase(words, 30_500, 60_000));
  }
}
