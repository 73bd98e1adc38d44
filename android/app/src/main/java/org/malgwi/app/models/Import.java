package org.malgwi.app.models;

import android.content.ContentResolver;
import android.database.Cursor;
import android.net.Uri;
import android.os.Handler;
import android.os.Looper;
import android.provider.OpenableColumns;
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

  /**
   * It runs.
   *
   * @param file its name, for people; null while, or if, it isn't known
   * @param share of the stage that is done; negative when that isn't known
   */
  record Running(String file, BundleStore.Stage stage, double share) implements State {}

  record Done(Installed installed) implements State {}

  record Failed(Refused reason) implements State {}

  record Cancelled() implements State {}

  private final Handler main = new Handler(Looper.getMainLooper());
  private final Thread thread;
  private State state = new Running(null, BundleStore.Stage.COPYING, -1);
  private Consumer<State> listener;

  /** Begins. */
  Import(BundleStore store, ContentResolver resolver, Uri uri) {
    thread = new Thread(() -> run(store, resolver, uri), "import");
    thread.start();
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

  private void run(BundleStore store, ContentResolver resolver, Uri uri) {
    try (InputStream in = open(resolver, uri)) {
      FileFacts facts = FileFacts.of(resolver, uri);
      BundleStore.Progress progress =
          (stage, share) -> tell(new Running(facts.name(), stage, share));
      tell(new Done(store.add(in, facts.size(), progress)));
    } catch (Refused e) {
      tell(new Failed(e));
    } catch (InterruptedIOException e) {
      tell(new Cancelled());
    } catch (IOException e) {
      // Closing what was read to its end: all is in place, and has been told.
      return;
    }
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
          }
        });
  }
}
