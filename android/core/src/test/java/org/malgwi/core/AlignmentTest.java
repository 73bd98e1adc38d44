package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class AlignmentTest {
  @TestFactory
  Stream<DynamicTest> paths() {
    return Golden.tests("alignment.json", "cases", c -> assertArrayEquals(c.ids("path"), path(c)));
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatDoesNotFit() {
    return Golden.tests(
        "alignment.json", "errors", c -> assertThrows(MalgwiException.class, () -> path(c)));
  }

  private static int[] path(Golden c) throws MalgwiException {
    List<?> scores = c.list("scores");
    return Alignment.bestPath(
        (frame, token) -> Double.parseDouble(((List<?>) scores.get(frame)).get(token).toString()),
        scores.size(),
        c.ids("labels"),
        c.integer("blank"));
  }
}
