package org.malgwi.app.listen;

import android.content.Context;
import android.os.Handler;
import android.os.Looper;
import android.os.Process;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.models.Lease;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.problem.ProblemException;
import org.malgwi.app.sound.PcmFile;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.Recognizer;
import org.malgwi.core.Resampler;
import org.malgwi.core.Search;
import org.malgwi.core.Stream;
import org.malgwi.core.Transcript;

/**
 * One recording, from its first sample to its text.
 *
 * <p>Sound goes into a file as it arrives, and from there into a {@link Stream}: so nothing is lost
 * while the model loads or where it is slower than the speech, and memory doesn't grow. It ends by
 * {@link #finish}, by the pause that the options ask for, or where the sound ends; or by {@link
 * #cancel} or a problem, without a text.
 *
 * <p>Every method may be called from any thread, the getters too; the listener is told on the main
 * thread, and of the newest state only: a screen that is slow gets fewer calls, not older ones.
 */
public final class Dictation {
  /** What it is doing. */
  public enum State {
    /** It listens; the model isn't there yet. */
    LOADING,
    LISTENING,
    /** It listens, and the system gives silence in place of sound. */
    BLOCKED,
    PAUSED,
    /** It no longer listens, and recognises what remains. */
    FINISHING
  }

  /**
   * How to listen.
   *
   * @param stream the pause after which it finishes by itself, and the quiet at the beginning
   * @param search how words are looked for; hotwords that the model can't spell are left out
   * @param pcm where the sound is kept; what it holds already is recognised first. Null: nowhere
   */
  public record Options(Stream.Options stream, Search search, File pcm) {}

  /** Is told on the main thread what has changed; one of the last three is the last call. */
  public interface Listener {
    default void onState(State state) {}

    /** The loudness of the last tenth of a second: 0 is full scale, -100 silence. */
    default void onLevel(float dbfs) {}

    /** The first words have been heard. */
    default void onSpeech() {}

    /** The text so far; {@code stable} won't change, what follows it may. */
    default void onText(String stable, String moving) {}

    /** How many seconds of speech the model hasn't got to; 0: it keeps up. */
    default void onBehind(int seconds) {}

    void onFinal(Transcript transcript);

    /** After {@link Dictation#cancel}. */
    void onCancelled();

    /** It couldn't go on. What the file holds can be recognised later. */
    void onProblem(Problem problem, Throwable detail);
  }

  private static final int SECOND = Resampler.RATE;
  private static final int BLOCK = SECOND / 10;
  private static final float SILENCE_DBFS = -100;

  /** Beyond this the sound waits in the file and not in memory. */
  private static final int MOST_WAITING = 30 * SECOND;

  /** Less than this isn't worth a word: windows are run one by one. */
  private static final int BEHIND_FROM_SECONDS = 5;

  /** A pause counts only when it is heard in time: on a slow device it may be long over. */
  private static final int IN_TIME = 2 * SECOND;

  private final Context context;
  private final Engine engine;
  private final Installed installed;
  private final AudioInput input;
  private final Options options;
  private final Listener listener;
  private final Handler main = new Handler(Looper.getMainLooper());
  private final ExecutorService capture =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "malgwi-capture"));
  private final AtomicBoolean reportPosted = new AtomicBoolean();

  // Guarded by lock.
  private final Object lock = new Object();
  private PcmFile file;
  private Sound sound;

  /** Counts the stretches between pauses: a stretch that isn't the newest is to end. */
  private int stretch;

  private int capturing;
  private boolean loaded;
  private boolean blocked;
  private boolean paused;
  private boolean finishing;
  private boolean cancelled;
  private boolean spoken;
  private boolean pauseHeard;
  private float level = SILENCE_DBFS;
  private int behindSeconds;
  private Stream.Update text = new Stream.Update("", "");
  private Stream.Event last;
  private Problem problem;
  private Throwable problemDetail;

  // The main thread's: what the listener has been told.
  private State toldState;
  private float toldLevel = SILENCE_DBFS;
  private boolean toldSpeech;
  private Stream.Update toldText = text;
  private int toldBehind;
  private boolean over;

  public Dictation(
      Context context,
      Engine engine,
      Installed installed,
      AudioInput input,
      Options options,
      Listener listener) {
    this.context = context.getApplicationContext();
    this.engine = engine;
    this.installed = installed;
    this.input = input;
    this.options = options;
    this.listener = listener;
  }

  /** Begins to listen and to load the model; returns at once. To be called once. */
  public void start() {
    try {
      PcmFile opened =
          options.pcm == null ? PcmFile.nameless(context.getCacheDir()) : new PcmFile(options.pcm);
      synchronized (lock) {
        file = opened;
      }
    } catch (IOException e) {
      capture.shutdown();
      main.post(() -> end(() -> listener.onProblem(Problem.STORAGE_FULL, e)));
      return;
    }
    listen();
    new Thread(this::recognise, "malgwi-dictation").start();
  }

  /** Stops listening until {@link #resume}. */
  public void pause() {
    synchronized (lock) {
      if (paused || finishing || cancelled) {
        return;
      }
      paused = true;
      stopListening();
    }
    report();
  }

  /** Listens again. */
  public void resume() {
    synchronized (lock) {
      if (!paused || finishing || cancelled) {
        return;
      }
      paused = false;
    }
    listen();
    report();
  }

  /** Stops listening; the final text comes when all is recognised. */
  public void finish() {
    synchronized (lock) {
      if (finishing) {
        return;
      }
      finishing = true;
      stopListening();
    }
    report();
  }

  /** Ends without a text. */
  public void cancel() {
    synchronized (lock) {
      cancelled = true;
      stopListening();
    }
  }

  public State state() {
    synchronized (lock) {
      if (finishing) {
        return State.FINISHING;
      } else if (paused) {
        return State.PAUSED;
      } else if (blocked) {
        return State.BLOCKED;
      }
      return loaded ? State.LISTENING : State.LOADING;
    }
  }

  /** Samples recorded so far, at 16 kHz. */
  public long samples() {
    synchronized (lock) {
      return file == null ? 0 : file.samples();
    }
  }

  public Installed installed() {
    return installed;
  }

  private void stopListening() {
    stretch++;
    if (sound != null) {
      sound.stop();
    }
    lock.notifyAll();
  }

  // ---- sound into the file, on the capturing thread ----

  private void listen() {
    synchronized (lock) {
      int number = stretch;
      capturing++;
      capture.execute(() -> capture(number));
    }
  }

  private void capture(int number) {
    Process.setThreadPriority(Process.THREAD_PRIORITY_URGENT_AUDIO);
    try (Sound opened = input.open()) {
      synchronized (lock) {
        sound = opened;
        if (number != stretch) {
          opened.stop();
        }
      }
      takeAll(opened);
      synchronized (lock) {
        if (number == stretch) {
          finishing = true; // the sound ended by itself
        }
      }
    } catch (ProblemException e) {
      fail(e.problem(), e);
    } catch (IOException | RuntimeException e) {
      fail(Problem.UNEXPECTED, e);
    } finally {
      synchronized (lock) {
        sound = null;
        capturing--;
        level = SILENCE_DBFS;
        lock.notifyAll();
      }
      report();
    }
  }

  private void takeAll(Sound opened) throws IOException {
    float[] block = new float[BLOCK];
    int zeros = 0;
    long asked = 0;
    boolean silenced = false;
    int count;
    while ((count = opened.read(block)) >= 0) {
      try {
        file.append(block, count);
      } catch (IOException e) {
        throw new ProblemException(Problem.STORAGE_FULL, "the recording can't be written", e);
      }
      double power = 0;
      for (int i = 0; i < count; i++) {
        zeros = block[i] == 0 ? zeros + 1 : 0;
        power += block[i] * block[i];
      }
      if (file.samples() - asked >= SECOND) {
        asked = file.samples();
        silenced = opened.silenced();
      }
      synchronized (lock) {
        blocked = silenced || zeros >= SECOND;
        level = (float) Math.max(SILENCE_DBFS, 10 * Math.log10(power / Math.max(1, count)));
        lock.notifyAll();
      }
      report();
    }
  }

  private void fail(Problem found, Throwable detail) {
    synchronized (lock) {
      if (problem == null) {
        problem = found;
        problemDetail = detail;
      }
      cancelled = true;
      stopListening();
    }
  }

  // ---- from the file into the model, on a thread of its own ----

  private void recognise() {
    try {
      recogniseAll();
    } catch (IOException | RuntimeException e) {
      fail(Problem.MODEL_FAILED, e);
    } catch (InterruptedException e) {
      fail(Problem.UNEXPECTED, e);
    } finally {
      capture.shutdown();
      awaitCapture();
      closeFile();
      main.post(() -> end(this::tellLast));
    }
  }

  private void recogniseAll() throws IOException, InterruptedException {
    try (Lease lease = lease()) {
      if (lease == null) {
        return;
      }
      synchronized (lock) {
        loaded = true;
      }
      report();
      try (Stream stream = stream(lease)) {
        feed(stream);
      }
    }
  }

  /** Waits for the model; null when it isn't to come. */
  private Lease lease() throws InterruptedException {
    CompletableFuture<Lease> coming = engine.acquire(installed);
    CompletableFuture<Lease> unused = coming.whenComplete((lease, failure) -> wake());
    synchronized (lock) {
      while (!coming.isDone() && !cancelled) {
        lock.wait();
      }
      if (cancelled && coming.cancel(false)) {
        return null;
      }
    }
    try {
      return coming.join();
    } catch (CompletionException e) {
      fail(Problem.of(e), e.getCause());
      return null;
    }
  }

  private void wake() {
    synchronized (lock) {
      lock.notifyAll();
    }
  }

  /** A hotword that the model can't spell, or too many of them, aren't worth a recording. */
  private Stream stream(Lease lease) throws MalgwiException {
    Recognizer recognizer = lease.recognizer();
    List<String> hotwords = lease.spellable(options.search.hotwords());
    try {
      return recognizer.stream(
          options.stream, options.search.withHotwords(hotwords), this::onEvent);
    } catch (MalgwiException e) {
      return recognizer.stream(
          options.stream, options.search.withHotwords(List.of()), this::onEvent);
    }
  }

  private void feed(Stream stream) throws IOException, InterruptedException {
    long fed = 0;
    while (true) {
      float[] block = null;
      synchronized (lock) {
        long unfed = file.samples() - fed;
        long behind = unfed + stream.waitingSamples();
        setBehind(behind);
        if (cancelled) {
          stream.cancel();
          return;
        } else if (last != null) {
          return; // the stream has ended by itself
        } else if (pauseHeard && !finishing && behind < IN_TIME) {
          finish();
        } else if (unfed > 0 && stream.waitingSamples() < MOST_WAITING) {
          block = file.read(fed, BLOCK);
        } else if (finishing && capturing == 0 && unfed == 0) {
          stream.finish();
          lock.wait(100);
        } else {
          lock.wait(100);
        }
      }
      if (block != null) {
        stream.feed(block);
        fed += block.length;
      }
    }
  }

  private void setBehind(long samples) {
    int seconds = (int) (samples / SECOND);
    int said = seconds < BEHIND_FROM_SECONDS ? 0 : seconds;
    if (said != behindSeconds) {
      behindSeconds = said;
      report();
    }
  }

  /** On the stream's thread. */
  private void onEvent(Stream.Event event) {
    synchronized (lock) {
      if (event instanceof Stream.Update update) {
        text = update;
        spoken |= !update.text().isEmpty();
        pauseHeard = false;
      } else if (event instanceof Stream.Endpoint || event instanceof Stream.NoSpeech) {
        pauseHeard = true;
      } else {
        last = event;
      }
      lock.notifyAll();
    }
    report();
  }

  private void awaitCapture() {
    synchronized (lock) {
      while (capturing > 0) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  private void closeFile() {
    try {
      file.close();
    } catch (IOException e) {
      // Every block was written when it came.
    }
  }

  // ---- to the listener, on the main thread ----

  private void report() {
    if (reportPosted.compareAndSet(false, true)) {
      main.post(this::tell);
    }
  }

  private void tell() {
    reportPosted.set(false);
    State state;
    float nowLevel;
    boolean nowSpoken;
    Stream.Update nowText;
    int nowBehind;
    synchronized (lock) {
      if (over || cancelled) {
        return;
      }
      state = state();
      nowLevel = level;
      nowSpoken = spoken;
      nowText = text;
      nowBehind = behindSeconds;
    }
    // The end of listening comes after what was heard until then.
    if (state != State.FINISHING) {
      tellState(state);
    }
    if (nowLevel != toldLevel) {
      toldLevel = nowLevel;
      listener.onLevel(nowLevel);
    }
    if (nowSpoken && !toldSpeech) {
      toldSpeech = true;
      listener.onSpeech();
    }
    if (!nowText.equals(toldText)) {
      toldText = nowText;
      listener.onText(nowText.stable(), nowText.moving());
    }
    if (nowBehind != toldBehind) {
      toldBehind = nowBehind;
      listener.onBehind(nowBehind);
    }
    tellState(state);
  }

  private void tellState(State state) {
    if (state != toldState) {
      toldState = state;
      listener.onState(state);
    }
  }

  private void end(Runnable tellLast) {
    tell();
    over = true;
    tellLast.run();
  }

  private void tellLast() {
    Stream.Event event;
    Problem why;
    Throwable detail;
    synchronized (lock) {
      event = last;
      why = problem;
      detail = problemDetail;
    }
    if (why != null) {
      listener.onProblem(why, detail);
    } else if (event instanceof Stream.Final done) {
      listener.onFinal(done.transcript());
    } else if (event instanceof Stream.Failed failed) {
      listener.onProblem(Problem.MODEL_FAILED, failed.cause());
    } else {
      listener.onCancelled();
    }
  }
}
