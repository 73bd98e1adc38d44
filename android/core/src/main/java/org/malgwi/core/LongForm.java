package org.malgwi.core;

import java.nio.FloatBuffer;
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
  private final CtcDecoder ctc;
  private final Decoder decoder;

  /** Null: confidences stay as they are. */
  private final ConfidenceMap confidence;

  private float[] held = new float[0];
  private int heldSamples;
  private long heldStart;
  private int index;

  /** Frames of finished windows: they no longer change. */
  private final BestPath path = new BestPath();

  private Run lastRun;

  /** What the model gave for samples {@code start} up to {@code end}. */
  private record Run(long start, long end, Frames frames) {}

  LongForm(Model model, Decoding decoding, Decoder decoder, ConfidenceMap confidence) {
    this.model = model;
    this.decoding = decoding;
    this.windows = decoding.windows();
    this.ctc = new CtcDecoder(decoding.vocab());
    this.decoder = decoder;
    this.confidence = confidence;
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
  }

  /** The text of finished windows that no longer changes: every later text begins with it. */
  String stable() {
    return decoder.stable();
  }

  /** Runs the samples after the finished windows, as if the recording ended here. */
  void runPreview(Cancellation cancellation) throws MalgwiException {
    if (samples() >= decoding.grid().receptiveField()) {
      run(windows.last(samples()), cancellation);
    }
  }

  /** The best tokens of the latest run that follow the finished frames and may change. */
  BestPath younger() {
    return lastRun == null
        ? new BestPath()
        : lastRun.frames.best().part(youngest(), lastRun.frames.size());
  }

  /** The text after {@link #stable}, with the younger frames following the finished ones. */
  String moving() throws MalgwiException {
    return lastRun == null ? "" : decoder.moving(lastRun.frames, youngest(), lastRun.frames.size());
  }

  /** Where in the latest run the frames begin that follow the finished ones. */
  private int youngest() {
    return path.size() - firstFrame(lastRun);
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
    List<Word> words = new ArrayList<>(decoder.words());
    if (confidence != null) {
      words.replaceAll(confidence::calibrated);
    }
    List<Integer> tokens = new ArrayList<>(path.size());
    for (int frame = 0; frame < path.size(); frame++) {
      tokens.add(path.token(frame));
    }
    return new Transcript(
        Transcript.join(words),
        words,
        tokens,
        samples(),
        decoding.grid(),
        tooShort,
        decoder.alternatives());
  }

  private Run run(Windows.Span span, Cancellation cancellation) throws MalgwiException {
    // A recording that ends, or pauses, exactly where the latest run did needs no second one:
    // where a window begins follows from where the recording ends.
    if (lastRun == null || lastRun.end != span.end()) {
      int from = Math.toIntExact(span.start() - heldStart);
      int to = Math.toIntExact(span.end() - heldStart);
      lastRun = null; // one window's logits at a time
      Frames frames = frames(Arrays.copyOfRange(held, from, to), cancellation);
      lastRun = new Run(span.start(), span.end(), frames);
    }
    return lastRun;
  }

  private Frames frames(float[] samples, Cancellation cancellation) throws MalgwiException {
    int expected = decoding.grid().count(samples.length);
    FloatBuffer logits =
        windows.isSilent(samples) ? blanks(expected) : model.logits(samples, cancellation);
    Frames frames = new Frames(logits, ctc.best(logits.duplicate()));
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

  /** The logits of frames that are certainly blank. */
  private FloatBuffer blanks(int frames) {
    int width = decoding.vocab().size();
    float[] logits = new float[frames * width];
    Arrays.fill(logits, -100);
    for (int frame = 0; frame < frames; frame++) {
      logits[frame * width + decoding.vocab().blank()] = 0;
    }
    return FloatBuffer.wrap(logits);
  }

  private void keep(Run run, int endFrame) throws MalgwiException {
    int from = path.size() - firstFrame(run);
    int to = endFrame - firstFrame(run);
    path.add(run.frames.best(), from, to);
    decoder.add(run.frames, from, to);
  }

  private int firstFrame(Run run) {
    return Math.toIntExact(run.start / decoding.grid().hop());
  }
}
