package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
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
        Correction.align(HEARD, "the cat sat down", 1400));
  }

  @Test
  public void capitalsMarksAndLinesChangeNoTimes() {
    assertEquals(
        List.of(
            word("The", 0, 100),
            word("kat,", 200, 400),
            word("sat", 500, 700),
            word("down.", 1000, 1400)),
        Correction.align(HEARD, " The kat,\n\nsat   down. ", 1400));
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
        Correction.align(HEARD, "the kat sat right down", 1400));
    assertEquals(
        List.of(word("the", 0, 100), word("down", 1000, 1400)),
        Correction.align(HEARD, "the down", 1400));
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
        Correction.align(HEARD, "the dogs walked down", 1400));
  }

  @Test
  public void aWordBetweenTwoChangesKeepsItsTime() {
    assertEquals(word("kat", 200, 400), Correction.align(HEARD, "a kat stood up", 1400).get(1));
  }

  /** Ten minutes: 1,500 words of 100 ms, 400 ms from one to the next; many occur twice. */
  private static List<TimedWord> tenMinutes() {
    List<TimedWord> heard = new ArrayList<>();
    for (int i = 0; i < 1_500; i++) {
      heard.add(
          new TimedWord("w" + i * 7 % 500 + (i < 750 ? "a" : ""), 400L * i, 400L * i + 100, 0.9));
    }
    return heard;
  }

  private static List<String> texts(List<TimedWord> words) {
    return words.stream().map(TimedWord::text).collect(Collectors.toCollection(ArrayList::new));
  }

  @Test
  public void changesFarApartLeaveTheTimesBetweenThem() {
    List<TimedWord> heard = tenMinutes();
    List<String> text = texts(heard);
    text.set(0, "first");
    text.set(1_499, "last");
    List<TimedWord> timed = Correction.align(heard, String.join(" ", text), 600_000);
    for (int i = 0; i < 1_500; i++) {
      assertEquals(word(text.get(i), 400L * i, 400L * i + 100), timed.get(i));
    }
  }

  @Test
  public void aLongPartThatIsTakenOutMovesNothing() {
    List<TimedWord> heard = tenMinutes();
    List<String> text = texts(heard);
    text.set(1_499, "last");
    text.subList(10, 300).clear();
    text.set(0, "first");
    List<TimedWord> timed = Correction.align(heard, String.join(" ", text), 600_000);
    assertEquals(word(text.get(9), 3_600, 3_700), timed.get(9));
    assertEquals(word(text.get(10), 120_000, 120_100), timed.get(10));
    assertEquals(word("last", 599_600, 599_700), timed.get(1_209));
  }

  @Test
  public void nothingHeardOrNothingLeft() {
    assertEquals(List.of(), Correction.align(HEARD, " \n ", 1400));
    assertEquals(List.of(word("hi", 0, 700)), Correction.align(List.of(), "hi", 700));
  }

  @Test
  public void wordsThatNobodyHeardLieWhereThereIsRoom() {
    // 4 letters of 150 ms, where the recording goes on for so long.
    assertEquals(
        List.of(word("down", 1000, 1400), word("more", 1400, 2000)),
        Correction.align(HEARD, "the kat sat down more", 9000).subList(3, 5));
    assertEquals(
        word("more", 1400, 1500), Correction.align(HEARD, "the kat sat down more", 1500).get(4));
    List<TimedWord> late = List.of(new TimedWord("down", 9000, 9400, 0.8));
    assertEquals(
        List.of(word("oh", 8700, 9000), word("down", 9000, 9400)),
        Correction.align(late, "oh down", 9400));
  }

  @Test
  public void whereThereIsNoRoomTheyShareANeighboursTime() {
    assertEquals(
        List.of(word("down", 1000, 1200), word("more", 1200, 1400)),
        Correction.align(HEARD, "the kat sat down more", 1400).subList(3, 5));
    assertEquals(
        List.of(word("oh", 0, 40), word("the", 40, 100), word("kat", 200, 400)),
        Correction.align(HEARD, "oh the kat sat down", 1400).subList(0, 3));
    List<TimedWord> close =
        List.of(new TimedWord("a", 0, 100, 0.9), new TimedWord("b", 100, 200, 0.9));
    assertEquals(
        List.of(word("a", 0, 50), word("x", 50, 100), word("b", 100, 200)),
        Correction.align(close, "a x b", 200));
  }
}
