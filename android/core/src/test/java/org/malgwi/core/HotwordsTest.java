package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class HotwordsTest {
  private static final Vocab VOCAB = FakeModel.DECODING.vocab();

  @Test
  void asManyAsInPython() {
    assertEquals(Golden.file("hotwords.json").integer("most"), Hotwords.MOST);
  }

  @TestFactory
  Stream<DynamicTest> credits() {
    return Golden.tests(
        "hotwords.json",
        "cases",
        c -> {
          Vocab vocab = c.vocab();
          Hotwords hotwords = Hotwords.of(c.strings("hotwords"), vocab);
          if (hotwords == null) {
            assertEquals(0, c.integer("bonus"));
            return;
          }
          int separator = new Symbols(vocab).separator();
          Hotwords.Place place = hotwords.start();
          List<Long> characters = new ArrayList<>();
          for (int id : c.ids("prefix")) {
            place =
                id == separator ? hotwords.afterSeparator(place) : hotwords.afterLetter(place, id);
            characters.add((long) place.characters());
          }
          assertEquals(c.list("characters"), characters);
          assertEquals(c.integer("bonus"), hotwords.afterSeparator(place).paid());
        });
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatCannotBeSpelt() {
    return Golden.tests(
        "hotwords.json",
        "errors",
        c -> {
          MalgwiException e =
              assertThrows(
                  MalgwiException.class, () -> Hotwords.of(c.strings("hotwords"), c.vocab()));
          assertTrue(e.getMessage().contains("\"" + c.string("hotword") + "\""), e.getMessage());
          for (String letter : c.strings("letters")) {
            assertTrue(e.getMessage().contains(letter), e.getMessage());
          }
        });
  }

  @Test
  void nothingIsNoList() throws MalgwiException {
    assertNull(Hotwords.of(List.of(), VOCAB));
    assertNull(Hotwords.of(List.of("", " ", "?!"), VOCAB));
  }

  @Test
  void manyAreTakenAndTooManyRefused() throws MalgwiException {
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 100_001; i++) {
      many.add(spelt(Integer.toString(i, 8)));
    }
    assertNotNull(Hotwords.of(many.subList(0, 100_000), VOCAB));
    MalgwiException e = assertThrows(MalgwiException.class, () -> Hotwords.of(many, VOCAB));
    assertTrue(e.getMessage().startsWith("100001 hotwords; expected at most 100000"));
  }

  private static String spelt(String digits) {
    StringBuilder word = new StringBuilder();
    digits.chars().forEach(digit -> word.append("adehlorw".charAt(digit - '0')));
    return word.toString();
  }
}
