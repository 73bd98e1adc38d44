package org.malgwi.core;

import java.util.ArrayList;
import java.util.List;

/** Words from the best token of every frame. A delimiter closes a word. */
final class BestPathDecoder implements Decoder {
  private final CtcDecoder decoder;
  private final int delimiter;

  /** The words that a delimiter has closed, and their text. */
  private final List<Word> closed = new ArrayList<>();

  private String stable = "";

  /** The frames after them. */
  private BestPath open = new BestPath();

  private int openFrom;

  BestPathDecoder(Vocab vocab) {
    this.decoder = new CtcDecoder(vocab);
    this.delimiter = vocab.delimiter();
  }

  @Override
  public void add(Frames frames, int from, int to) {
    add(frames.best(), from, to);
  }

  /** Takes the frames of a path, which need not be the best. */
  void add(BestPath path, int from, int to) {
    open.add(path, from, to);
    closeWords();
  }

  private void closeWords() {
    int cut = open.size() - 1;
    while (cut >= 0 && open.token(cut) != delimiter) {
      cut--;
    }
    if (cut < 0) {
      return;
    }
    List<Word> words = decoder.words(open.part(0, cut), openFrom);
    open = open.part(cut, open.size());
    openFrom += cut;
    if (!words.isEmpty()) {
      stable = stable.isEmpty() ? Transcript.join(words) : stable + " " + Transcript.join(words);
      closed.addAll(words);
    }
  }

  @Override
  public String stable() {
    return stable;
  }

  @Override
  public String moving(Frames frames, int from, int to) {
    BestPath longer = open.part(0, open.size());
    longer.add(frames.best(), from, to);
    return Transcript.join(decoder.words(longer, openFrom));
  }

  @Override
  public List<Word> words() {
    List<Word> words = new ArrayList<>(closed);
    words.addAll(decoder.words(open, openFrom));
    return words;
  }

  @Override
  public List<Transcript.Alternative> alternatives() {
    return List.of();
  }
}
