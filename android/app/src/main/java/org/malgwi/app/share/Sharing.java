package org.malgwi.app.share;

import android.content.ClipData;
import android.content.ClipboardManager;
import android.content.ContentResolver;
import android.content.Context;
import android.content.Intent;
import android.net.Uri;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.malgwi.app.sound.PcmWav;

/**
 * Gives transcripts to other apps. Long texts go as files: intents and the clipboard have room for
 * about a megabyte, which all apps share.
 */
public final class Sharing {
  /** Bytes of UTF-8 that may stand in an intent or on the clipboard. */
  public static final int MOST_BYTES = 100_000;

  /** A file's name: letters and digits behind its last dot, two to four, not digits alone. */
  private static final Pattern ENDING =
      Pattern.compile("(?s)^(.+)\\.(?![0-9]+\\z)[A-Za-z0-9]{2,4}\\z");

  private Sharing() {}

  /** Says whether a text may enter an intent, saved state or the clipboard. */
  public static boolean isShort(String text) {
    return text.length() <= MOST_BYTES
        && text.getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES;
  }

  /**
   * An intent that shares a transcript: short texts by value, all else as a file. Its title names
   * the file and the message. Writes to disk.
   */
  public static Intent transcript(Context context, Format format, SharedTranscript one)
      throws IOException {
    String title = one.title();
    if (format == Format.TEXT && isShort(one.text())) {
      return new Intent(Intent.ACTION_SEND)
          .setType(format.type())
          .putExtra(Intent.EXTRA_SUBJECT, title)
          .putExtra(Intent.EXTRA_TEXT, one.text());
    }
    Uri uri = SharedFiles.put(context, fileName(title, format), out -> format.write(one, out));
    return file(uri, format.type(), title);
  }

  /**
   * An intent that shares a recording as WAV; {@code pcm} holds raw samples, as {@link PcmWav}
   * reads them.
   */
  public static Intent audio(Context context, String title, File pcm) throws IOException {
    Uri uri = SharedFiles.put(context, fileName(title, Format.WAV), out -> PcmWav.write(pcm, out));
    return file(uri, Format.WAV.type(), title);
  }

  /** An intent that shares what {@link SharedFiles#put} wrote. */
  public static Intent file(Uri uri, String type, String title) {
    Intent send =
        new Intent(Intent.ACTION_SEND)
            .setType(type)
            .putExtra(Intent.EXTRA_SUBJECT, title)
            .putExtra(Intent.EXTRA_STREAM, uri)
            .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION);
    send.setClipData(ClipData.newRawUri(title, uri));
    return send;
  }

  /**
   * Writes to the document that the person chose. Writes to disk. Nothing is left of what couldn't
   * be written whole.
   *
   * @throws IOException what {@code content} or the document's app throws
   */
  public static void save(Context context, Uri to, SharedFiles.Content content) throws IOException {
    ContentResolver resolver = context.getContentResolver();
    boolean opened = false;
    try (OutputStream out = resolver.openOutputStream(to, "wt")) {
      if (out == null) {
        throw new FileNotFoundException(to.getAuthority() + ": gives no file to write to");
      }
      opened = true; // what was in it is gone
      content.write(out);
    } catch (IOException | RuntimeException e) {
      if (opened) {
        HalfDocument.forget(resolver, to);
      }
      throw e;
    }
  }

  /** What a transcript's file is called. */
  public static String fileName(String title, Format format) {
    String stem = ENDING.matcher(title).replaceFirst("$1");
    return (stem.isEmpty() ? "malgwi" : stem) + "." + format.ending();
  }

  /** Whether a title is a file's name, such as talk.m4a. */
  public static boolean isFileName(String title) {
    return ENDING.matcher(title).matches();
  }

  /**
   * Puts a text on the clipboard.
   *
   * @return false for one that is too long; share it as a file instead
   */
  public static boolean copy(Context context, String text) {
    if (!isShort(text)) {
      return false;
    }
    context
        .getSystemService(ClipboardManager.class)
        .setPrimaryClip(ClipData.newPlainText("", text));
    return true;
  }
}
