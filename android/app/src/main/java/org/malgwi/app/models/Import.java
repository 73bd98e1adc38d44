package org.malgwi.app.models;

import android.os.Handler;
import android.os.Looper;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.function.Consumer;

/**
 * One import on its own thread, which a turned screen doesn't end. What it hears it tells on the
 * main thread, to whom listens at that time.
 */
final class Import {
  /** How far it is. */
  sealed interface State {}

  /** It runs; {@code share} of the stage is done, negative when that isn't known. */
  record Running(BundleStore.Stage stage, double share) implements State {}

  record Done(Installed installed) implements State {}

  record Failed(Refused reason) implements State {}

  record Cancelled() implements State {}

  private final Handler main = new Handler(Looper.getMainLooper());
  private final Thread thread;
  private final String file;
  private State state = new Running(BundleStore.Stage.COPYING, -1);
  private Consumer<State> listener;

  /**
   * Begins.
   *
   * @param file its name, for people
   * @param in is closed at the end
   * @param size in bytes; -1 when that isn't known
   */
  Import(BundleStore store, String file, InputStream in, long size) {
    this.file = file;
    thread = new Thread(() -> run(store, in, size), "import");
    thread.start();
  }

  String file() {
    return file;
  }

  /** Main thread only; tells the state at once, and every later one; null ends it. */
  void listen(Consumer<State> next) {
    listener = next;
    if (next != null) {
      next.accept(state);
    }
  }

  void cancel() {
    thread.interrupt();
  }

  private void run(BundleStore store, InputStream in, long size) {
    try (InputStream closed = in) {
      tell(new Done(store.add(closed, size, (stage, share) -> tell(new Running(stage, share)))));
    } catch (Refused e) {
      tell(new Failed(e));
    } catch (InterruptedIOException e) {
      tell(new Cancelled());
    } catch (IOException e) {
      // Closing what was read to its end: all is in place, and has been told.
      return;
    }
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
