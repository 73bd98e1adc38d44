package org.malgwi.app.backup;

import android.content.ContentResolver;
import android.net.Uri;
import android.provider.DocumentsContract;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.malgwi.app.share.HalfDocument;

/** The document of another app that a back-up is saved to. For one thread. */
final class BackupDocument {
  /** What is to be in it. */
  @FunctionalInterface
  interface Content<T> {
    T write(OutputStream out) throws IOException;
  }

  private final ContentResolver resolver;
  private final Uri document;

  BackupDocument(ContentResolver resolver, Uri document) {
    this.resolver = resolver;
    this.document = document;
  }

  /** Whether nothing is lost by writing to it. Where that can't be seen, something may be. */
  boolean isEmpty() {
    try (InputStream in = resolver.openInputStream(document)) {
      return in != null && in.read() < 0;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /**
   * Writes all of it. Nothing is left of what couldn't be written whole.
   *
   * @throws BackupException it wasn't empty, and what was in it is gone
   * @throws IOException what {@code content} or the document's app throws
   */
  <T> T write(Content<T> content) throws IOException {
    boolean wasEmpty = isEmpty();
    boolean opened = false;
    try (OutputStream out = resolver.openOutputStream(document, "wt")) {
      if (out == null) {
        throw new FileNotFoundException(document.getAuthority() + " gives no file to write to");
      }
      opened = true; // what was in it is gone
      return content.write(out);
    } catch (IOException | RuntimeException e) {
      Thread.interrupted(); // it still has something to do
      if (!opened) {
        forgetEmpty();
        throw e;
      }
      HalfDocument.forget(resolver, document); // empty, it is none to a restore
      if (wasEmpty) {
        throw e;
      }
      throw new BackupException(BackupProblem.OVERWRITTEN, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Takes it away where it was never written to: the picker made it, and it is empty. One with
   * anything in it is a file of the user's that was to be written over, and stays.
   */
  void forgetEmpty() {
    try {
      if (isEmpty()) {
        DocumentsContract.deleteDocument(resolver, document);
      }
    } catch (IOException | RuntimeException e) {
      // Its app can't; it is empty.
    }
  }
}
