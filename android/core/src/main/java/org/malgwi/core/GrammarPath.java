package org.malgwi.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The likeliest path through a {@link Grammar}. Each node has two states, its token and the blank
 * after it; from frame to frame a path stays, goes from a token to its blank, or to the token of a
 * next node, from the blank or, where the two tokens differ, from the token.
 */
final class GrammarPath {
  private final Alignment.Scores scores;
  private final Grammar grammar;
  private final int blank;

  /** The best paths into every state of one frame, natural logarithms. */
  private static final class Row {
    final double[] token;
    final double[] blank;

    Row(int nodes) {
      token = new double[nodes];
      blank = new double[nodes];
    }
  }

  private GrammarPath(Alignment.Scores scores, Grammar grammar, int blank) {
    this.scores = scores;
    this.grammar = grammar;
    this.blank = blank;
  }

  /**
   * Returns one id a frame, or null where no sentence fits in the frames. Among equals the path
   * ends in the lowest node, in its token rather than its blank, and, seen from the end, stays
   * where it can, else came from the blank of the lowest node, else from the token of the lowest.
   *
   * <p>Time is frames times arcs; memory grows with the root of the frames: the scores are kept now
   * and then, and worked out again on the way back.
   */
  static int @Nullable [] best(Alignment.Scores scores, int frames, Grammar grammar, Vocab vocab) {
    return new GrammarPath(scores, grammar, vocab.blank()).best(frames);
  }

  private int @Nullable [] best(int frames) {
    int every = (int) Math.sqrt(frames) + 1;
    Row[] kept = new Row[frames / every + 1];
    Row row = new Row(grammar.size());
    Arrays.fill(row.token, Double.NEGATIVE_INFINITY);
    Arrays.fill(row.blank, Double.NEGATIVE_INFINITY);
    row.blank[Grammar.START] = 0;
    kept[0] = row;
    for (int frame = 0; frame < frames; frame++) {
      row = step(row, frame);
      if ((frame + 1) % every == 0) {
        kept[(frame + 1) / every] = row;
      }
    }
    int node = -1;
    double most = Double.NEGATIVE_INFINITY;
    boolean inBlank = false;
    for (int end : grammar.finals()) {
      if (row.token[end] > most) {
        node = end;
        most = row.token[end];
        inBlank = false;
      }
      if (row.blank[end] > most) {
        node = end;
        most = row.blank[end];
        inBlank = true;
      }
    }
    return node < 0 ? null : traced(kept, every, new int[frames], node, inBlank);
  }

  private int[] traced(Row[] kept, int every, int[] path, int end, boolean endsInBlank) {
    int node = end;
    boolean inBlank = endsInBlank;
    Row[] rows = new Row[every];
    for (int start = (path.length - 1) / every * every; start >= 0; start -= every) {
      int stop = Math.min(start + every, path.length);
      rows[0] = kept[start / every];
      for (int frame = start; frame < stop - 1; frame++) {
        rows[frame - start + 1] = step(rows[frame - start], frame);
      }
      for (int frame = stop - 1; frame >= start; frame--) {
        Row before = rows[frame - start];
        path[frame] = inBlank ? blank : grammar.token(node);
        if (inBlank) {
          inBlank = before.blank[node] >= before.token[node];
        } else {
          int from = source(before, node);
          inBlank = from < 0;
          node = from < 0 ? -1 - from : from;
        }
      }
    }
    return path;
  }

  /** The node whose token came before that of {@code node}, or -1 minus the one whose blank did. */
  private int source(Row before, int node) {
    int found = node;
    double most = before.token[node];
    for (int source : grammar.sources(node)) {
      if (before.blank[source] > most) {
        most = before.blank[source];
        found = -1 - source;
      }
    }
    for (int source : grammar.sources(node)) {
      if (before.token[source] > most && grammar.token(source) != grammar.token(node)) {
        most = before.token[source];
        found = source;
      }
    }
    return found;
  }

  private Row step(Row before, int frame) {
    Row after = new Row(grammar.size());
    double nothing = scores.of(frame, blank);
    after.token[Grammar.START] = Double.NEGATIVE_INFINITY;
    after.blank[Grammar.START] = before.blank[Grammar.START] + nothing;
    for (int node = 1; node < grammar.size(); node++) {
      double best = before.token[node];
      for (int source : grammar.sources(node)) {
        best = Math.max(best, before.blank[source]);
        if (grammar.token(source) != grammar.token(node)) {
          best = Math.max(best, before.token[source]);
        }
      }
      after.token[node] = best + scores.of(frame, grammar.token(node));
      after.blank[node] = Math.max(before.blank[node], before.token[node]) + nothing;
    }
    return after;
  }
}
