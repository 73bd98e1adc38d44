package org.malgwi.core;

import java.io.File;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Recognises speech: samples in, {@link Transcript} out.
 *
 * <p>Thread-safe: several threads may transcribe, and open streams, at once; each inference uses
 * the threads given to {@link #open(ModelBundle, int)}. {@link #close} waits for what runs, then
 * frees the native memory, {@link #closeWhenIdle} doesn't wait; later calls throw
 * IllegalStateException.
 *
 * <p>In one class, long as it is, since callers look for all of it here: what they may rely on
 * takes nearly half of its lines, and each of its methods only a few.
 */
public final class Recognizer implements AutoCloseable {
  private static final int BLOCK = 1 << 15;

  private final String name;
  private final String language;
  private final Model model;

  /** Null: whatever isn't quiet is taken for speech. */
  private final @Nullable Detector detector;

  private final Decoding decoding;

  /** Null: there is none. */
  private final @Nullable LanguageModel languageModel;

  /** Null: confidences stay as they are. */
  private final @Nullable ConfidenceMap confidence;

  private final Users users = new Users(this::free);

  /**
   * How the model is run.
   *
   * @param threads for one inference; 0: as many as {@link Cores} advises, where the process may
   *     use so many
   * @param kleidiAi allow Arm's KleidiAI kernels where the processor has what they need; without
   *     them it is slower there, and safe where they crash. onnxruntime 1.26, in which they leak,
   *     never uses them
   */
  public record Options(int threads, boolean kleidiAi) {
    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException for a negative one
     */
    public Options {
      if (threads < 0) {
        throw new IllegalArgumentException("threads is " + threads + "; expected 0 or more");
      }
    }

    /**
     * @param usable cores that this process may use: in a container few of many
     */
    int threads(Cores cores, int usable) {
      return threads > 0 ? threads : Math.min(cores.threads(), usable);
    }
  }

  Recognizer(Model model, Decoding decoding) {
    this(model, null, decoding, null, null, "", Language.UNKNOWN);
  }

  Recognizer(
      Model model,
      @Nullable Detector detector,
      Decoding decoding,
      @Nullable LanguageModel languageModel,
      @Nullable ConfidenceMap confidence,
      String name,
      String language) {
    this.model = model;
    this.detector = detector;
    this.decoding = decoding;
    this.languageModel = languageModel;
    this.confidence = confidence;
    this.name = name;
    this.language = language;
  }

  /**
   * Opens a bundle, an archive or a folder, on the fast cores.
   *
   * @param bundle the file or folder
   * @return it, for the caller to close
   * @throws MalgwiException when it isn't a bundle or is damaged, when its model can't be loaded,
   *     or where onnxruntime isn't there
   */
  public static Recognizer open(File bundle) throws MalgwiException {
    return open(ModelBundle.open(bundle), 0);
  }

  /**
   * Loads the model of a bundle, its hash verified.
   *
   * @param bundle whose model it is
   * @param threads for one inference; 0: as many as {@link Cores} advises
   * @return it, for the caller to close
   * @throws MalgwiException as {@link #open(File)}
   */
  public static Recognizer open(ModelBundle bundle, int threads) throws MalgwiException {
    return open(bundle, new Options(threads, true));
  }

  /**
   * Loads the model of a bundle, its hash verified.
   *
   * @param bundle whose model it is
   * @param options how it is run
   * @return it, for the caller to close
   * @throws MalgwiException as {@link #open(File)}
   */
  public static Recognizer open(ModelBundle bundle, Options options) throws MalgwiException {
    return open(bundle, options, bundle.languageModel());
  }

  /**
   * Loads the model of a bundle, its hash verified, and a language model of its own.
   *
   * @param bundle whose model it is
   * @param options how it is run
   * @param languageModel an {@code lm.bin}, instead of what the bundle brings
   * @return it, for the caller to close
   * @throws MalgwiException as {@link #open(File)}, and for a language model that is damaged or
   *     whose letters the model doesn't have
   */
  public static Recognizer open(ModelBundle bundle, Options options, File languageModel)
      throws MalgwiException {
    return open(bundle, options, LanguageModel.map(languageModel));
  }

  /**
   * Loads the model of a bundle, its hash verified.
   *
   * @param languageModel null: none, and that of the bundle isn't read
   * @throws MalgwiException also for a language model whose letters the model doesn't have, and
   *     where onnxruntime isn't there
   */
  static Recognizer open(ModelBundle bundle, Options options, @Nullable LanguageModel languageModel)
      throws MalgwiException {
    if (languageModel != null) {
      languageModel.checkLetters(bundle.decoding().vocab());
    }
    try {
      return load(bundle, options, languageModel);
    } catch (NoClassDefFoundError e) {
      if (e.getCause() instanceof ClassNotFoundException missing
          && String.valueOf(missing.getMessage()).contains("ai.onnxruntime.")) {
        throw new MalgwiException(
            "no onnxruntime on the class path (no "
                + e.getMessage()
                + "); add com.microsoft.onnxruntime:onnxruntime:1."
                + OnnxRuntime.JVM
                + ".0, on Android com.microsoft.onnxruntime:onnxruntime-android:1."
                + OnnxRuntime.APP
                + ".0",
            e);
      }
      throw e;
    }
  }

  private static Recognizer load(
      ModelBundle bundle, Options options, @Nullable LanguageModel languageModel)
      throws MalgwiException {
    DetectorPlan plan = bundle.decoding().detector();
    Detector detector = plan == null ? null : new Detector(new OnnxDetector(bundle), plan);
    try {
      return new Recognizer(
          new OnnxModel(bundle, options),
          detector,
          bundle.decoding(),
          languageModel,
          bundle.confidence(),
          bundle.name(),
          bundle.language());
    } catch (MalgwiException | RuntimeException e) {
      if (detector != null) {
        detector.close();
      }
      throw e;
    }
  }

  /** {@return what people call the model} */
  public String name() {
    return name;
  }

  /** {@return the BCP 47 tag of its language; "und" when unknown} */
  public String language() {
    return language;
  }

  /**
   * What is odd about the language model: its text was normalised by other options than the
   * model's, so words are spelt otherwise.
   *
   * @return for people to read; null: nothing, or there is none
   */
  public @Nullable String languageModelWarning() {
    return languageModel == null ? null : languageModel.warning(decoding.vocab().rules());
  }

  /** {@return what turns the model's logits into text} */
  public Decoding decoding() {
    return decoding;
  }

  /**
   * Refuses what can't be searched for, before anything is recorded or read.
   *
   * @param search that is to be made
   * @throws MalgwiException for a hotword that the model can't spell, or for too many
   */
  public void check(Search search) throws MalgwiException {
    Hotwords.of(search.hotwords(), decoding.vocab());
  }

  /**
   * Compiles a grammar for this model: a sentence a line, or rules (docs/grammar.md).
   *
   * @param text of the grammar
   * @return it, for searches of this recognizer alone
   * @throws MalgwiException says what is wrong, in which line
   */
  public Grammar grammar(String text) throws MalgwiException {
    return Grammar.of(text, decoding.vocab());
  }

  /**
   * Says whether the model has all the letters of a hotword; others are refused.
   *
   * @param hotword as people write it
   * @return whether it can be looked for
   */
  public boolean canSpell(String hotword) {
    return decoding.canSpell(hotword);
  }

  /**
   * Recognises a whole recording.
   *
   * @param samples 16 kHz, mono, -1 to 1; fewer than the model needs give an empty transcript
   * @return the whole transcript
   * @throws MalgwiException for a sample that isn't a number or has the scale of integers, or when
   *     the model fails
   */
  public Transcript transcribe(float[] samples) throws MalgwiException {
    return transcribe(samples, Search.DEFAULT);
  }

  /**
   * Recognises a whole recording by another search.
   *
   * @param samples 16 kHz, mono, -1 to 1; fewer than the model needs give an empty transcript
   * @param search how words are looked for
   * @return the whole transcript
   * @throws MalgwiException also for a hotword that the model can't spell
   */
  public Transcript transcribe(float[] samples, Search search) throws MalgwiException {
    return transcribe(samples, search, new Cancellation());
  }

  /**
   * Recognises a whole recording, unless another thread cancels it: there is the whole transcript
   * or none.
   *
   * @param samples 16 kHz, mono, -1 to 1; fewer than the model needs give an empty transcript
   * @param search how words are looked for
   * @param cancellation ends it, from any thread
   * @return the whole transcript
   * @throws CancellationException once it is cancelled
   * @throws MalgwiException as without a cancellation
   */
  public Transcript transcribe(float[] samples, Search search, Cancellation cancellation)
      throws MalgwiException {
    int[] done = {0};
    try {
      return transcribe(
          buffer -> {
            int count = Math.min(buffer.length, samples.length - done[0]);
            System.arraycopy(samples, done[0], buffer, 0, count);
            done[0] += count;
            return count == 0 ? -1 : count;
          },
          search,
          cancellation);
    } catch (MalgwiException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("an array can't fail to be read", e);
    }
  }

  /**
   * Recognises a recording of any length while reading it; memory doesn't grow with the sound.
   *
   * @param samples 16 kHz ({@link Resampler} makes it so), mono, -1 to 1; what it throws ends the
   *     recognition
   * @return the whole transcript
   * @throws IOException what {@code samples} throws
   * @throws MalgwiException for samples of another rate, for one that isn't a number or has the
   *     scale of integers, or when the model fails
   */
  public Transcript transcribe(Samples samples) throws IOException {
    return transcribe(samples, Search.DEFAULT);
  }

  /**
   * Recognises a recording of any length, while reading it, by another search.
   *
   * @param samples 16 kHz ({@link Resampler} makes it so), mono, -1 to 1; what it throws ends the
   *     recognition
   * @param search how words are looked for
   * @return the whole transcript
   * @throws IOException what {@code samples} throws
   * @throws MalgwiException also for a hotword that the model can't spell
   */
  public Transcript transcribe(Samples samples, Search search) throws IOException {
    return transcribe(samples, search, new Cancellation());
  }

  /**
   * Recognises a recording of any length, unless another thread cancels it: there is the whole
   * transcript or none. A read of {@code samples} isn't interrupted.
   *
   * @param samples 16 kHz ({@link Resampler} makes it so), mono, -1 to 1; what it throws ends the
   *     recognition
   * @param search how words are looked for
   * @param cancellation ends it, from any thread
   * @return the whole transcript
   * @throws CancellationException once it is cancelled
   * @throws IOException what {@code samples} throws
   * @throws MalgwiException as without a cancellation
   */
  public Transcript transcribe(Samples samples, Search search, Cancellation cancellation)
      throws IOException {
    return transcribe(samples, recording(search, model), cancellation);
  }

  /**
   * The same for a process that may end before the recording does: begun again with the same model
   * and the same {@code journal}, it goes on where that one was. The search may be another.
   *
   * @param samples 16 kHz ({@link Resampler} makes it so), mono, -1 to 1; what it throws ends the
   *     recognition
   * @param search how words are looked for
   * @param journal keeps what the model gave, {@link #journalBytes} at most. Delete it when the
   *     transcript is kept. What isn't of this recording and model, or is damaged, isn't used; a
   *     full disk doesn't end the recognition
   * @return the whole transcript
   * @throws IOException what {@code samples} throws
   * @throws MalgwiException as without a journal
   */
  public Transcript transcribe(Samples samples, Search search, File journal) throws IOException {
    return transcribe(samples, search, journal, new Cancellation());
  }

  /**
   * The same, unless another thread cancels it; the journal then holds what was run until then.
   *
   * @param samples 16 kHz ({@link Resampler} makes it so), mono, -1 to 1; what it throws ends the
   *     recognition
   * @param search how words are looked for
   * @param journal keeps what the model gave
   * @param cancellation ends it, from any thread
   * @return the whole transcript
   * @throws CancellationException once it is cancelled
   * @throws IOException what {@code samples} throws
   * @throws MalgwiException as without a journal
   */
  public Transcript transcribe(
      Samples samples, Search search, File journal, Cancellation cancellation) throws IOException {
    try (Journal kept = new Journal(model, journal)) {
      return transcribe(samples, recording(search, kept), cancellation);
    }
  }

  /**
   * How large the journal of a recording can become.
   *
   * @param samples in the recording, at 16 kHz
   * @return bytes
   */
  public long journalBytes(long samples) {
    return Journal.largest(decoding, samples);
  }

  private Transcript transcribe(Samples samples, LongForm recording, Cancellation cancellation)
      throws IOException {
    checkRate(samples);
    Thread thread = Thread.currentThread();
    users.enter(thread);
    try {
      float[] block = new float[BLOCK];
      int count;
      while ((count = samples.read(block)) >= 0) {
        cancellation.check(); // silence isn't run, and would be read to its end
        recording.feed(block, count);
        while (recording.spanDue()) {
          recording.runSpan(cancellation);
        }
      }
      cancellation.check();
      return recording.finish(cancellation);
    } finally {
      users.leave(thread);
    }
  }

  /** Heard at another speed, speech gives another text. */
  private void checkRate(Samples samples) throws MalgwiException {
    int expected = decoding.grid().sampleRate();
    int found = samples.sampleRate();
    if (found != expected) {
      throw new MalgwiException(
          "the samples come at "
              + found
              + " Hz; expected "
              + expected
              + ", else the model hears other speech. Give new Resampler(samples, "
              + found
              + ")");
    }
  }

  /**
   * Begins to recognise live speech by another search; see {@link LiveStream}.
   *
   * @param options how to listen
   * @param search how words are looked for
   * @param listener is told what happens, on the stream's thread
   * @return the stream, for the caller to feed, to finish or cancel, and to close
   * @throws MalgwiException for a hotword that the model can't spell, for too many, or where the
   *     language model is damaged
   */
  public LiveStream stream(LiveStream.Options options, Search search, LiveStream.Listener listener)
      throws MalgwiException {
    return new LiveStream(users, recording(search, model), decoding, options, listener);
  }

  /**
   * Begins to recognise live speech; see {@link LiveStream}.
   *
   * @param options how to listen
   * @param listener is told what happens, on the stream's thread
   * @return the stream, for the caller to feed, to finish or cancel, and to close
   * @throws MalgwiException where the language model is damaged
   */
  public LiveStream stream(LiveStream.Options options, LiveStream.Listener listener)
      throws MalgwiException {
    return stream(options, Search.DEFAULT, listener);
  }

  /**
   * Begins to recognise live speech with the usual options; see {@link LiveStream}.
   *
   * @param listener is told what happens, on the stream's thread
   * @return the stream, for the caller to feed, to finish or cancel, and to close
   * @throws MalgwiException where the language model is damaged
   */
  public LiveStream stream(LiveStream.Listener listener) throws MalgwiException {
    return stream(LiveStream.Options.DEFAULT, listener);
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
   * Refuses what is new and frees the model as soon as nothing uses it: at once, or when the last
   * transcription has returned and the last stream ended, on the thread of that one. Returns at
   * once, whoever calls it; {@link #close} can still be called to wait for it.
   */
  public void closeWhenIdle() {
    users.closeWhenIdle();
  }

  /**
   * Blocks: waits for running transcriptions and for the end of open streams (finish or cancel them
   * first), however long they take, then frees the model. May be called twice. {@link
   * #closeWhenIdle} doesn't wait.
   *
   * @throws IllegalStateException when called from a listener, or from within a transcription: it
   *     would wait for itself
   */
  @Override
  public void close() {
    users.close();
  }

  private void free() {
    try {
      model.close();
    } finally {
      if (detector != null) {
        detector.close();
      }
    }
  }
}
