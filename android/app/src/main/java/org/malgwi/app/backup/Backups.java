package org.malgwi.app.backup;

import android.content.Context;
import android.net.Uri;
import android.os.Handler;
import android.os.Looper;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
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
  private final LongSupplier freeBytes;
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
    this(context, history, () -> context.getFilesDir().getUsableSpace());
  }

  /**
   * @param freeBytes space that is left on this phone
   */
  Backups(Context context, History history, LongSupplier freeBytes) {
    this.context = context;
    this.history = history;
    this.freeBytes = freeBytes;
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
   * @return false where another one is still going on: then this isn't begun
   */
  boolean save(Uri to, char[] password) {
    return begin(false, () -> write(to, password));
  }

  /**
   * Adds what a back-up holds.
   *
   * @param password null where none was given yet
   * @return false where another one is still going on: then this isn't begun
   */
  boolean restore(Uri from, char[] password) {
    return begin(true, () -> read(from, password));
  }

  private boolean begin(boolean restoring, Work work) {
    if (state instanceof Running) {
      return false;
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
    return true;
  }

  private State end(boolean restoring, Work work) {
    try {
      return work.run();
    } catch (IOException | RuntimeException e) {
      boolean isLost =
          e instanceof BackupException lost && lost.problem() == BackupProblem.OVERWRITTEN;
      if (cancelled && !isLost) {
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
    BackupDocument document = new BackupDocument(context.getContentResolver(), to);
    boolean isNew = document.isEmpty();
    try {
      List<Archive.Planned> plan = BackupWriter.plan(history);
      Archive.checkCount(plan.size());
      if (!isNew) {
        checkRoom(plan);
      }
    } catch (IOException | RuntimeException e) {
      document.forgetEmpty();
      throw e;
    }
    return new Saved(
        isNew
            ? document.write(out -> writer(share -> progress(false, share)).write(out, password))
            : replace(document, password));
  }

  private BackupWriter writer(Progress told) {
    return new BackupWriter(history, told);
  }

  /**
   * Writes the back-up to a file without a name, which is gone with the process, and only when it
   * is whole to the document: an older back-up in it isn't lost for half of a new one.
   */
  private BackupWriter.Written replace(BackupDocument document, char[] password)
      throws IOException {
    File path = File.createTempFile("backup", null, context.getCacheDir());
    try (RandomAccessFile whole = new RandomAccessFile(path, "rw")) {
      if (!path.delete()) {
        path.deleteOnExit();
      }
      BackupWriter.Written written =
          writer(share -> progress(false, share / 2))
              .write(new FileOutputStream(whole.getFD()), password);
      long bytes = whole.length();
      whole.seek(0);
      Archive.Copy copy = new Archive.Copy(share -> progress(false, (1 + share) / 2), bytes);
      document.write(out -> copy.run(new FileInputStream(whole.getFD()), out, bytes));
      return written;
    }
  }

  private void checkRoom(List<Archive.Planned> plan) throws BackupException {
    long needed = plan.stream().mapToLong(Archive.Planned::work).sum() + Archive.SPARE;
    long free = freeBytes.getAsLong();
    if (free < needed) {
      throw new BackupException(
          BackupProblem.NO_ROOM,
          "about " + needed / 1_000_000 + " MB are needed; " + free / 1_000_000 + " are free");
    }
  }

  private State read(Uri from, char[] password) throws IOException {
    try (InputStream in = context.getContentResolver().openInputStream(from)) {
      if (in == null) {
        throw new FileNotFoundException(from.getAuthority() + " gives no bytes to read");
      }
      BackupReader reader = new BackupReader(history, freeBytes, share -> progress(true, share));
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
