package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.junit.Test;

public class LettersTest {
  @Test
  public void lettersThatAnyKeyboardHasAreLeftOut() {
    assertEquals(List.of(), Letters.worthKeys(List.of("a", "z", "'", "7")));
    assertEquals(
        List.of("é", "ŋ", "\u0301"), Letters.worthKeys(List.of("a", "é", "'", "ŋ", "z", "\u0301")));
    assertEquals(List.of("ж", "я"), Letters.worthKeys(List.of("ж", "я")));
    assertEquals(List.of("말", "귀"), Letters.worthKeys(List.of("말", "귀")));
    // The parts of syllables: no text holds them by themselves.
    assertEquals(List.of(), Letters.worthKeys(List.of("\u1106", "\u1161", "\u11AF")));
  }

  @Test
  public void aMarkIsDrawnOnACircle() {
    assertEquals("ŋ", Letters.shown("ŋ"));
    assertEquals("\u25CC\u0301", Letters.shown("\u0301"));
  }

  @Test
  public void theNameIsSaidWhereItSaysMoreThanTheLetter() {
    assertEquals("ŋ, latin small letter eng", Letters.spoken("ŋ"));
    assertEquals("\u0301, combining acute accent", Letters.spoken("\u0301"));
    assertEquals("말", Letters.spoken("말"));
    assertEquals("東", Letters.spoken("東"));
  }

  @Test
  public void aLetterIsFoundByItsPartsAndByItsName() {
    List<String> letters = List.of("é", "ŋ", "ƙ", "말", "귀", "ж");
    assertEquals(letters, Letters.find(letters, " "));
    assertEquals(List.of("é"), Letters.find(letters, "E"));
    assertEquals(List.of("ƙ"), Letters.find(letters, "hook"));
    assertEquals(List.of("말"), Letters.find(letters, "ㅁ"));
    assertEquals(List.of("귀"), Letters.find(letters, "귀"));
    assertEquals(List.of("ж"), Letters.find(letters, "Ж"));
    assertEquals("one letter isn't a name", List.of(), Letters.find(letters, "z"));
    assertEquals(List.of(), Letters.find(letters, "zebra"));
  }
}
