package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class TiersTest {
  @TestFactory
  Stream<DynamicTest> files() {
    String date = Golden.file("tiers.json").string("date");
    return Golden.tests(
        "tiers.json",
        "cases",
        c -> {
          List<TimedWord> words = new ArrayList<>();
          for (Golden word : c.children("words")) {
            words.add(
                new TimedWord(
                    word.string("text"),
                    word.integer("start_ms"),
                    word.integer("end_ms"),
                    word.number("confidence")));
          }
          assertEquals(c.string("eaf"), Tiers.eaf(words, c.string("recording"), date));
          assertEquals(c.string("textgrid"), Tiers.textgrid(words, c.integer("duration_ms")));
        });
  }
}
