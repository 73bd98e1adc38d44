package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.junit.Test;
import org.malgwi.core.TimedWord;

public class CorrectionTest {
  private static final List<TimedWord> HEARD =
      List.of(
          new TimedWord("the", 0, 100, 0.9),
          new TimedWord("kat", 200, 400, 0.4),
          new TimedWord("sat", 500, 700, 0.9),
          new TimedWord("down", 1000, 1400, 0.8));

  private static TimedWord word(String text, long start, long end) {
    return new TimedWord(text, start, end, 1);
  }

  @Test
  public void aChangedWordTakesTheOldOnesTime() {
    assertEquals(
        List.of(
            word("the", 0, 100),
            word("cat", 200, 400),
            word("sat", 500, 700),
            word("down", 1000, 1400)),
        Correction.align(HEARD, "the cat sat down"));
  }

  @Test
  public void capitalsMarksAndLinesChangeNoTimes() {
    assertEquals(
        List.of(
            word("The", 0, 100),
            word("kat,", 200, 400),
            word("sat", 500, 700),
            word("down.", 1000, 1400)),
        Correction.align(HEARD, " The kat,\n\nsat   down. "));
  }

  @Test
  public void aNewWordSharesThePauseAndADroppedOneIsGone() {
    assertEquals(
        List.of(
            word("the", 0, 100),
            word("kat", 200, 400),
            word("sat", 500, 700),
            word("right", 700, 1000),
            word("down", 1000, 1400)),
        Correction.align(HEARD, "the kat sat right down"));
    assertEquals(
        List.of(word("the", 0, 100), word("down", 1000, 1400)),
        Correction.align(HEARD, "the down"));
  }

  @Test
  public void severalWordsShareAStretchByTheirLetters() {
    // "kat sat" lasted from 200 to 700: 4 of 10 letters, then 6.
    assertEquals(
        List.of(
            word("the", 0, 100),
            word("dogs", 200, 400),
            word("walked", 400, 700),
            word("down", 1000, 1400)),
        Correction.align(HEARD, "the dogs walked down"));
  }

  @Test
  public void aWordBetweenTwoChangesKeepsItsTime() {
    assertEquals(word("kat", 200, 400), Correction.align(HEARD, "a kat stood up").get(1));
  }

  @Test
  public void nothingHeardOrNothingLeft() {
    assertEquals(List.of(), Correction.align(HEARD, " \n "));
    assertEquals(List.of(word("hi", 0, 0)), Correction.align(List.of(), "hi"));
    assertEquals(word("more", 1400, 1400), Correction.align(HEARD, "the kat sat down more").get(4));
    assertEquals(word("oh", 0, 0), Correction.align(HEARD, "oh the kat sat down").get(0));
  }
}
