package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentsTest {
  private static final FrameGrid GRID = new FrameGrid(400, 320, 16_000);
  private static final SegmentPlan USUAL = plan(160_000, 16_000, 16_000);

  private static SegmentPlan plan(int window, int left, int right) {
    return new SegmentPlan(window, left, right, 4_800, 1_600, 4_800, 32_000, -70, 25, 9, 15, 18);
  }

  private static float[] recording(Golden c, int hop) {
    List<?> levels = c.list("levels");
    int hops = 0;
    for (Object level : levels) {
      hops += ((Long) ((List<?>) level).get(1)).intValue();
    }
    float[] samples = new float[hops * hop];
    int at = 0;
    for (Object level : levels) {
      int end = at + ((Long) ((List<?>) level).get(1)).intValue() * hop;
      hold(samples, at, end, (Long) ((List<?>) level).get(0) / 32_768f);
      at = end;
    }
    return samples;
  }

  /** Fills with an amplitude and its negative in turn. */
  private static void hold(float[] samples, int from, int to, float amplitude) {
    for (int i = from; i < to; i++) {
      samples[i] = i % 2 == 0 ? amplitude : -amplitude;
    }
  }

  private static List<Segments.Span> spans(Segments segments, float[] samples, int hop) {
    List<Segments.Span> found = new ArrayList<>();
    for (int at = 0; at + hop <= samples.length; at += hop) {
      segments.add(Levels.energy(samples, at, hop));
      for (Segments.Span span = segments.next(); span != null; span = segments.next()) {
        found.add(span);
      }
    }
    return found;
  }

  @TestFactory
  Stream<DynamicTest> borders() {
    return Golden.tests(
        "segments.json",
        "cases",
        c -> {
          FrameGrid grid = new FrameGrid(c.integer("receptive_field"), c.integer("hop"), 16_000);
          Golden other = c.child("plan");
          SegmentPlan plan =
              other.keys().isEmpty()
                  ? USUAL
                  : plan(
                      other.integer("window_samples"),
                      other.integer("left_samples"),
                      other.integer("right_samples"));
          plan.check(grid);
          Segments segments = new Segments(plan, grid);
          List<Segments.Span> found = spans(segments, recording(c, grid.hop()), grid.hop());
          Segments.Span last = segments.open(c.integer("samples"));
          if (last != null) {
            found.add(last);
          }
          List<List<Object>> plain = new ArrayList<>();
          for (Segments.Span s : found) {
            plain.add(
                List.of(
                    s.start(), s.end(), (long) s.firstFrame(), (long) s.endFrame(), s.closed()));
          }
          assertEquals(c.list("spans"), plain);
        });
  }

  @TestFactory
  Stream<DynamicTest> limits() {
    return Golden.tests(
        "segments.json",
        "limits",
        c -> {
          float most = 0;
          for (float sample : Levels.limited(recording(c, 320), USUAL.clickDb(), 320)) {
            most = Math.max(most, Math.abs(sample));
          }
          assertEquals(c.integer("most"), most * 32_768);
        });
  }

  @Test
  void levelsAreThoseOfRoundedSamples() {
    float[] samples = {0.5f, 1.5f, 2.5f, -0.5f, 40_000, -40_000};
    for (int i = 0; i < samples.length; i++) {
      samples[i] /= 32_768;
    }
    // Halves go to the even neighbour; what doesn't fit is clipped: 0, 2, 2, 0, 32767, -32768. Sums
    // are 4 and -1; their squares, divided by 3, take 5 and 0 away.
    assertEquals(8 - 5, Levels.energy(samples, 0, 3));
    assertEquals(32_767L * 32_767 + 32_768L * 32_768, Levels.energy(samples, 3, 3));
  }

  /** A voice, a pause, a quieter voice with a click: nothing is clipped but that. */
  @ParameterizedTest
  @ValueSource(ints = {0, 328, 3_277, -3_277})
  void anOffsetIsNoSound(int offset) {
    float[] plain = new float[160 * 320];
    hold(plain, 20 * 320, 70 * 320, 3_000 / 32_768f);
    hold(plain, 90 * 320, 150 * 320, 300 / 32_768f);
    hold(plain, 120 * 320, 121 * 320, 29_000 / 32_768f);
    float[] shifted = plain.clone();
    for (int i = 0; i < shifted.length; i++) {
      shifted[i] += offset / 32_768f;
    }
    assertEquals(offset / 32_768f, Levels.offset(shifted, 320));
    List<Segments.Span> found = spans(new Segments(USUAL, GRID), shifted, 320);
    // 15 hops stay before the sound, 8 behind it.
    assertEquals(new Segments.Span(5 * 320, 78 * 320, 5, 78, true, 70), found.get(0));
    assertEquals(spans(new Segments(USUAL, GRID), plain, 320), found);
    float[] expected = Levels.limited(plain, 18, 320);
    // The level that a twentieth exceed is 3,000; 63 times its square.
    assertEquals(23_811 / 32_768f, expected[120 * 320]);
    for (int i = 0; i < expected.length; i++) {
      expected[i] += offset / 32_768f;
    }
    assertArrayEquals(expected, Levels.limited(shifted, 18, 320));
  }

  /** Halves go up; a hop in twenty, however loud, moves nothing. */
  @Test
  void theOffsetIsTheMeanOfTheMiddleHop() {
    assertEquals(1 / 32_768f, Levels.offset(samples(1, 0, 9), 2));
    assertEquals(0, Levels.offset(samples(-1, 0), 2));
    assertEquals(-1 / 32_768f, Levels.offset(samples(-1, -1, 0), 3));
    assertEquals(0, Levels.offset(samples(5), 2));
    float[] thump = new float[20 * 320];
    Arrays.fill(thump, 0, 320, 1);
    assertEquals(0, Levels.offset(thump, 320));
  }

  private static float[] samples(int... values) {
    float[] samples = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      samples[i] = values[i] / 32_768f;
    }
    return samples;
  }

  @Test
  void loudnessIsTheLevelThatATwentiethExceeds() {
    float[] samples = new float[100 * 320];
    hold(samples, 0, 96 * 320, 3_000 / 32_768f);
    hold(samples, 96 * 320, 100 * 320, 20_000 / 32_768f);
    assertEquals(3_000 / 32_768.0, Levels.loudness(samples, 320));
    assertEquals(0, Levels.loudness(new float[319], 320));
  }

  @Test
  void whatHasNoClickIsNotCopied() {
    float[] samples = new float[20 * 320];
    hold(samples, 0, samples.length, 0.1f);
    assertSame(samples, Levels.limited(samples, 18, 320));
  }

  /**
   * Levels and ratios at the edge of what a bundle may say, and a long hop: no product overflows.
   */
  @Test
  void theLargestNumbersFit() {
    int hop = 16_000;
    SegmentPlan plan =
        new SegmentPlan(
            10 * hop, hop, 2 * hop, 2 * hop, 2 * hop, hop, 10 * hop, -200, 60, 60, 60, 60);
    FrameGrid grid = new FrameGrid(hop, hop, 16_000);
    plan.check(grid);
    float[] samples = new float[8 * hop];
    hold(samples, 0, 4 * hop, 1);
    hold(samples, 4 * hop, 8 * hop, 1 / 32_768f); // 90 dB under it
    List<Segments.Span> found = spans(new Segments(plan, grid), samples, hop);
    assertEquals(List.of(new Segments.Span(0, 5L * hop, 0, 5, true, 4)), found);
    float[] loud = new float[20 * hop];
    hold(loud, 0, loud.length, 0.5f);
    loud[0] = 0.9f;
    assertSame(loud, Levels.limited(loud, 60, hop));
    float[] offset = new float[hop];
    Arrays.fill(offset, -1);
    assertEquals(0, Levels.energy(offset, 0, hop));
    assertEquals(-1, Levels.offset(offset, hop));
  }

  @Test
  void theLastSoundOfASpanIsKnown() {
    float[] samples = new float[80 * 320];
    hold(samples, 10 * 320, 30 * 320, 0.1f);
    hold(samples, 60 * 320, 70 * 320, 0.1f);
    Segments segments = new Segments(USUAL, GRID);
    List<Segments.Span> found = spans(segments, samples, 320);
    assertEquals(List.of(new Segments.Span(0, 38 * 320, 0, 38, true, 30)), found);
    assertTrue(segments.isOpen());
    assertEquals(70, segments.soundEnd());
    assertEquals(80, segments.looked());
    assertEquals(45, segments.settled());
    assertEquals(45 * 320, segments.neededFrom());
    assertEquals(501 - 35, segments.room());
  }

  @ParameterizedTest
  @CsvSource({
    "160100,16000,16000,4800,1600,window_samples is 160100; it must be a multiple of the hop",
    "160000,330,16000,4800,1600,left_samples is 330; it must be a multiple of the hop",
    "160000,-320,16000,4800,1600,left_samples is -320",
    "160000,16000,320,4800,1600,right_samples is 320",
    "32000,16000,16000,4800,1600,above left_samples + right_samples",
    "160000,16000,16000,0,1600,pause_samples is 0",
    "160000,16000,16000,4800,100,gap_samples is 100",
  })
  void refusesPlansThatCannotBeFollowed(
      int window, int left, int right, int pause, int gap, String message) {
    USUAL.check(GRID);
    SegmentPlan plan =
        new SegmentPlan(window, left, right, pause, gap, 4_800, 32_000, -70, 25, 9, 15, 18);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> plan.check(GRID));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
