package org.malgwi.android;

import android.os.Handler;
import android.os.Looper;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.malgwi.android.internal.Capture;
import org.malgwi.core.LiveStream;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.Recognizer;
import org.malgwi.core.Resampler;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;

/**
 * One stretch of speech on its way to its text: sound goes into the model as it comes. It ends by a
 * pause, {@link #finish}, {@link #cancel} or a failure. Every method may be called from any thread.
 *
 * <p>What the model hasn't got to waits in memory, for five minutes at most: this is for what is
 * spoken in one go, not for hours.
 */
public final class Listening {
  /**
   * Is told on the main thread, and of the newest state only: a screen that is slow gets fewer
   * calls, not older ones. One of the last three is the last call.
   */
  public interface Listener {
    /** The sound begins. */
    default void onReady() {}

    /**
     * The loudness has changed.
     *
     * @param dbfs of the last tenth of a second: 0 is full scale, -100 silence
     */
    default void onLevel(float dbfs) {}

    /**
     * The system has begun to give silence in place of sound, or has ended that: the privacy
     * switch, a call, another app. Listening goes on.
     *
     * @param blocked whether it does
     */
    default void onBlocked(boolean blocked) {}

    /**
     * The text so far has changed.
     *
     * @param stable won't change any more
     * @param moving what follows it; may change altogether
     */
    default void onText(String stable, String moving) {}

    /**
     * The end: all is recognised.
     *
     * @param transcript of what was heard; its text is empty where nobody spoke
     */
    void onFinal(Transcript transcript);

    /** The end, after {@link Listening#cancel}. */
    void onCancelled();

    /**
     * The end: it couldn't go on.
     *
     * @param why what was thrown; {@link MicrophoneException} says what is wrong with the
     *     microphone
     */
    void onFailed(Throwable why);
  }

  /** A pause counts only when it is heard in time: on a slow device it may be long over. */
  private static final int IN_TIME = 2 * Resampler.RATE;

  private static final LiveStream.Update NO_TEXT = new LiveStream.Update("", "");

  private final Listener listener;
  private final Capture capture;
  private final Handler main = new Handler(Looper.getMainLooper());
  private final AtomicBoolean posted = new AtomicBoolean();

  // Guarded by this.
  private @Nullable LiveStream stream;
  private LiveStream.Update text = NO_TEXT;
  private boolean opened;
  private boolean pauseHeard;
  private boolean cancelled;
  private LiveStream.@Nullable Event last;

  // The main thread's: what the listener has been told.
  private boolean toldReady;
  private boolean toldBlocked;
  private float toldLevel = Capture.SILENCE_DBFS;
  private LiveStream.Update toldText = NO_TEXT;
  private boolean over;

  Listening(AudioInput input, Listener listener) {
    this.listener = listener;
    this.capture = new Capture(input, this::take, new Captured());
  }

  /** To be called once. */
  void begin(Recognizer recognizer, LiveStream.Options options, Search search) {
    synchronized (this) {
      try {
        stream = recognizer.stream(options, search, this::onEvent);
      } catch (MalgwiException e) {
        last = new LiveStream.Failed(e);
        report();
        return;
      }
    }
    capture.listen();
  }

  /** Stops listening; the final text comes when all is recognised. May be called twice. */
  public void finish() {
    capture.stop();
  }

  /**
   * Ends without a text. May be called twice; after {@link #finish} too. Of what the listener
   * hasn't been told by then only {@link Listener#onCancelled} comes, whatever the end would have
   * been.
   */
  public void cancel() {
    synchronized (this) {
      cancelled = true;
    }
    abandon();
  }

  private void abandon() {
    synchronized (this) {
      if (stream != null) {
        stream.cancel();
      }
    }
    capture.stop();
  }

  /** On the thread of the capture. */
  private void take(float[] samples, int count) {
    LiveStream now;
    synchronized (this) {
      now = stream;
    }
    if (now != null && !now.feed(samples, count)) {
      capture.stop(); // the stream has ended by itself
    }
    stopAtPause();
  }

  private void stopAtPause() {
    LiveStream now;
    synchronized (this) {
      now = pauseHeard ? stream : null;
    }
    if (now != null && now.waitingSamples() < IN_TIME) {
      capture.stop();
    }
  }

  private void fail(Throwable why) {
    synchronized (this) {
      if (last == null) {
        last = new LiveStream.Failed(why);
      }
    }
    abandon();
    report();
  }

  /** On the stream's thread. */
  private void onEvent(LiveStream.Event event) {
    synchronized (this) {
      if (event instanceof LiveStream.Update update) {
        text = update;
        pauseHeard = false;
      } else if (!event.isTerminal()) {
        pauseHeard = true; // after speech, or from the beginning
      } else if (last == null) {
        last = event;
      }
    }
    if (event.isTerminal()) {
      capture.stop();
    } else {
      stopAtPause();
    }
    report();
  }

  /** What the capture tells, on its thread. */
  private final class Captured implements Capture.Listener {
    @Override
    public void onOpened() {
      synchronized (Listening.this) {
        opened = true;
      }
      report();
    }

    @Override
    public void onBlock() {
      report();
    }

    @Override
    public void onEnd() {}

    @Override
    public void onFailure(Exception why) {
      fail(why);
    }

    @Override
    public void onClosed() {
      synchronized (Listening.this) {
        if (stream != null) {
          stream.finish();
        }
      }
      capture.close(); // its thread ends with this task
    }
  }

  private void report() {
    if (posted.compareAndSet(false, true)) {
      main.post(this::tell);
    }
  }

  /** On the main thread. */
  private void tell() {
    posted.set(false);
    boolean ready;
    LiveStream.Update newest;
    boolean unwanted;
    LiveStream.Event end;
    synchronized (this) {
      ready = opened;
      newest = text;
      unwanted = cancelled;
      end = last;
    }
    if (over) {
      return;
    }
    if (unwanted) {
      if (end != null) {
        over = true;
        listener.onCancelled();
      }
      return;
    }
    if (ready && !toldReady) {
      toldReady = true;
      listener.onReady();
    }
    if (capture.isBlocked() != toldBlocked) {
      toldBlocked = !toldBlocked;
      listener.onBlocked(toldBlocked);
    }
    if (capture.level() != toldLevel) {
      toldLevel = capture.level();
      listener.onLevel(toldLevel);
    }
    if (!newest.equals(toldText)) {
      toldText = newest;
      listener.onText(newest.stable(), newest.moving());
    }
    if (end != null) {
      over = true;
      tellLast(end);
    }
  }

  private void tellLast(LiveStream.Event end) {
    if (end instanceof LiveStream.Final done) {
      listener.onFinal(done.transcript());
    } else if (end instanceof LiveStream.Failed failed) {
      listener.onFailed(failed.cause());
    } else {
      listener.onCancelled();
    }
  }
}
