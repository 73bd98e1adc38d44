package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ConfidenceMapTest {
  private static final String FILE = "calibration.json";

  @TestFactory
  Stream<DynamicTest> probabilities() {
    return Golden.tests(
        FILE,
        "cases",
        c -> {
          ConfidenceMap map = ConfidenceMap.of(new Fields(c.keys(), "confidence"));
          double expected = c.number("expected");
          assertEquals(expected, map.probability(c.number("confidence")), 1e-9 * expected);
        });
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatIsOutOfRange() {
    return Golden.tests(
        FILE,
        "errors",
        c ->
            assertThrows(
                MalgwiException.class, () -> ConfidenceMap.of(new Fields(c.keys(), "confidence"))));
  }
}
