package org.malgwi.android;

/**
 * How much silence stands before each block of a recording whose container states times: before
 * sound that begins late, and in holes. Python's {@code container.py} has the same rules. For one
 * thread.
 */
final class Timeline {
  /** Encoders' padding is shorter: less than this is never missing. */
  private static final double PADDING_S = 0.1;

  /** What a container may hold behind the length that it states. */
  private static final double SLACK_S = 0.5;

  /** Where no length is stated, a clock that jumps further was set anew. */
  private static final double LONGEST_HOLE_S = 3_600;

  private final double stated;

  /** The container's clock at the first sample given. */
  private double zero;

  /** Seconds of sound and silence given so far. */
  private double given;

  /**
   * Begins with nothing given.
   *
   * @param beginUs the container's clock where its first track begins
   * @param statedUs the length that it states; 0 where it states none
   */
  Timeline(long beginUs, long statedUs) {
    this.zero = beginUs / 1e6;
    this.stated = statedUs / 1e6;
  }

  /**
   * Takes the next block.
   *
   * @param placeUs where the container has it
   * @param samples of each channel
   * @return how many samples of silence stand before it
   */
  long silenceBefore(long placeUs, int samples, int rate) {
    double place = placeUs / 1e6;
    double gap = place - zero - given;
    double furthest = stated > 0 ? stated + SLACK_S - given : LONGEST_HOLE_S;
    long silence = 0;
    if (gap < -PADDING_S || gap > furthest) { // another clock, as in joined files
      zero = place - given;
    } else if (gap > PADDING_S) {
      silence = Math.round(gap * rate);
    }
    given += (double) (silence + samples) / rate;
    return silence;
  }
}
