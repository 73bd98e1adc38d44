package org.malgwi.app.share;

import android.content.ContentResolver;
import android.net.Uri;
import android.provider.DocumentsContract;
import java.io.IOException;
import java.io.OutputStream;

/** A document of another app that couldn't be written whole. */
public final class HalfDocument {
  private HalfDocument() {}

  /** Takes it away, or empties it where its app can't delete it. */
  public static void forget(ContentResolver resolver, Uri document) {
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
        out.close();
      }
    } catch (IOException | RuntimeException e) {
      // Its app takes nothing any more; the person is told that it failed.
    }
  }
}
