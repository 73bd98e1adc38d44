package org.malgwi.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Recognises one recording that arrives in pieces of any sizes, window by window. Whole recordings
 * and live speech both go through here, which is why their texts are equal. Holds one window of
 * samples, and 12 bytes for each frame so far (2 MB an hour). For one thread.
 */
final class LongForm {
  private final Model model;
  private final Decoding decoding;
  private final Windows windows;
  private final CtcDecoder decoder;

  private float[] held = new float[0];
  private int heldSamples;
  private long heldStart;
  private int index;

  /** Frames of finished windows: they no longer change. */
  private final BestPath path = new BestPath();

  /** The words of those frames that a delimiter has closed, and their text. */
  private final List<Word> closed = new ArrayList<>();

  private String stable = "";
  private int openFrom;

  private Run lastRun;

  /** What the model gave for samples {@code start} up to {@code end}. */
  private record Run(long start, long end, BestPath frames) {}

  LongForm(Model model, Decoding decoding) {
    this.model = model;
    this.decoding = decoding;
    this.windows = decoding.windows();
    this.decoder = new CtcDecoder(decoding.vocab());
  }

  /**
   * Adds samples; runs nothing.
   *
   * @throws MalgwiException for a sample that is NaN or infinite
   */
  void feed(float[] samples, int count) throws MalgwiException {
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(samples[i])) {
        throw new MalgwiException(
            "sample " + (samples() + i) + " is " + samples[i] + "; expected numbers from -1 to 1");
      }
    }
    if (heldSamples + count > held.length) {
      held = Arrays.copyOf(held, Math.max(heldSamples + count, 2 * heldSamples));
    }
    System.arraycopy(samples, 0, held, heldSamples, count);
    heldSamples += count;
  }

  /** Samples fed so far. */
  long samples() {
    return heldStart + heldSamples;
  }

  /** Says whether a window can be run that later samples won't change. */
  boolean windowDue() {
    return heldSamples >= windows.size();
  }

  /** Samples to be fed before a window is due. */
  int samplesUntilWindow() {
    return Math.max(0, windows.size() - heldSamples);
  }

  /** Runs the window that is due and keeps its frames. */
  void runWindow(Cancellation cancellation) throws MalgwiException {
    Windows.Span span = windows.span(index);
    keep(run(span, cancellation), span.endFrame());
    index++;
    heldStart += windows.step();
    heldSamples -= windows.step();
    System.arraycopy(held, windows.step(), held, 0, heldSamples);
    closeWords();
  }

  /** The text of the closed words of finished windows: every later text begins with it. */
  String stable() {
    return stable;
  }

  /** Runs the samples after the finished windows, as if the recording ended here. */
  void runPreview(Cancellation cancellation) throws MalgwiException {
    if (samples() >= decoding.grid().receptiveField()) {
      run(windows.last(samples()), cancellation);
    }
  }

  /** The frames of the latest run that follow the finished ones and may change. */
  BestPath younger() {
    BestPath younger = new BestPath();
    if (lastRun != null) {
      younger.add(lastRun.frames, path.size() - firstFrame(lastRun), lastRun.frames.size());
    }
    return younger;
  }

  /** The text after {@link #stable}, with {@code younger} following the finished frames. */
  String moving(BestPath younger) {
    BestPath open = new BestPath();
    open.add(path, openFrom, path.size());
    open.add(younger, 0, younger.size());
    return Transcript.join(decoder.words(open, 0, open.size()));
  }

  BestPath path() {
    return path;
  }

  /** Recognises what is left: all windows that are due and the last one. */
  Transcript finish(Cancellation cancellation) throws MalgwiException {
    while (heldSamples > windows.size()) {
      runWindow(cancellation);
    }
    boolean tooShort = samples() < decoding.grid().receptiveField();
    if (!tooShort) {
      Windows.Span span = windows.last(samples());
      keep(run(span, cancellation), span.endFrame());
    }
    List<Word> words = new ArrayList<>(closed);
    words.addAll(decoder.words(path, openFrom, path.size()));
    List<Integer> tokens = new ArrayList<>(path.size());
    for (int frame = 0; frame < path.size(); frame++) {
      tokens.add(path.token(frame));
    }
    return new Transcript(
        Transcript.join(words), words, tokens, samples(), decoding.grid(), tooShort);
  }

  private Run run(Windows.Span span, Cancellation cancellation) throws MalgwiException {
    // A recording that ends, or pauses, exactly where the latest run did needs no second one:
    // where a window begins follows from where the recording ends.
    if (lastRun == null || lastRun.end != span.end()) {
      int from = Math.toIntExact(span.start() - heldStart);
      int to = Math.toIntExact(span.end() - heldStart);
      BestPath frames = frames(Arrays.copyOfRange(held, from, to), cancellation);
      lastRun = new Run(span.start(), span.end(), frames);
    }
    return lastRun;
  }

  private BestPath frames(float[] samples, Cancellation cancellation) throws MalgwiException {
    int expected = decoding.grid().count(samples.length);
    BestPath frames = new BestPath();
    if (windows.isSilent(samples)) {
      for (int i = 0; i < expected; i++) {
        frames.add(decoding.vocab().blank(), 1);
      }
      return frames;
    }
    frames = decoder.best(model.logits(samples, cancellation));
    if (frames.size() != expected) {
      throw new MalgwiException(
          "the model gave "
              + frames.size()
              + " frames for "
              + samples.length
              + " samples; expected "
              + expected
              + ", as bundle.json says");
    }
    return frames;
  }

  private void keep(Run run, int endFrame) {
    path.add(run.frames, path.size() - firstFrame(run), endFrame - firstFrame(run));
  }

  private int firstFrame(Run run) {
    return Math.toIntExact(run.start / decoding.grid().hop());
  }

  private void closeWords() {
    int delimiter = decoding.vocab().delimiter();
    int cut = path.size() - 1;
    while (cut >= openFrom && path.token(cut) != delimiter) {
      cut--;
    }
    if (cut < openFrom) {
      return;
    }
    List<Word> words = decoder.words(path, openFrom, cut);
    openFrom = cut;
    if (!words.isEmpty()) {
      stable = stable.isEmpty() ? Transcript.join(words) : stable + " " + Transcript.join(words);
      closed.addAll(words);
    }
  }
}
