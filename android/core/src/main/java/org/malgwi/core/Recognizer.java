package org.malgwi.core;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Recognises speech: samples in, {@link Transcript} out.
 *
 * <p>Thread-safe: several threads may transcribe, and open streams, at once; each inference uses
 * the threads given to {@link #open(Bundle, int)}. {@link #close} waits for what runs, then frees
 * the native memory; later calls throw IllegalStateException.
 */
public final class Recognizer implements AutoCloseable {
  private static final int BLOCK = 1 << 15;

  private final Model model;

  /** Null: whatever isn't quiet is taken for speech. */
  private final Detector detector;

  private final Decoding decoding;

  /** Null: there is none. */
  private final LanguageModel languageModel;

  /** Null: confidences stay as they are. */
  private final ConfidenceMap confidence;

  /** The threads that use the model, each as often as it does; guarded by this list. */
  private final List<Thread> users = new ArrayList<>();

  private boolean closing;
  private boolean closed;

  /**
   * How the model is run.
   *
   * @param threads for one inference; 0 takes as many as there are cores
   * @param kleidiAi allow Arm's KleidiAI kernels where the processor has what they need; without
   *     them it is slower there, and safe where they crash. onnxruntime 1.26, in which they leak,
   *     never uses them
   */
  public record Options(int threads, boolean kleidiAi) {
    public Options {
      if (threads < 0) {
        throw new IllegalArgumentException("threads is " + threads + "; expected 0 or more");
      }
    }
  }

  Recognizer(Model model, Decoding decoding) {
    this(model, null, decoding, null, null);
  }

  Recognizer(
      Model model,
      Detector detector,
      Decoding decoding,
      LanguageModel languageModel,
      ConfidenceMap confidence) {
    this.model = model;
    this.detector = detector;
    this.decoding = decoding;
    this.languageModel = languageModel;
    this.confidence = confidence;
  }

  /** Opens a bundle, an archive or a folder, on one thread per core. */
  public static Recognizer open(File bundle) throws MalgwiException {
    return open(Bundle.open(bundle), 0);
  }

  /**
   * Loads the model of a bundle, its hash verified.
   *
   * @param threads for one inference; 0 takes as many as there are cores
   */
  public static Recognizer open(Bundle bundle, int threads) throws MalgwiException {
    return open(bundle, new Options(threads, true));
  }

  /** Loads the model of a bundle, its hash verified. */
  public static Recognizer open(Bundle bundle, Options options) throws MalgwiException {
    return open(bundle, options, bundle.languageModel());
  }

  /**
   * Loads the model of a bundle, its hash verified, and a language model of its own.
   *
   * @param languageModel an {@code lm.bin}, instead of what the bundle brings
   */
  public static Recognizer open(Bundle bundle, Options options, File languageModel)
      throws MalgwiException {
    return open(bundle, options, LanguageModel.map(languageModel));
  }

  /**
   * Loads the model of a bundle, its hash verified.
   *
   * @param languageModel null: none, and that of the bundle isn't read
   * @throws MalgwiException also for a language model whose letters the model doesn't have
   */
  static Recognizer open(Bundle bundle, Options options, LanguageModel languageModel)
      throws MalgwiException {
    if (languageModel != null) {
      languageModel.checkLetters(bundle.decoding().vocab());
    }
    DetectorPlan plan = bundle.decoding().detector();
    Detector detector = plan == null ? null : new Detector(new OnnxDetector(bundle), plan);
    try {
      Model model = new OnnxModel(bundle, options);
      return new Recognizer(model, detector, bundle.decoding(), languageModel, bundle.confidence());
    } catch (MalgwiException | RuntimeException e) {
      if (detector != null) {
        detector.close();
      }
      throw e;
    }
  }

  /**
   * What is odd about the language model, for people to read: its text was normalised by other
   * options than the model's, so words are spelt otherwise. Null: nothing, or there is none.
   */
  public String languageModelWarning() {
    return languageModel == null ? null : languageModel.warning(decoding.vocab().rules());
  }

  /** What turns the model's logits into text. */
  public Decoding decoding() {
    return decoding;
  }

  /**
   * Refuses what can't be searched for, before anything is recorded or read.
   *
   * @throws MalgwiException for a hotword that the model can't spell, or for too many
   */
  public void check(Search search) throws MalgwiException {
    Hotwords.of(search.hotwords(), decoding.vocab());
  }

  /**
   * Compiles a grammar for this model: a sentence a line, or rules (docs/grammar.md).
   *
   * @throws MalgwiException says what is wrong, in which line
   */
  public Grammar grammar(String text) throws MalgwiException {
    return Grammar.of(text, decoding.vocab());
  }

  /** Says whether the model has all the letters of a hotword; others are refused. */
  public boolean canSpell(String hotword) {
    return decoding.canSpell(hotword);
  }

  /**
   * Recognises a whole recording.
   *
   * @param samples 16 kHz, mono, -1 to 1; fewer than the model needs give an empty transcript
   * @throws MalgwiException for a sample that isn't a number, or when the model fails
   */
  public Transcript transcribe(float[] samples) throws MalgwiException {
    return transcribe(samples, Search.DEFAULT);
  }

  /**
   * Recognises a whole recording by another search.
   *
   * @throws MalgwiException also for a hotword that the model can't spell
   */
  public Transcript transcribe(float[] samples, Search search) throws MalgwiException {
    int[] done = {0};
    try {
      return transcribe(
          buffer -> {
            int count = Math.min(buffer.length, samples.length - done[0]);
            System.arraycopy(samples, done[0], buffer, 0, count);
            done[0] += count;
            return count == 0 ? -1 : count;
          },
          search);
    } catch (MalgwiException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("an array can't fail to be read", e);
    }
  }

  /**
   * Recognises a recording of any length while reading it; memory doesn't grow with the sound.
   *
   * @param samples 16 kHz ({@link Resampler} makes it so); what it throws ends the recognition
   * @throws IOException what {@code samples} throws
   * @throws MalgwiException for a sample that isn't a number, or when the model fails
   */
  public Transcript transcribe(Samples samples) throws IOException {
    return transcribe(samples, Search.DEFAULT);
  }

  /**
   * Recognises a recording of any length, while reading it, by another search.
   *
   * @throws IOException what {@code samples} throws
   * @throws MalgwiException also for a hotword that the model can't spell
   */
  public Transcript transcribe(Samples samples, Search search) throws IOException {
    return transcribe(samples, recording(search, model));
  }

  /**
   * The same for a process that may end before the recording does: begun again with the same model
   * and the same {@code journal}, it goes on where that one was. The search may be another.
   *
   * @param journal keeps what the model gave, {@link #journalBytes} at most. Delete it when the
   *     transcript is kept. What isn't of this recording and model, or is damaged, isn't used; a
   *     full disk doesn't end the recognition
   * @throws IOException what {@code samples} throws
   * @throws MalgwiException as without a journal
   */
  public Transcript transcribe(Samples samples, Search search, File journal) throws IOException {
    try (Journal kept = new Journal(model, journal)) {
      return transcribe(samples, recording(search, kept));
    }
  }

  /** How large the journal of a recording can become, in bytes. */
  public long journalBytes(long samples) {
    return Journal.largest(decoding, samples);
  }

  private Transcript transcribe(Samples samples, LongForm recording) throws IOException {
    Thread thread = Thread.currentThread();
    enter(thread);
    try {
      Cancellation never = new Cancellation();
      float[] block = new float[BLOCK];
      int count;
      while ((count = samples.read(block)) >= 0) {
        recording.feed(block, count);
        while (recording.spanDue()) {
          recording.runSpan(never);
        }
      }
      return recording.finish(never);
    } finally {
      leave(thread);
    }
  }

  /** Begins to recognise live speech by another search; see {@link Stream}. */
  public Stream stream(Stream.Options options, Search search, Stream.Listener listener)
      throws MalgwiException {
    return new Stream(this, recording(search, model), decoding, options, listener);
  }

  /** Begins to recognise live speech; see {@link Stream}. */
  public Stream stream(Stream.Options options, Stream.Listener listener) throws MalgwiException {
    return stream(options, Search.DEFAULT, listener);
  }

  /** Begins to recognise live speech with the usual options. */
  public Stream stream(Stream.Listener listener) throws MalgwiException {
    return stream(Stream.Options.DEFAULT, listener);
  }

  private LongForm recording(Search search, Model model) throws MalgwiException {
    // How sure a word is that a grammar left no choice about, the map doesn't know.
    ConfidenceMap map = search.grammar() == null ? confidence : null;
    Detector asked = search.detector() ? detector : null;
    return new LongForm(model, asked, decoding, decoder(search), map);
  }

  private Decoder decoder(Search search) throws MalgwiException {
    Vocab vocab = decoding.vocab();
    if (search.grammar() != null) {
      return new GrammarDecoder(search.grammar(), vocab, search.nbest());
    }
    Hotwords hotwords = Hotwords.of(search.hotwords(), vocab);
    LanguageModel words = search.languageModel() ? languageModel : null;
    if (search.beam() == 0 && search.nbest() == 0 && hotwords == null && words == null) {
      return new BestPathDecoder(vocab);
    }
    Fusion fusion = new Fusion(new Symbols(vocab), words, hotwords, search.hotwordBoost());
    int width = search.beam() == 0 ? Math.max(Search.BEAM, search.nbest()) : search.beam();
    return new BeamDecoder(fusion, width, search.nbest());
  }

  /**
   * Waits for running transcriptions and for the end of open streams (finish or cancel them first),
   * then frees the model. May be called twice.
   *
   * @throws IllegalStateException when called from a listener, or from within a transcription: it
   *     would wait for itself
   */
  @Override
  public void close() {
    synchronized (users) {
      if (users.contains(Thread.currentThread())) {
        throw new IllegalStateException(
            "a recognizer can't be closed from a listener or within a transcription");
      }
      closing = true;
      boolean interrupted = false;
      while (!users.isEmpty()) {
        try {
          users.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (!closed) {
        closed = true;
        model.close();
        if (detector != null) {
          detector.close();
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Keeps the model open for {@code thread}. */
  void enter(Thread thread) {
    synchronized (users) {
      if (closing) {
        throw new IllegalStateException("this recognizer is closed");
      }
      users.add(thread);
    }
  }

  void leave(Thread thread) {
    synchronized (users) {
      users.remove(thread);
      users.notifyAll();
    }
  }
}
