package org.malgwi.app.listen;

import android.content.Context;
import java.io.File;
import java.io.IOException;
import org.malgwi.android.AudioInput;
import org.malgwi.android.internal.Capture;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.platform.Awake;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.problem.ProblemException;
import org.malgwi.app.sound.PcmFile;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;

/**
 * One recording, from its first sample to its text.
 *
 * <p>Sound goes into a file as it arrives, and from there into a {@link LiveStream}: so nothing is
 * lost while the model loads or where it is slower than the speech, and memory doesn't grow. It
 * ends by {@link #finish}, by the pause that the options ask for, or where the sound ends; or by
 * {@link #cancel} or a problem, without a text.
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
  public record Options(LiveStream.Options stream, Search search, File pcm) {}

  /** Is told on the main thread what has changed; one of the last three is the last call. */
  public interface Listener {
    default void onState(State state) {}

    /** The sound begins. */
    default void onReady() {}

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

  private final Context context;
  private final Engine engine;
  private final Installed installed;
  private final AudioInput input;
  private final Options options;
  private final Awake awake;
  private final Teller teller;

  // Guarded by lock; the last three are there from the start on.
  private final Object lock = new Object();
  private boolean paused;
  private boolean held;
  private boolean finishing;
  private boolean cancelled;
  private boolean over;
  private Problem problem;
  private Throwable problemDetail;
  private PcmFile file;
  private Capture capture;
  private Recognition recognition;

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
    this.awake = new Awake(this.context, "dictation");
    this.teller = new Teller(listener, this::news);
  }

  /** Begins to listen and to load the model; returns at once. To be called once. */
  public void start() {
    synchronized (lock) {
      try {
        file =
            options.pcm == null
                ? PcmFile.nameless(context.getCacheDir())
                : new PcmFile(options.pcm);
      } catch (IOException e) {
        cancelled = true;
        teller.tellLast(listener -> listener.onProblem(Problem.STORAGE_FULL, e));
        return;
      }
      recognition =
          new Recognition(
              engine,
              installed,
              file,
              options.stream,
              options.search,
              () -> Platform.isStrained(context),
              new Recognised());
      capture = new Capture(input, this::keep, new Captured());
      capture.listen();
    }
    new Thread(this::recognise, "malgwi-dictation").start();
  }

  /** On the thread of the capture. */
  private void keep(float[] samples, int count) throws ProblemException {
    try {
      file.append(samples, count);
    } catch (IOException e) {
      throw new ProblemException(Problem.STORAGE_FULL, "the recording can't be written", e);
    }
  }

  /** Stops listening until {@link #resume}. */
  public void pause() {
    synchronized (lock) {
      if (paused || finishing || cancelled) {
        return;
      }
      paused = true;
      capture.stop();
    }
    teller.report();
  }

  /** Listens again. */
  public void resume() {
    synchronized (lock) {
      if (!paused || finishing || cancelled) {
        return;
      }
      paused = false;
      capture.listen();
    }
    teller.report();
  }

  /** While it is held, no pause ends it; one that is over by then doesn't either. */
  public void hold(boolean now) {
    synchronized (lock) {
      held = now;
    }
  }

  /** Stops listening; the final text comes when all is recognised. */
  public void finish() {
    synchronized (lock) {
      if (finishing || cancelled) {
        return;
      }
      finishing = true;
      stayAwake();
      capture.stop();
      endIfWhole();
    }
    teller.report();
  }

  /** Ends without a text. */
  public void cancel() {
    synchronized (lock) {
      cancelled = true;
      if (capture != null) {
        capture.stop();
        recognition.cancel();
      }
    }
  }

  public State state() {
    synchronized (lock) {
      if (finishing) {
        return State.FINISHING;
      } else if (paused) {
        return State.PAUSED;
      } else if (capture != null && capture.isBlocked()) {
        return State.BLOCKED;
      }
      return recognition != null && recognition.isLoaded() ? State.LISTENING : State.LOADING;
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

  /** Until the text is there; while it listens, the microphone sees to that. Holding the lock. */
  private void stayAwake() {
    if (!over) {
      awake.hold();
    }
  }

  /** Holding the lock. */
  private void endIfWhole() {
    if (finishing && capture.isIdle()) {
      recognition.end();
    }
  }

  private void fail(Problem found, Throwable detail) {
    synchronized (lock) {
      if (problem == null) {
        problem = found;
        problemDetail = detail;
      }
      cancel();
    }
  }

  /** From the file into the model, on a thread of its own. */
  private void recognise() {
    try {
      recognition.run();
    } catch (ProblemException e) {
      fail(e.problem(), e.getCause());
    } catch (IOException | RuntimeException e) {
      fail(Problem.MODEL_FAILED, e);
    } catch (InterruptedException e) {
      fail(Problem.UNEXPECTED, e);
    } finally {
      capture.close();
      closeFile();
      synchronized (lock) {
        over = true;
        awake.letGo();
      }
      teller.tellLast(this::tellLast);
    }
  }

  private void closeFile() {
    try {
      file.close();
    } catch (IOException e) {
      // Every block was written when it came.
    }
  }

  /** What the capture tells, on its thread. */
  private final class Captured implements Capture.Listener {
    @Override
    public void onOpened() {
      teller.tellReady();
    }

    @Override
    public void onBlock() {
      recognition.wake();
      teller.report();
    }

    @Override
    public void onEnd() {
      synchronized (lock) {
        finishing = true;
        stayAwake();
      }
    }

    @Override
    public void onFailure(Exception why) {
      fail(Problem.of(why), why);
    }

    @Override
    public void onClosed() {
      synchronized (lock) {
        endIfWhole();
      }
      teller.report();
    }
  }

  /** What the recognition tells. */
  private final class Recognised implements Recognition.Listener {
    @Override
    public void onChange() {
      teller.report();
    }

    @Override
    public void onPause() {
      boolean goesOn;
      synchronized (lock) {
        goesOn = held;
      }
      if (!goesOn) {
        finish();
      }
    }
  }

  // ---- to the listener, on the main thread ----

  /** What the listener is to know by now; null once it isn't to be told any more. */
  private Teller.News news() {
    synchronized (lock) {
      return cancelled
          ? null
          : new Teller.News(
              state(),
              capture.level(),
              recognition.hasSpoken(),
              recognition.text(),
              recognition.behindSeconds());
    }
  }

  private void tellLast(Listener listener) {
    Problem why;
    Throwable detail;
    synchronized (lock) {
      why = problem;
      detail = problemDetail;
    }
    LiveStream.Event event = recognition.last();
    if (why != null) {
      listener.onProblem(why, detail);
    } else if (event instanceof LiveStream.Final done) {
      listener.onFinal(done.transcript());
    } else if (event instanceof LiveStream.Failed failed) {
      listener.onProblem(Problem.MODEL_FAILED, failed.cause());
    } else {
      listener.onCancelled();
    }
  }
}
