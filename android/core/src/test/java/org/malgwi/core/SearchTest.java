package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SearchTest {
  private static final Search ALL =
      Search.builder()
          .languageModel(false)
          .beam(4)
          .nbest(3)
          .hotwords(List.of("a"))
          .hotwordBoost(2)
          .detector(false)
          .build();

  @Test
  void whatIsntAskedForIsAsInTheDefault() {
    assertEquals(Search.DEFAULT, Search.builder().build());
    assertTrue(Search.DEFAULT.languageModel());
    assertEquals(0, Search.DEFAULT.beam());
    assertEquals(0, Search.DEFAULT.nbest());
    assertEquals(List.of(), Search.DEFAULT.hotwords());
    assertEquals(1, Search.DEFAULT.hotwordBoost());
    assertNull(Search.DEFAULT.grammar());
    assertTrue(Search.DEFAULT.detector());
    assertEquals(Search.GREEDY, Search.builder().languageModel(false).build());
  }

  @Test
  void eachHoldsWhatItWasGiven() {
    assertFalse(ALL.languageModel());
    assertEquals(4, ALL.beam());
    assertEquals(3, ALL.nbest());
    assertEquals(List.of("a"), ALL.hotwords());
    assertEquals(2, ALL.hotwordBoost());
    assertFalse(ALL.detector());
    assertEquals(
        "Search[languageModel=false, beam=4, nbest=3, hotwords=[a], hotwordBoost=2.0, "
            + "grammar=none, detector=false]",
        ALL.toString());
  }

  @Test
  void oneIsMadeOfAnotherByWhatDiffers() {
    assertEquals(
        ALL,
        Search.DEFAULT
            .withLanguageModel(false)
            .withBeam(4)
            .withNbest(3)
            .withHotwords(List.of("a"))
            .withHotwordBoost(2)
            .withDetector(false));
    assertEquals(ALL, ALL.toBuilder().build());
    assertEquals(ALL.hashCode(), ALL.toBuilder().build().hashCode());
    for (Search other :
        List.of(
            ALL.withLanguageModel(true),
            ALL.withBeam(5),
            ALL.withNbest(4),
            ALL.withHotwords(List.of()),
            ALL.withHotwordBoost(3),
            ALL.withDetector(true))) {
      assertNotEquals(ALL, other);
    }
  }

  @Test
  void noneChangesWithItsBuilderOrWithWhatItWasGiven() {
    List<String> words = new ArrayList<>(List.of("a"));
    Search.Builder builder = Search.builder().hotwords(words);
    Search before = builder.build();
    words.add("b");
    Search after = builder.beam(9).hotwords(List.of("c")).build();
    assertEquals(List.of("a"), before.hotwords());
    assertEquals(0, before.beam());
    assertEquals(List.of("c"), after.hotwords());
    assertThrows(UnsupportedOperationException.class, () -> before.hotwords().add("d"));
  }

  private static void refused(String words, Consumer<Search.Builder> asked) {
    Search.Builder builder = ALL.toBuilder();
    IllegalArgumentException said =
        assertThrows(IllegalArgumentException.class, () -> asked.accept(builder));
    assertEquals(words, said.getMessage());
    assertEquals(ALL, builder.build());
  }

  @Test
  void whatIsOutOfRangeIsNamed() {
    refused("beam is -1; expected 0 to 1000", to -> to.beam(-1));
    refused("beam is 1001; expected 0 to 1000", to -> to.beam(1_001));
    refused("nbest is -1; expected 0 to 1000", to -> to.nbest(-1));
    refused("nbest is 1001; expected 0 to 1000", to -> to.nbest(1_001));
    refused("hotwordBoost is -0.1; expected 0 to 100", to -> to.hotwordBoost(-0.1));
    refused("hotwordBoost is 100.5; expected 0 to 100", to -> to.hotwordBoost(100.5));
    refused("hotwordBoost is NaN; expected 0 to 100", to -> to.hotwordBoost(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> Search.DEFAULT.withBeam(1_001));
  }
}
