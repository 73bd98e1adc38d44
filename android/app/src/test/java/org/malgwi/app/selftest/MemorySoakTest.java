package org.malgwi.app.selftest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.json.JSONObject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.selftest.MemorySoak.Reading;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class MemorySoakTest {
  private static final long MB = 1_000_000;
  private static final List<float[]> CLIPS = List.of(new float[30_000], new float[20_001]);

  private final List<Integer> lengths = new ArrayList<>();
  private final List<Integer> told = new ArrayList<>();
  private final Report report = new Report();

  /** A phone whose memory is so large, in bytes, after so many clips. */
  private void soak(IntToLongFunction nativeHeap, IntToLongFunction anonymous) throws Exception {
    new MemorySoak(
            CLIPS,
            samples -> lengths.add(samples.length),
            () ->
                new Reading(
                    nativeHeap == null ? null : nativeHeap.applyAsLong(lengths.size()),
                    anonymous == null ? null : anonymous.applyAsLong(lengths.size())))
        .run(report, Step.MEMORY, told::add);
  }

  @Test
  public void lengthsChangeAndTheLongestComesFirst() throws Exception {
    soak(clips -> 50 * MB, clips -> 300 * MB);
    assertEquals(200, lengths.size());
    assertEquals(80_000, (int) lengths.get(0));
    lengths.forEach(length -> assertTrue(length >= 8_000 && length <= 80_000));
    assertTrue(new HashSet<>(lengths).size() > 190);
    assertEquals(List.of(40, 80, 120, 160, 200), told);
    assertEquals(Report.Verdict.PASS, report.verdict(Step.MEMORY));
  }

  @Test
  public void whatIsKeptForEveryClipIsAWarning() throws Exception {
    // 0.15 MB for each of the 160 clips after the warm-up: 24 MB.
    soak(clips -> 50 * MB + clips * 150_000L, clips -> 300 * MB);
    assertEquals(Report.Verdict.WARN, report.verdict(Step.MEMORY));
    assertEquals(24.0, report.get(Step.MEMORY, "native_heap_growth_mb"));
    assertEquals(0.0, report.get(Step.MEMORY, "anonymous_memory_growth_mb"));
    assertEquals(
        "native_heap grew from 56.0 to 80.0 MB in 160 clips; expected 20 MB more at most",
        report.get(Step.MEMORY, "warning"));
    assertTrue(
        report.text(),
        report.text().contains("native_heap_mb_each_40_clips: [56.0, 62.0, 68.0, 74.0, 80.0]"));
    JSONObject json = new JSONObject(report.json()).getJSONObject("memory");
    assertEquals("WARN", json.getString("verdict"));
    assertEquals(24, json.getDouble("native_heap_growth_mb"), 0);
    assertEquals(300, json.getJSONArray("anonymous_memory_mb_each_40_clips").getDouble(4), 0);
  }

  @Test
  public void soIsMemoryThatNoHeapCounts() throws Exception {
    soak(clips -> 50 * MB, clips -> (300 + clips / 5) * MB);
    assertEquals(Report.Verdict.WARN, report.verdict(Step.MEMORY));
    assertEquals(32.0, report.get(Step.MEMORY, "anonymous_memory_growth_mb"));
  }

  @Test
  public void whatComesInTheWarmUpOrGoesAgainIsNone() throws Exception {
    soak(
        clips -> (clips < 40 ? clips : 200) * MB,
        clips -> (clips == 120 ? 400 : 300 + clips / 20) * MB);
    assertEquals(Report.Verdict.PASS, report.verdict(Step.MEMORY));
    assertEquals(8.0, report.get(Step.MEMORY, "anonymous_memory_growth_mb"));
  }

  @Test
  public void whatThePhoneDoesNotTellIsSaid() throws Exception {
    soak(clips -> 50 * MB, null);
    assertEquals(Report.UNAVAILABLE, report.get(Step.MEMORY, "anonymous_memory_growth_mb"));
    assertEquals(Report.Verdict.PASS, report.verdict(Step.MEMORY));
  }

  @Test
  public void itCanBeCancelled() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> soak(clips -> MB, clips -> MB));
    assertEquals(1, lengths.size());
  }
}
