package org.malgwi.app.backup;

import android.content.ContentResolver;
import android.content.Context;
import android.net.Uri;
import android.os.Handler;
import android.os.Looper;
import android.provider.DocumentsContract;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.malgwi.app.history.History;
import org.malgwi.app.history.Incoming;
import org.malgwi.app.platform.Awake;

/**
 * Saves and restores back-ups, one at a time, on a thread of its own, which goes on when the screen
 * is left. Main thread only.
 */
public final class Backups {
  /** Holds the only one of this process: the application. */
  public interface Owner {
    Backups backups();
  }

  /** The one of this process. */
  static Backups of(Context context) {
    return ((Owner) context.getApplicationContext()).backups();
  }

  /** What is going on. */
  sealed interface State {}

  /** Nothing, or what came of the last one was seen. */
  record Idle() implements State {}

  /**
   * It works.
   *
   * @param share of it that is done; negative while that isn't known
   */
  record Running(boolean restoring, double share) implements State {}

  /** It is saved. */
  record Saved(BackupWriter.Written records) implements State {}

  record Restored(Incoming.Added records) implements State {}

  /**
   * It can be restored once its password is known.
   *
   * @param wrong one was given, and it wasn't that
   */
  record Locked(Uri from, boolean wrong) implements State {}

  /**
   * It came to nothing, and left nothing.
   *
   * @param detail the technical side
   */
  record Failed(boolean restoring, BackupProblem problem, String detail) implements State {}

  private final Context context;
  private final History history;
  private final Awake awake;
  private final Handler main = new Handler(Looper.getMainLooper());
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(work -> new Thread(work, "backup"));
  private final List<Runnable> listeners = new ArrayList<>();
  private State state = new Idle();
  private volatile int percent;
  private boolean watched;
  private volatile boolean cancelled;
  private volatile Thread working;

  /**
   * Does nothing yet.
   *
   * @param context the application
   */
  public Backups(Context context, History history) {
    this.context = context;
    this.history = history;
    awake = new Awake(context, "backup");
  }

  /** What a thread does until it is over. */
  @FunctionalInterface
  private interface Work {
    State run() throws IOException;
  }

  /**
   * Saves the history to a document that the user chose.
   *
   * @param password null: not sealed
   */
  void save(Uri to, char[] password) {
    begin(false, () -> write(to, password));
  }

  /**
   * Adds what a back-up holds.
   *
   * @param password null where none was given yet
   */
  void restore(Uri from, char[] password) {
    begin(true, () -> read(from, password));
  }

  private void begin(boolean restoring, Work work) {
    if (state instanceof Running) {
      return;
    }
    cancelled = false;
    percent = -1;
    tell(new Running(restoring, -1));
    awake.hold();
    BackupService.start(context);
    thread.execute(
        () -> {
          Thread.interrupted(); // meant for the one before
          working = Thread.currentThread();
          State end = end(restoring, work);
          working = null;
          main.post(
              () -> {
                awake.letGo();
                tell(end);
              });
        });
  }

  private State end(boolean restoring, Work work) {
    try {
      return work.run();
    } catch (IOException | RuntimeException e) {
      if (cancelled) {
        return new Idle();
      }
      if (e instanceof BackupException known) {
        return new Failed(restoring, known.problem(), known.getMessage());
      }
      // Whatever a document's app throws.
      return new Failed(
          restoring,
          restoring ? BackupProblem.UNREADABLE : BackupProblem.UNWRITABLE,
          String.valueOf(e.getMessage()));
    }
  }

  private void progress(boolean restoring, double share) throws InterruptedIOException {
    if (cancelled) {
      throw new InterruptedIOException("it was cancelled");
    }
    int now = share < 0 ? -1 : (int) (100 * share);
    if (now != percent) {
      percent = now;
      main.post(
          () -> {
            if (state instanceof Running) {
              tell(new Running(restoring, share));
            }
          });
    }
  }

  private State write(Uri to, char[] password) throws IOException {
    ContentResolver resolver = context.getContentResolver();
    boolean opened = false;
    try (OutputStream out = resolver.openOutputStream(to, "wt")) {
      if (out == null) {
        throw new FileNotFoundException(to.getAuthority() + " gives no file to write to");
      }
      opened = true; // what was in it is gone
      return new Saved(
          new BackupWriter(history, share -> progress(false, share)).write(out, password));
    } catch (IOException | RuntimeException e) {
      Thread.interrupted(); // it still has something to do
      if (opened) {
        forget(resolver, to);
      } else {
        forgetEmpty(resolver, to);
      }
      throw e;
    }
  }

  /**
   * Takes a document away that was never written to: the picker made it, and it is empty. One with
   * anything in it is a file of the user's that was to be written over, and stays.
   */
  static void forgetEmpty(ContentResolver resolver, Uri document) {
    try (InputStream in = resolver.openInputStream(document)) {
      if (in != null && in.read() < 0) {
        DocumentsContract.deleteDocument(resolver, document);
      }
    } catch (IOException | RuntimeException e) {
      // Who can't see what is in it leaves it.
    }
  }

  /** Takes a document away that would be half a back-up. */
  private static void forget(ContentResolver resolver, Uri document) {
    try {
      if (DocumentsContract.deleteDocument(resolver, document)) {
        return;
      }
    } catch (IOException | RuntimeException e) {
      // Its app can't; then it is at least empty.
    }
    try {
      OutputStream out = resolver.openOutputStream(document, "wt");
      if (out != null) {
        out.close(); // empty, it is none to a restore
      }
    } catch (IOException | RuntimeException e) {
      // It lacks its end, which a restore says, too.
    }
  }

  private State read(Uri from, char[] password) throws IOException {
    try (InputStream in = context.getContentResolver().openInputStream(from)) {
      if (in == null) {
        throw new FileNotFoundException(from.getAuthority() + " gives no bytes to read");
      }
      BackupReader reader =
          new BackupReader(
              history,
              () -> context.getFilesDir().getUsableSpace(),
              share -> progress(true, share));
      return new Restored(reader.read(in, password));
    } catch (BackupException e) {
      if (e.problem() == BackupProblem.LOCKED || e.problem() == BackupProblem.WRONG_PASSWORD) {
        return new Locked(from, e.problem() == BackupProblem.WRONG_PASSWORD);
      }
      throw e;
    }
  }

  /** Ends what is going on; it leaves nothing. */
  void cancel() {
    cancelled = true;
    Thread now = working;
    if (now != null) {
      now.interrupt(); // out of another app's pipe
    }
  }

  State state() {
    return state;
  }

  /** What came of the last one was seen. */
  void forgetLast() {
    if (!(state instanceof Running)) {
      tell(new Idle());
    }
  }

  /** Whether a screen shows all this now. */
  void watch(boolean now) {
    watched = now;
  }

  boolean isWatched() {
    return watched;
  }

  /** Calls {@code listener} after every change. */
  void listen(Runnable listener) {
    listeners.add(listener);
  }

  void unlisten(Runnable listener) {
    listeners.remove(listener);
  }

  private void tell(State next) {
    state = next;
    List.copyOf(listeners).forEach(Runnable::run);
  }
}
