package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
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

  /** What an app writes of which nobody has the sound. */
  @Test
  void withoutARecordingNothingIsLinked() {
    List<TimedWord> words = List.of(new TimedWord("말귀", 0, 500, 1));
    String linked = Tiers.eaf(words, "talk.wav", "2026-11-29T20:15:00+09:00");
    String link =
        "        <MEDIA_DESCRIPTOR MEDIA_URL=\"file:///talk.wav\" MIME_TYPE=\"audio/x-wav\""
            + " RELATIVE_MEDIA_URL=\"./talk.wav\"/>\n";
    assertTrue(linked.contains(link));
    assertEquals(linked.replace(link, ""), Tiers.eaf(words, "", "2026-11-29T20:15:00+09:00"));
  }
}
