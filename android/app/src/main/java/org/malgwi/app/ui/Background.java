package org.malgwi.app.ui;

import android.os.Handler;
import android.os.Looper;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/**
 * A screen's own thread for what touches the disk. Results come back on the main thread, until the
 * screen has gone. Main thread only.
 */
public final class Background {
  private final ExecutorService thread;
  private final Handler main = new Handler(Looper.getMainLooper());
  private boolean closed;

  /**
   * @param name of the thread
   */
  public Background(String name) {
    thread = Executors.newSingleThreadExecutor(work -> new Thread(work, name));
  }

  /** Does {@code work} after what was asked for before, then says what came of it. */
  public <T> void run(Callable<T> work, Consumer<T> done, Consumer<Exception> failed) {
    if (closed) {
      return;
    }
    thread.execute(
        () -> {
          try {
            T result = work.call();
            tell(() -> done.accept(result));
          } catch (Exception e) {
            tell(() -> failed.accept(e));
          }
        });
  }

  private void tell(Runnable what) {
    main.post(
        () -> {
          if (!closed) {
            what.run();
          }
        });
  }

  /** Finishes what was asked for, but tells nobody. */
  public void close() {
    closed = true;
    thread.shutdown();
  }
}
