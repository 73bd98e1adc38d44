package org.malgwi.core;

/**
 * How recordings are cut into segments at pauses. Lengths are counted in samples, multiples of the
 * hop; levels in dB. The twin of Python's {@code segments.py}, which explains the usual numbers.
 *
 * @param window the most that is run at once
 * @param left context before the frames that a window inside a segment keeps
 * @param right context after them
 * @param pause quiet of this length ends a segment
 * @param gap the shortest quiet at which a segment that fills a window is cut
 * @param margin the most quiet that a segment has before its first sound
 * @param floor how far back the quietest hop is looked for
 * @param silenceDbfs a hop under this level is quiet; 0 is a full-scale square wave
 * @param quietDb a hop this far under the loudest three hops of its segment is quiet
 * @param floorDb so is one no more than this above the quietest hop
 * @param floorDepthDb where the loudest three hops are at least this far above that
 * @param clickDb samples this far above a loud hop of what is run are limited
 */
public record SegmentPlan(
    int window,
    int left,
    int right,
    int pause,
    int gap,
    int margin,
    int floor,
    double silenceDbfs,
    int quietDb,
    int floorDb,
    int floorDepthDb,
    int clickDb) {

  /**
   * Refuses a plan that can't be followed with these convolutions.
   *
   * @throws IllegalArgumentException names the key, its value and what it must be
   */
  void check(FrameGrid grid) {
    // What the model lacks at a segment's end must lie in the pause.
    int lacking = Math.max(0, grid.receptiveField() - 1) / grid.hop() * grid.hop();
    check("left_samples", left, 0, grid.hop());
    check("right_samples", right, Math.max(grid.receptiveField(), pause), grid.hop());
    check("pause_samples", pause, Math.max(grid.hop(), 2 * lacking), grid.hop());
    check("gap_samples", gap, Math.max(grid.hop(), 2 * lacking), grid.hop());
    check("margin_samples", margin, lacking, grid.hop());
    check("floor_samples", floor, grid.hop(), grid.hop());
    long step = (long) window - left - right;
    if (step < grid.hop() || step % grid.hop() != 0) {
      throw new IllegalArgumentException(
          "window_samples is "
              + window
              + "; it must be a multiple of the hop, "
              + grid.hop()
              + " samples, above left_samples + right_samples, "
              + ((long) left + right));
    }
  }

  private static void check(String name, int samples, int least, int hop) {
    if (samples < least || samples % hop != 0) {
      throw new IllegalArgumentException(
          name
              + " is "
              + samples
              + "; it must be a multiple of the hop, "
              + hop
              + " samples, and at least "
              + least);
    }
  }
}
