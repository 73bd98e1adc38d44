package org.malgwi.app.files;

/**
 * How long a recording still takes, by the speed of the latest while: what an earlier process has
 * worked out goes much faster than the rest.
 */
final class TimeLeft {
  /** Before this much work the speed isn't known well enough to promise anything. */
  private static final long FIRST_GUESS_NS = 2_000_000_000L;

  /** The speed is that of the latest one to two such times. */
  private static final long WHILE_NS = 15_000_000_000L;

  private Point older = new Point(0, 0);
  private Point newer = older;

  private record Point(long workedNs, double share) {}

  /**
   * Called again and again, as the work goes on.
   *
   * @param workedNs time spent on it so far
   * @param share of it that is done, 0 to 1
   * @return negative while that can't be told yet
   */
  long seconds(long workedNs, double share) {
    if (workedNs - newer.workedNs >= WHILE_NS) {
      older = newer;
      newer = new Point(workedNs, share);
    }
    return workedNs < FIRST_GUESS_NS || share <= older.share
        ? -1
        : Math.round((workedNs - older.workedNs) * (1 - share) / (share - older.share) / 1e9);
  }
}
