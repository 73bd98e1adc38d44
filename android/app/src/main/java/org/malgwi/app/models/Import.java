package org.malgwi.app.models;

import android.content.ContentResolver;
import android.content.Context;
import android.content.pm.PackageManager;
import android.content.pm.ProviderInfo;
import android.database.Cursor;
import android.net.Uri;
import android.os.Handler;
import android.os.Looper;
import android.provider.OpenableColumns;
import android.widget.Toast;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.malgwi.android.Refused;
import org.malgwi.android.internal.Intake;
import org.malgwi.app.R;

/**
 * One import on its own thread, which neither a turned screen ends nor one that is left. What it
 * hears it tells on the main thread, to whom listens at that time; when nobody does, its end is
 * said by a toast.
 */
final class Import {
  /** How far it is. */
  sealed interface State {}

  /**
   * It waits for {@link #confirm}: nothing was read yet but what the file's owner says of it.
   *
   * @param file its name, for people; null while, or if, it isn't known
   * @param size in bytes; -1 while, or if, it isn't known
   * @param from whose file it is, for people
   */
  record Asking(String file, long size, String from) implements State {}

  /**
   * It runs.
   *
   * @param file its name, for people; null while, or if, it isn't known
   * @param share of the stage that is done; negative when that isn't known
   */
  record Running(String file, Intake.Stage stage, double share) implements State {}

  record Done(Installed installed) implements State {}

  record Failed(Refused reason) implements State {}

  record Cancelled() implements State {}

  private final Context context;
  private final Uri uri;
  private final Handler main = new Handler(Looper.getMainLooper());
  private final CountDownLatch confirmed;
  private final Thread thread = new Thread(this::run, "import");
  private volatile boolean cancelled;
  private State state;
  private Consumer<State> listener;

  /**
   * Begins.
   *
   * @param context the application
   * @param chosen by the user in this app; what comes from another app is asked about first
   */
  Import(Context context, Uri uri, boolean chosen) {
    this.context = context;
    this.uri = uri;
    confirmed = new CountDownLatch(chosen ? 0 : 1);
    state =
        chosen
            ? new Running(null, Intake.Stage.COPYING, -1)
            : new Asking(null, -1, owner(context, uri));
    thread.start();
  }

  /** The user wants it. */
  void confirm() {
    confirmed.countDown();
  }

  /** Main thread only; tells the state at once, and every later one; null ends it. */
  void listen(Consumer<State> next) {
    listener = next;
    if (next != null) {
      next.accept(state);
    }
  }

  void cancel() {
    cancelled = true;
    thread.interrupt();
  }

  /** What other apps' code does with an interrupt nobody knows. */
  private void interruptIfCancelled() {
    if (cancelled) {
      thread.interrupt();
    }
  }

  /** Its screen is left: what was confirmed goes on, what wasn't ends. */
  void leave() {
    listen(null);
    if (confirmed.getCount() > 0) {
      cancel();
    }
  }

  private void run() {
    ContentResolver resolver = context.getContentResolver();
    FileFacts facts = FileFacts.of(resolver, uri);
    if (confirmed.getCount() > 0) {
      tell(new Asking(facts.name(), facts.size(), owner(context, uri)));
    }
    try {
      interruptIfCancelled();
      confirmed.await();
    } catch (InterruptedException e) {
      tell(new Cancelled());
      return;
    }
    Intake.Progress progress = (stage, share) -> tell(new Running(facts.name(), stage, share));
    progress.at(Intake.Stage.COPYING, -1);
    try (InputStream in = open(resolver, uri)) {
      interruptIfCancelled();
      tell(new Done(BundleStore.of(context).add(in, facts.size(), progress)));
    } catch (Refused e) {
      tell(new Failed(e));
    } catch (InterruptedIOException e) {
      tell(new Cancelled());
    } catch (IOException e) {
      // Closing what was read to its end: all is in place, and has been told.
      return;
    }
  }

  /** The app whose file it is, by its name for people, else by the address's. */
  private static String owner(Context context, Uri uri) {
    String authority = String.valueOf(uri.getAuthority());
    PackageManager packages = context.getPackageManager();
    ProviderInfo provider = packages.resolveContentProvider(authority, 0);
    return provider == null ? authority : provider.applicationInfo.loadLabel(packages).toString();
  }

  private static InputStream open(ContentResolver resolver, Uri uri) throws Refused {
    Exception reason = null;
    // A file:// address from outside could name the app's own files.
    if (ContentResolver.SCHEME_CONTENT.equals(uri.getScheme())) {
      try {
        InputStream in = resolver.openInputStream(uri);
        if (in != null) {
          return in;
        }
      } catch (IOException | RuntimeException e) {
        reason = e; // another app's provider can throw anything
      }
    }
    String detail = uri.getScheme() + "://" + uri.getAuthority() + " gave no bytes to read";
    throw new Refused(Refused.Reason.UNREADABLE, detail, reason);
  }

  /** What the file's owner says of it; name null and size -1 when it doesn't. */
  private record FileFacts(String name, long size) {
    static FileFacts of(ContentResolver resolver, Uri uri) {
      String[] columns = {OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE};
      try (Cursor row = resolver.query(uri, columns, null, null, null)) {
        if (row != null && row.moveToFirst()) {
          int name = row.getColumnIndex(OpenableColumns.DISPLAY_NAME);
          int size = row.getColumnIndex(OpenableColumns.SIZE);
          return new FileFacts(
              name < 0 ? null : row.getString(name),
              size < 0 || row.isNull(size) ? -1 : row.getLong(size));
        }
      } catch (RuntimeException e) {
        // Both are only for show, and for an early word about space.
      }
      return new FileFacts(null, -1);
    }
  }

  private void tell(State next) {
    main.post(
        () -> {
          state = next;
          if (listener != null) {
            listener.accept(next);
          } else if (next instanceof Done done) {
            say(context.getString(R.string.import_added, done.installed().name()));
          } else if (next instanceof Failed failed && !cancelled) {
            say(context.getString(Sentences.of(failed.reason().reason())));
          }
        });
  }

  private void say(String sentence) {
    Toast.makeText(context, sentence, Toast.LENGTH_LONG).show();
  }
}
