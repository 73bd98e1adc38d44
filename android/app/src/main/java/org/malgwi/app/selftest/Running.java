package org.malgwi.app.selftest;

import android.content.Context;
import android.os.Handler;
import android.os.Looper;
import java.util.function.Consumer;
import org.malgwi.app.models.Installed;

/** One self-test on its own thread, which a turned screen doesn't end. Main thread only. */
final class Running {
  /**
   * How far it is.
   *
   * @param report null until it is done
   */
  record State(Step step, int secondsLeft, Report report) {}

  private final Handler main = new Handler(Looper.getMainLooper());
  private final Thread thread;
  private State state;
  private Consumer<State> listener;

  /** Begins. */
  Running(Context context, Installed installed, boolean sustained) {
    SelfTest test = new SelfTest(context, installed, sustained, this::tell);
    state = new State(Step.HASHES, test.seconds(), null);
    thread = new Thread(() -> run(test), "self-test");
    thread.start();
  }

  /** Tells the state at once, and every later one; null ends it. */
  void listen(Consumer<State> next) {
    listener = next;
    if (next != null) {
      next.accept(state);
    }
  }

  boolean isDone() {
    return state.report() != null;
  }

  void cancel() {
    listener = null;
    thread.interrupt();
  }

  private void run(SelfTest test) {
    try {
      tell(new State(null, 0, test.run()));
    } catch (InterruptedException e) {
      // Nobody waits for it.
      return;
    }
  }

  private void tell(Step step, int secondsLeft) {
    tell(new State(step, secondsLeft, null));
  }

  private void tell(State next) {
    main.post(
        () -> {
          state = next;
          if (listener != null) {
            listener.accept(next);
          }
        });
  }
}
