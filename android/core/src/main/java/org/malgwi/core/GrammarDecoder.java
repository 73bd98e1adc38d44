package org.malgwi.core;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one sentence of a {@link Grammar} that was said, or none: the likeliest path through its
 * tokens (Viterbi; Graves et al. 2006), unless it is too far from the best of all. Keeps the logits
 * of the whole recording, which is a command.
 */
final class GrammarDecoder implements Decoder {
  private final Grammar grammar;
  private final CtcDecoder ctc;
  private final Vocab vocab;
  private final int nbest;
  private final List<LogProbabilities> frames = new ArrayList<>();

  /** The best sentence, said or not. */
  private static final class Found {
    final int[] path;

    /** How far the path is from the best of all, nats a letter; 0 is best. */
    final double score;

    Found(int[] path, double score) {
      this.path = path;
      this.score = score;
    }
  }

  GrammarDecoder(Grammar grammar, Vocab vocab, int nbest) {
    if (grammar.vocab() != vocab) {
      throw new IllegalArgumentException(
          "this grammar was compiled by another recognizer; compile it again");
    }
    this.grammar = grammar;
    this.ctc = new CtcDecoder(vocab);
    this.vocab = vocab;
    this.nbest = nbest;
  }

  @Override
  public void add(Frames more, int from, int to) {
    add(more, from, to, frames);
  }

  private void add(Frames more, int from, int to, List<LogProbabilities> all) {
    for (int frame = from; frame < to; frame++) {
      all.add(LogProbabilities.of(more.logits(), frame, vocab.size()));
    }
  }

  @Override
  public String stable() {
    return "";
  }

  @Override
  public String moving(Frames more, int from, int to) {
    List<LogProbabilities> all = new ArrayList<>(frames);
    add(more, from, to, all);
    return Transcript.join(words(all));
  }

  @Override
  public List<Word> words() {
    return words(frames);
  }

  private List<Word> words(List<LogProbabilities> all) {
    Found found = found(all);
    BestPath path = new BestPath();
    if (found != null && found.score >= grammar.noneBelow()) {
      for (int frame = 0; frame < all.size(); frame++) {
        double chance = Math.exp(score(all.get(frame), found.path[frame]));
        path.add(found.path[frame], Math.max(chance, Double.MIN_NORMAL));
      }
    }
    return ctc.words(path, 0);
  }

  @Override
  public List<Transcript.Alternative> alternatives() {
    Found found = nbest == 0 ? null : found(frames);
    return found == null
        ? List.of()
        : List.of(new Transcript.Alternative(vocab.decode(found.path), found.score));
  }

  /**
   * What is certainly a delimiter may as well be the blank: a pause is one wherever it is made, and
   * a sentence has delimiters between its words only, and one for each.
   */
  private double score(LogProbabilities frame, int token) {
    boolean pause = vocab.delimiter() != Vocab.NONE && frame.of(vocab.delimiter()) == 0;
    return pause && token == vocab.blank() ? 0 : frame.of(token);
  }

  /** The best sentence; null when none fits. */
  private @Nullable Found found(List<LogProbabilities> all) {
    int[] path = GrammarPath.best((f, t) -> score(all.get(f), t), all.size(), grammar, vocab);
    if (path == null) {
      return null;
    }
    double behind = 0;
    int letters = 0;
    for (int frame = 0; frame < path.length; frame++) {
      double highest = Double.NEGATIVE_INFINITY;
      for (int token = 0; token < vocab.size(); token++) {
        highest = Math.max(highest, all.get(frame).of(token));
      }
      behind += score(all.get(frame), path[frame]) - highest;
      boolean isLetter = path[frame] != vocab.blank() && path[frame] != vocab.delimiter();
      boolean begins = frame == 0 || path[frame] != path[frame - 1];
      letters += isLetter && begins ? 1 : 0;
    }
    return new Found(path, behind / letters);
  }
}
