package org.malgwi.core;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Recognises one recording that arrives in pieces of any sizes, segment by segment. Whole
 * recordings and live speech both go through here, which is why their texts are equal. Holds one
 * window of samples and what was fed at once, and 12 bytes for each frame so far (2 MB an hour).
 * For one thread. In one class, since previews and final texts share the window, its latest run and
 * the frames that no longer change.
 *
 * <p>Frames between segments are certainly blank, and nothing is run for them. The last frame of a
 * segment that a pause ended is certainly a delimiter, so that words end there. The twin of
 * Python's {@code long_form.py}.
 */
final class LongForm {
  private static final int BLANKS = 50;

  /**
   * What a preview runs again before the frames that are new, and what it takes for settled, in s.
   */
  private static final double PREVIEW_LEFT = 0.6;

  private static final double PREVIEW_RIGHT = 0.3;

  /** Forty dB over full scale: no sound, but integers that nobody divided. Python has the same. */
  static final float LOUDEST = 100;

  private final Model model;
  private final Decoding decoding;
  private final FrameGrid grid;
  private final CtcDecoder ctc;
  private final Decoder decoder;

  /** Null: whatever isn't quiet is taken for speech. */
  private final @Nullable Detector detector;

  /** Null: confidences stay as they are. */
  private final @Nullable ConfidenceMap confidence;

  private final Segments segments;

  /** The next span that later samples won't change; null: there is none yet. */
  private Segments.@Nullable Span due;

  private float[] held = new float[0];
  private int heldSamples;
  private long heldStart;

  /** Frames that no longer change. */
  private final BestPath path = new BestPath();

  private final List<Segments.Span> notSpeech = new ArrayList<>();

  /** Frames that are certainly blank, and one that is certainly a delimiter. */
  private final Frames blanks;

  private final Frames delimiter;

  /** The latest run of a whole span: what ends as it did isn't run again. */
  private @Nullable Run lastRun;

  /** The youngest frames, from frame {@link #latestFrom} of the recording on. */
  private Frames latest;

  private int latestFrom;

  /** Where the segment begins in which a preview has heard speech. */
  private long speechIn = -1;

  /** One past the last frame with sound that was taken for speech. */
  private int speechEnd;

  /**
   * What came of a span.
   *
   * @param frames what the model gave; empty where it wasn't asked
   * @param speech false: the detector took it for none
   */
  private record Run(Segments.Span span, Frames frames, boolean speech) {}

  LongForm(
      Model model,
      @Nullable Detector detector,
      Decoding decoding,
      Decoder decoder,
      @Nullable ConfidenceMap confidence)
      throws MalgwiException {
    this.model = model;
    this.detector = detector;
    this.decoding = decoding;
    this.grid = decoding.grid();
    this.ctc = new CtcDecoder(decoding.vocab());
    this.decoder = decoder;
    this.confidence = confidence;
    this.segments = new Segments(decoding.segments(), grid);
    Vocab vocab = decoding.vocab();
    this.blanks = certain(BLANKS, vocab.blank());
    this.delimiter = certain(vocab.delimiter() == Vocab.NONE ? 0 : 1, vocab.delimiter());
    this.latest = none();
  }

  /** Frames that are certainly one token. */
  private Frames certain(int count, int token) throws MalgwiException {
    int width = decoding.vocab().size();
    float[] logits = new float[count * width];
    Arrays.fill(logits, -100);
    for (int frame = 0; frame < count; frame++) {
      logits[frame * width + token] = 0;
    }
    return frames(FloatBuffer.wrap(logits));
  }

  private Frames frames(FloatBuffer logits) throws MalgwiException {
    return new Frames(logits, ctc.best(logits.duplicate()));
  }

  /**
   * Adds samples; runs nothing.
   *
   * @throws MalgwiException for a sample that isn't a number, or is far beyond full scale
   */
  void feed(float[] samples, int count) throws MalgwiException {
    for (int i = 0; i < count; i++) {
      if (!(Math.abs(samples[i]) <= LOUDEST)) {
        throw new MalgwiException(
            "sample "
                + (samples() + i)
                + " is "
                + samples[i]
                + "; expected numbers from -1 to 1: 16-bit samples divided by 32,768, as Pcm does");
      }
    }
    if (heldSamples + count > held.length) {
      held = Arrays.copyOf(held, Math.max(heldSamples + count, 2 * heldSamples));
    }
    System.arraycopy(samples, 0, held, heldSamples, count);
    int hop = grid.hop();
    int measured = heldSamples - (int) (samples() % hop);
    heldSamples += count;
    for (; measured + hop <= heldSamples; measured += hop) {
      segments.add(Levels.energy(held, measured, hop));
    }
    advance();
  }

  /** Samples fed so far. */
  long samples() {
    return heldStart + heldSamples;
  }

  /** Looks for the next span that is due, and lets go of what lies before it. */
  private void advance() throws MalgwiException {
    if (due == null) {
      due = segments.next();
    }
    addBlanks(due == null ? segments.settled() : due.firstFrame());
    int drop = (int) ((due == null ? segments.neededFrom() : due.start()) - heldStart);
    if (drop > 0) {
      heldStart += drop;
      heldSamples -= drop;
      System.arraycopy(held, drop, held, 0, heldSamples);
    }
  }

  /** Fills up with blanks to a frame that the recording has. */
  private void addBlanks(int end) throws MalgwiException {
    int until = Math.min(end, grid.count(samples()));
    while (path.size() < until) {
      add(blanks, 0, Math.min(BLANKS, until - path.size()));
    }
  }

  private void add(Frames frames, int from, int to) throws MalgwiException {
    path.add(frames.best(), from, to);
    decoder.add(frames, from, to);
  }

  /** Says whether a span can be run that later samples won't change. */
  boolean spanDue() {
    return due != null;
  }

  /** Samples to be fed before what is open fills a window and is due, whatever they are. */
  int samplesUntilWindow() {
    return segments.room() * grid.hop() - (int) (samples() % grid.hop());
  }

  /** Runs the span that is due and keeps its frames. */
  void runSpan(Cancellation cancellation) throws MalgwiException {
    Segments.Span span = Objects.requireNonNull(due);
    keep(run(span, cancellation));
    due = null;
    advance();
  }

  /** The text of segments that no longer changes: every later text begins with it. */
  String stable() {
    return decoder.stable();
  }

  /** Says whether a detector decides what is speech. */
  boolean detects() {
    return detector != null;
  }

  /** Says whether sound is there that is in no span yet. */
  boolean isOpen() {
    return due == null && segments.isOpen();
  }

  /** One past the last hop fed that isn't quiet, in what is open. */
  int soundEnd() {
    return segments.soundEnd();
  }

  /** Samples fed since the first sound of what is open. */
  long samplesSinceSound() {
    return samples() - (long) segments.soundStart() * grid.hop();
  }

  /**
   * Says whether it has been quiet so long that a preview now is the run that a pause would ask
   * for.
   */
  boolean isClosing() {
    return segments.closing() != null;
  }

  /** Says whether it has been quiet for a while that may become a pause. */
  boolean isFading() {
    return segments.isFading();
  }

  /** Hops fed and looked at. */
  int looked() {
    return segments.looked();
  }

  /**
   * Runs what is open, as if the recording ended here, or its youngest part where previews have run
   * the rest; says whether it was taken for speech.
   */
  boolean runPreview(Cancellation cancellation) throws MalgwiException {
    Segments.Span closing = segments.closing();
    Segments.Span open =
        closing != null ? closing : Objects.requireNonNull(segments.open(samples()));
    int hop = grid.hop();
    int first = (int) (open.start() / hop);
    int known = latestFrom == first ? latest.size() - hops(PREVIEW_RIGHT) : 0;
    int from = known - hops(PREVIEW_LEFT);
    boolean speech;
    if (closing != null || from <= 0) {
      speech = run(open, cancellation).speech;
    } else {
      speech = speechIn == open.start() || isSpeech(held(open.start(), open.end()));
      if (speech) {
        long start = open.start() + (long) from * hop;
        Frames youngest = modelled(held(start, open.end()), cancellation);
        latest = joined(latest, known, youngest, known - from);
      } else {
        latest = none();
      }
    }
    if (speech) {
      speechIn = open.start();
    }
    return speech;
  }

  private int hops(double seconds) {
    return (int) (seconds * grid.sampleRate() / grid.hop());
  }

  /** The first {@code count} frames of one, and those of the other from {@code from} on. */
  private Frames joined(Frames older, int count, Frames younger, int from) {
    int width = decoding.vocab().size();
    float[] more = new float[younger.size() * width];
    younger.logits().duplicate().get(more);
    float[] logits = new float[count * width + more.length - from * width];
    older.logits().duplicate().get(logits, 0, count * width);
    System.arraycopy(more, from * width, logits, count * width, more.length - from * width);
    BestPath best = older.best().part(0, count);
    best.add(younger.best(), from, younger.size());
    return new Frames(FloatBuffer.wrap(logits), best);
  }

  /** The text after {@link #stable}, with the youngest frames that may still change. */
  String moving() throws MalgwiException {
    int from = Math.max(0, Math.min(path.size() - latestFrom, latest.size()));
    return decoder.moving(latest, from, latest.size());
  }

  /** Frames that no longer change. */
  int frames() {
    return path.size();
  }

  /** One past the last of them with sound that was taken for speech; 0: there is none. */
  int speechEnd() {
    return speechEnd;
  }

  /** Recognises what is left: all spans that are due and the one that is open. */
  Transcript finish(Cancellation cancellation) throws MalgwiException {
    while (due != null) {
      runSpan(cancellation);
    }
    Segments.Span last = segments.open(samples());
    if (last != null) {
      keep(run(last, cancellation));
    }
    addBlanks(Integer.MAX_VALUE);
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
        grid,
        samples() < grid.receptiveField(),
        decoder.alternatives(),
        leftOut());
  }

  private List<Transcript.Stretch> leftOut() {
    List<Transcript.Stretch> stretches = new ArrayList<>();
    for (Segments.Span span : notSpeech) {
      stretches.add(
          new Transcript.Stretch(
              grid.ms(span.firstFrame(), samples()), grid.ms(span.endFrame(), samples())));
    }
    return stretches;
  }

  private Run run(Segments.Span span, Cancellation cancellation) throws MalgwiException {
    // What ends exactly where the latest preview did needs no second run.
    if (lastRun == null
        || lastRun.span.start() != span.start()
        || lastRun.span.end() != span.end()) {
      lastRun = null; // one window's logits at a time
      latest = none();
      lastRun = heard(span, cancellation);
    }
    latest = lastRun.frames;
    latestFrom = (int) (span.start() / grid.hop());
    return lastRun;
  }

  private Run heard(Segments.Span span, Cancellation cancellation) throws MalgwiException {
    float[] samples = held(span.start(), span.end());
    boolean tooFew = grid.count(samples.length) == 0;
    boolean speech = tooFew || isSpeech(samples);
    return new Run(span, tooFew || !speech ? none() : modelled(samples, cancellation), speech);
  }

  private float[] held(long start, long end) {
    return Arrays.copyOfRange(held, (int) (start - heldStart), (int) (end - heldStart));
  }

  private boolean isSpeech(float[] samples) throws MalgwiException {
    return detector == null || detector.hearsSpeech(samples);
  }

  private Frames none() throws MalgwiException {
    return frames(FloatBuffer.allocate(0));
  }

  private Frames modelled(float[] samples, Cancellation cancellation) throws MalgwiException {
    float[] limited = Levels.limited(samples, decoding.segments().clickDb(), grid.hop());
    Frames frames = frames(model.logits(limited, cancellation));
    int expected = grid.count(samples.length);
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

  private void keep(Run run) throws MalgwiException {
    Segments.Span span = run.span;
    addBlanks(span.firstFrame());
    int end = span.endFrame() - (span.closed() ? delimiter.size() : 0);
    int from = Math.max(0, path.size() - (int) (span.start() / grid.hop()));
    int to = Math.min(run.frames.size(), from + end - path.size());
    if (from < to) {
      add(run.frames, from, to);
    }
    // A segment ends with a whole hop; the model sees a little more than that in its last frame.
    addBlanks(end);
    if (span.closed()) {
      add(delimiter, 0, delimiter.size());
    }
    if (run.speech) {
      speechEnd = Math.max(speechEnd, span.soundEnd());
    } else {
      notSpeech.add(span);
    }
  }
}
