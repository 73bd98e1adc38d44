package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class WindowsTest {
  @TestFactory
  Stream<DynamicTest> places() {
    return Golden.tests(
        "windows.json",
        "cases",
        c -> {
          Windows windows =
              new Windows(
                  c.integer("window_samples"),
                  c.integer("left_samples"),
                  c.integer("right_samples"),
                  -60,
                  grid(c));
          long samples = c.integer("samples");
          assertEquals(c.integer("frames"), windows.grid().count(samples));
          List<Windows.Span> expected = new ArrayList<>();
          for (Golden span : c.children("windows")) {
            expected.add(
                new Windows.Span(
                    span.integer("start"),
                    span.integer("end"),
                    span.integer("first_frame"),
                    span.integer("end_frame")));
          }
          assertEquals(expected, spans(windows, samples));
        });
  }

  @TestFactory
  Stream<DynamicTest> silence() {
    return Golden.tests(
        "windows.json",
        "silence",
        c -> {
          int hop = c.integer("hop");
          Windows windows =
              new Windows(
                  4 * hop, hop, hop, c.number("silence_dbfs"), new FrameGrid(hop, hop, 16_000));
          float[] samples = new float[c.list("samples").size()];
          for (int i = 0; i < samples.length; i++) {
            samples[i] = ((Number) c.list("samples").get(i)).floatValue();
          }
          assertEquals(c.keys().get("silent"), windows.isSilent(samples));
        });
  }

  @Test
  void refusesPlansThatCannotBeFollowed() {
    FrameGrid grid = new FrameGrid(400, 320, 16_000);
    new Windows(16_000, 1_600, 1_600, -60, grid);
    new Windows(16_000, 0, 640, -60, grid);
    for (int[] plan :
        new int[][] {
          {16_001, 1_600, 1_600}, {16_000, 1_601, 1_600}, {16_000, 1_600, 320},
          {16_000, 8_000, 8_000}, {320, 320, 320}, {16_000, -1_600, 1_600},
        }) {
      assertThrows(
          IllegalArgumentException.class, () -> new Windows(plan[0], plan[1], plan[2], -60, grid));
    }
  }

  private static List<Windows.Span> spans(Windows windows, long samples) {
    List<Windows.Span> spans = new ArrayList<>();
    if (windows.grid().count(samples) > 0) {
      for (int i = 0; i < windows.lastIndex(samples); i++) {
        spans.add(windows.span(i));
      }
      spans.add(windows.last(samples));
    }
    return spans;
  }

  /** One convolution with the receptive field and hop of the stack cuts the same frames. */
  private static FrameGrid grid(Golden c) {
    int field = 1;
    int hop = 1;
    for (int i = 0; i < c.ids("kernels").length; i++) {
      field += (c.ids("kernels")[i] - 1) * hop;
      hop *= c.ids("strides")[i];
    }
    return new FrameGrid(field, hop, 16_000);
  }
}
