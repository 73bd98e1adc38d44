package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class SubtitlesTest {
  @TestFactory
  Stream<DynamicTest> files() {
    return Golden.tests(
        "subtitles.json",
        "cases",
        c -> {
          List<TimedWord> words = new ArrayList<>();
          for (Golden word : c.children("words")) {
            words.add(
                new TimedWord(
                    word.string("text"), word.integer("start_ms"), word.integer("end_ms"), 1));
          }
          assertEquals(c.string("srt"), Subtitles.srt(words));
          assertEquals(c.string("vtt"), Subtitles.vtt(words));
        });
  }
}
