package org.malgwi.core;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Words by beam search. What all that is followed agrees on is committed from time to time: its
 * frames get their tokens by forced alignment and are forgotten, so that memory doesn't grow with
 * the recording; sections 5 and 6 of docs/language-model.md.
 */
final class BeamDecoder implements Decoder {
  static final int COMMIT = 200;
  static final int MOST_PENDING = 1_500;

  /** What no chance at all counts as in alignment, so that every spelling that fits has a path. */
  private static final double LEAST = Math.log(1e-300);

  private final Symbols symbols;
  private final int blank;
  private final int nbest;
  private final BeamSearch search;

  /** The tokens of the committed frames, and the words in them. */
  private final BestPathDecoder aligned;

  /** The symbols of those frames, and the last frame's token. */
  private Prefix committed;

  private int before;

  /** The frames after them. */
  private final List<Scores> pending = new ArrayList<>();

  private final double[] probabilities;

  /** The natural logarithms of one frame's symbols. */
  private record Scores(
      FloatBuffer logits, int start, double lnSum, double lnBlank, double lnSeparator) {}

  BeamDecoder(Fusion fusion, int width, int nbest) throws MalgwiException {
    this.symbols = fusion.symbols();
    this.blank = symbols.vocab().blank();
    this.nbest = nbest;
    this.search = new BeamSearch(fusion, width);
    this.aligned = new BestPathDecoder(symbols.vocab());
    this.committed = search.common();
    this.before = blank;
    this.probabilities = new double[symbols.vocab().size()];
  }

  @Override
  public void add(Frames frames, int from, int to) throws MalgwiException {
    for (int frame = from; frame < to; frame++) {
      pending.add(advance(search, frames.logits(), frame));
      if (search.frames() % COMMIT == 0) {
        commit();
      }
    }
  }

  /** Frames that may still be aligned otherwise. */
  int pending() {
    return pending.size();
  }

  private Scores advance(BeamSearch search, FloatBuffer logits, int frame) throws MalgwiException {
    double lnSum = symbols.probabilities(logits, frame, probabilities);
    search.advance(probabilities);
    double separator = symbols.separator() == Vocab.NONE ? 0 : probabilities[symbols.separator()];
    return new Scores(
        logits,
        logits.position() + frame * probabilities.length,
        lnSum,
        Math.log(probabilities[blank] + separator),
        Math.log(separator));
  }

  private void commit() throws MalgwiException {
    if (pending.size() >= MOST_PENDING) {
      search.keepOnly(search.best());
    }
    Prefix shared = search.common();
    int[] labels = search.best().symbolsAfter(committed);
    int[] path = align(labels);
    int[] starts = starts(path, labels.length);
    int sharedLabels = shared.length - committed.length;
    int cut = sharedLabels < labels.length ? starts[sharedLabels] : path.length;
    for (Prefix prefix : search.beam()) {
      cut = Math.min(cut, path.length - room(shared, prefix));
    }
    if (cut <= 0 || (sharedLabels > 0 && starts[sharedLabels - 1] >= cut)) {
      return;
    }
    take(path, cut);
    committed = shared;
    search.forget();
  }

  /** The frames that the symbols of a prefix after {@code shared} need. */
  private static int room(Prefix shared, Prefix prefix) {
    int[] rest = prefix.symbolsAfter(shared);
    if (shared.length == 0) {
      return Alignment.framesNeeded(rest);
    }
    // A symbol equal to the one before it needs a blank.
    int repeats = rest.length > 0 && rest[0] == shared.symbol ? 1 : 0;
    return repeats + Alignment.framesNeeded(rest);
  }

  /** Gives the first {@code count} pending frames the tokens of a path, for good. */
  private void take(int[] path, int count) {
    BestPath taken = new BestPath();
    for (int frame = 0; frame < count; frame++) {
      taken.add(path[frame], Math.exp(score(pending.get(frame), path[frame])));
    }
    aligned.add(taken, 0, count);
    before = count == 0 ? before : path[count - 1];
    pending.subList(0, count).clear();
  }

  /** The tokens of the pending frames on the likeliest path that spells {@code labels}. */
  private int[] align(int[] labels) throws MalgwiException {
    if (before == blank) {
      return Alignment.bestPath(
          (frame, token) -> score(pending.get(frame), token), pending.size(), labels, blank);
    }
    // The token of the last committed frame may go on, and an equal one after it needs a blank: so
    // that frame takes part, as one that is certain.
    int[] all = new int[labels.length + 1];
    all[0] = before;
    System.arraycopy(labels, 0, all, 1, labels.length);
    int[] path =
        Alignment.bestPath(
            (frame, token) -> frame == 0 ? certain(token) : score(pending.get(frame - 1), token),
            pending.size() + 1,
            all,
            blank);
    return Arrays.copyOfRange(path, 1, path.length);
  }

  private double certain(int token) {
    return token == before ? 0 : Double.NEGATIVE_INFINITY;
  }

  private double score(Scores scores, int token) {
    double score;
    if (token == blank) {
      score = scores.lnBlank;
    } else if (token == symbols.separator()) {
      score = scores.lnSeparator;
    } else {
      score = scores.logits.get(scores.start + token) - scores.lnSum;
    }
    return Math.max(LEAST, score);
  }

  /** Where in a path each of the {@code count} labels begins. */
  private int[] starts(int[] path, int count) {
    int[] starts = new int[count];
    int found = 0;
    int last = before;
    for (int frame = 0; frame < path.length; frame++) {
      if (path[frame] != blank && path[frame] != last) {
        starts[found++] = frame;
      }
      last = path[frame];
    }
    return starts;
  }

  @Override
  public String stable() {
    return search.stable();
  }

  @Override
  public String moving(Frames frames, int from, int to) throws MalgwiException {
    BeamSearch preview = search.copy();
    for (int frame = from; frame < to; frame++) {
      symbols.probabilities(frames.logits(), frame, probabilities);
      preview.advance(probabilities);
    }
    String stable = search.stable();
    String text = preview.best(1).get(0).text();
    return text.length() == stable.length() || stable.isEmpty()
        ? text.substring(stable.length())
        : text.substring(stable.length() + 1);
  }

  @Override
  public List<Word> words() throws MalgwiException {
    Prefix best = search.best(1).get(0).prefix();
    int[] labels = best.symbolsAfter(committed);
    if (labels.length > 0 && labels[labels.length - 1] == symbols.separator()) {
      labels = Arrays.copyOf(labels, labels.length - 1);
    }
    take(align(labels), pending.size());
    committed = best;
    return aligned.words();
  }

  @Override
  public List<Transcript.Alternative> alternatives() throws MalgwiException {
    List<Transcript.Alternative> alternatives = new ArrayList<>();
    if (nbest > 0) {
      for (BeamSearch.Hypothesis one : search.best(nbest)) {
        alternatives.add(new Transcript.Alternative(one.text(), one.score()));
      }
    }
    return alternatives;
  }
}
