package org.malgwi.app.listen;

import android.os.Handler;
import android.os.Looper;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.malgwi.android.internal.Capture;
import org.malgwi.core.LiveStream;

/**
 * Tells a {@link Dictation.Listener} on the main thread what has changed since it was last told,
 * and of the newest state only: a screen that is slow gets fewer calls, not older ones. Its methods
 * may be called from any thread.
 */
final class Teller {
  static final LiveStream.Update NO_TEXT = new LiveStream.Update("", "");

  /** All that a listener is to know. */
  record News(
      Dictation.State state,
      float level,
      boolean spoken,
      LiveStream.Update text,
      int behindSeconds) {}

  private final Dictation.Listener listener;
  private final Supplier<News> newest;
  private final Handler main = new Handler(Looper.getMainLooper());
  private final AtomicBoolean posted = new AtomicBoolean();

  // The main thread's: what the listener has been told.
  private Dictation.State toldState;
  private float toldLevel = Capture.SILENCE_DBFS;
  private boolean toldSpeech;
  private LiveStream.Update toldText = NO_TEXT;
  private int toldBehind;
  private boolean over;

  /**
   * @param newest asked on the main thread; gives null when nothing is to be told any more
   */
  Teller(Dictation.Listener listener, Supplier<News> newest) {
    this.listener = listener;
    this.newest = newest;
  }

  /** Something has changed. */
  void report() {
    if (posted.compareAndSet(false, true)) {
      main.post(this::tell);
    }
  }

  /** The sound begins. */
  void tellReady() {
    main.post(
        () -> {
          if (!over && newest.get() != null) {
            listener.onReady();
          }
        });
  }

  /** Tells what is still to be told, then {@code lastCall}, then nothing. */
  void tellLast(Consumer<Dictation.Listener> lastCall) {
    main.post(
        () -> {
          tell();
          over = true;
          lastCall.accept(listener);
        });
  }

  private void tell() {
    posted.set(false);
    News news = over ? null : newest.get();
    if (news == null) {
      return;
    }
    // The end of listening comes after what was heard until then.
    if (news.state != Dictation.State.FINISHING) {
      tellState(news.state);
    }
    if (news.level != toldLevel) {
      toldLevel = news.level;
      listener.onLevel(news.level);
    }
    if (news.spoken && !toldSpeech) {
      toldSpeech = true;
      listener.onSpeech();
    }
    if (!news.text.equals(toldText)) {
      toldText = news.text;
      listener.onText(news.text.stable(), news.text.moving());
    }
    if (news.behindSeconds != toldBehind) {
      toldBehind = news.behindSeconds;
      listener.onBehind(news.behindSeconds);
    }
    tellState(news.state);
  }

  private void tellState(Dictation.State state) {
    if (state != toldState) {
      toldState = state;
      listener.onState(state);
    }
  }
}
