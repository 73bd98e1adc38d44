package org.malgwi.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where speech is: finds the segments of one recording, hop by hop. A border lies in a pause, so
 * that no word goes across it, and hangs on nothing but samples that came before it: live speech,
 * whose end isn't known, has the same borders. The twin of Python's {@code segments.py}. For one
 * thread.
 */
final class Segments {
  private static final int NONE = -1;

  private final FrameGrid grid;
  private final int window;
  private final int left;
  private final int right;
  private final int pause;
  private final int gap;
  private final int margin;
  private final long silence;
  private final long quiet;
  private final long above;
  private final long depth;
  private final int reach;

  // The levels of hops as they come.
  private long last;
  private long lastButOne;
  private int measured;

  /** The hops that are lower than all that came after them, in order. */
  private final Deque<Low> lowest = new ArrayDeque<>();

  /** From hop {@link #base} on; those before it are decided. */
  private final List<Hop> hops = new ArrayList<>();

  private int base;

  /** The first hop that isn't looked at yet. */
  private int next;

  /** One past the last hop of the segment before. */
  private int border;

  private long peakBefore;

  /** The least energy of the pause that ended the segment before; 0 after a window's time. */
  private long noise;

  // The open segment.

  /** The hop where what is run next begins; NONE between segments. */
  private int start;

  /** The first hop whose frame it keeps. */
  private int first;

  /** Its first sound. */
  private int soundStart;

  private long peak;

  /** Hops that are not quiet. */
  private int sound;

  /** Quiet hops up to now. */
  private int still;

  /** The longest quiet since {@link #first}, and its first hop. */
  private int longest;

  private int longestAt;

  /**
   * What is run at once: samples {@code start} up to {@code end}, and the frames of the recording
   * that it gives.
   *
   * @param closed a pause follows its last frame: words end there
   * @param soundEnd one past the last hop in it that isn't quiet
   */
  record Span(long start, long end, int firstFrame, int endFrame, boolean closed, int soundEnd) {}

  private record Low(int at, long energy) {}

  /**
   * The level of one hop.
   *
   * @param sustained the least of this hop and the two before it, so that a click is none
   * @param floor the least of those that are looked back at, and never under silence
   */
  private record Hop(long energy, long sustained, long floor) {}

  Segments(SegmentPlan plan, FrameGrid grid) {
    int hop = grid.hop();
    this.grid = grid;
    this.window = plan.window() / hop;
    this.left = plan.left() / hop;
    this.right = plan.right() / hop;
    this.pause = plan.pause() / hop;
    this.gap = plan.gap() / hop;
    this.margin = plan.margin() / hop;
    this.reach = plan.floor() / hop;
    this.silence = Levels.energy(plan.silenceDbfs(), hop);
    this.quiet = Levels.ratio(plan.quietDb());
    this.above = Levels.ratio(plan.floorDb());
    this.depth = Levels.ratio(plan.floorDepthDb());
    close();
  }

  private void close() {
    start = NONE;
    first = 0;
    peak = 0;
    sound = 0;
    still = 0;
    longest = 0;
    longestAt = 0;
  }

  /** Takes the energy of the next hop; {@link #next} looks at it. */
  void add(long energy) {
    while (!lowest.isEmpty() && lowest.getLast().energy >= energy) {
      lowest.removeLast();
    }
    lowest.add(new Low(measured, energy));
    if (lowest.getFirst().at <= measured - reach) {
      lowest.removeFirst();
    }
    measured++;
    long floor = Math.max(1, Math.max(silence, lowest.getFirst().energy));
    hops.add(new Hop(energy, Math.min(energy, Math.min(last, lastButOne)), floor));
    lastButOne = last;
    last = energy;
  }

  /** Looks at the hops taken, up to the next span that ends; null when none does yet. */
  @Nullable Span next() {
    Span span = null;
    while (span == null && next < base + hops.size()) {
      span = look(hops.get(next - base));
    }
    int keep = start == NONE ? next : Math.max(start, base);
    hops.subList(0, keep - base).clear();
    base = keep;
    return span;
  }

  /** The span that is open if the recording has so many samples and ends; null: none is. */
  @Nullable Span open(long samples) {
    return start == NONE
        ? null
        : new Span(
            (long) start * grid.hop(),
            samples,
            first,
            Math.max(first, grid.count(samples)),
            false,
            soundEnd());
  }

  boolean isOpen() {
    return start != NONE;
  }

  /** Hops until what is open is more than a window, and ends. */
  int room() {
    return start == NONE ? window + 1 : start + window + 1 - next;
  }

  /**
   * The span that a pause ends if what is quiet now stays so; null: nothing is open, or it has been
   * quiet for less than the span keeps of the pause.
   */
  @Nullable Span closing() {
    int kept = pause - pause / 2;
    if (start == NONE || still < kept) {
      return null;
    }
    long hop = grid.hop();
    int end = soundEnd() + kept;
    return new Span(start * hop, end * hop, first, end, true, soundEnd());
  }

  /** Says whether it has been quiet for a while that may become a pause. */
  boolean isFading() {
    return 4 * still >= pause;
  }

  /** The hop with the first sound of what is open. */
  int soundStart() {
    return soundStart;
  }

  /** One past the last hop that isn't quiet, as far as they are looked at, in what is open. */
  int soundEnd() {
    return next - still;
  }

  /** Hops looked at. */
  int looked() {
    return next;
  }

  /** The first frame that a later span may give: what no span gave before it is blank. */
  int settled() {
    return start == NONE ? Math.max(border, next - margin) : first;
  }

  /** The first sample that a later span may still want. */
  long neededFrom() {
    return (long) (start == NONE ? settled() : start) * grid.hop();
  }

  private @Nullable Span look(Hop hop) {
    int at = next++;
    if (at - border >= window) {
      noise = 0;
    }
    boolean isQuiet = isQuiet(hop);
    if (start == NONE) {
      if (isQuiet) {
        return null;
      }
      start = Math.max(border, at - margin);
      first = start;
      soundStart = at;
    }
    peak = Math.max(peak, hop.sustained);
    if (isQuiet) {
      still++;
      if (still >= longest) {
        longest = still;
        longestAt = at + 1 - still;
      }
    } else {
      sound++;
      still = 0;
    }
    if (still == pause) {
      noise = least(at + 1 - still, at + 1);
      return end(at + 1 - still / 2, at + 1 - still);
    }
    return at + 1 - start > window ? full() : null;
  }

  /**
   * Divides where Python multiplies, which may not fit a long: for whole numbers it is the same.
   */
  private boolean isQuiet(Hop hop) {
    long loud = Math.max(peak, peakBefore);
    long floor = Math.max(hop.floor, noise);
    return hop.energy <= silence
        || hop.energy <= peak / quiet
        || ((hop.energy + above - 1) / above <= floor && loud / depth >= floor);
  }

  /** Ends the segment at a hop; what follows is looked at anew. */
  private Span end(int at, int soundEnd) {
    long hop = grid.hop();
    Span span = new Span(start * hop, at * hop, first, at, true, soundEnd);
    border = at;
    peakBefore = peak;
    close();
    next = at;
    return span;
  }

  /** The least energy of a pause; 0 where what it follows is so short that it may be none. */
  private long least(int from, int to) {
    if (sound < pause) {
      return 0;
    }
    return hops.subList(from - base, to - base).stream().mapToLong(Hop::energy).min().orElse(0);
  }

  /** Gives what fills a window: up to its longest quiet, or else with context. */
  private Span full() {
    if (longest >= gap) {
      noise = least(longestAt, longestAt + longest);
      return end(longestAt + longest / 2, longestAt);
    }
    long hop = grid.hop();
    int end = start + window;
    Span span = new Span(start * hop, end * hop, first, end - right, false, soundEnd());
    first = end - right;
    start = first - left;
    longest = 0;
    longestAt = 0;
    return span;
  }
}
