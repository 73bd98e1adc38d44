package org.malgwi.app.history;

import android.util.AtomicFile;
import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * An entry's files as they were when it was opened: a correction or a deletion meanwhile changes
 * nothing of what is read. For one thread.
 */
public final class Kept implements Closeable {
  private final FileInputStream transcript;
  private final FileInputStream draft;
  private final FileInputStream audio;

  /**
   * @throws IOException it isn't there
   */
  Kept(File folder) throws IOException {
    FileInputStream opened = new AtomicFile(new File(folder, Folders.TRANSCRIPT)).openRead();
    try {
      File writing = new File(folder, Folders.DRAFT);
      draft = writing.isFile() ? new AtomicFile(writing).openRead() : null;
      File sound = new File(folder, Folders.AUDIO);
      audio = sound.isFile() ? new FileInputStream(sound) : null;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    transcript = opened;
  }

  /**
   * Whether another history can take it in: its transcript can be read, no text has more than
   * {@code mostText} bytes, and the sound has {@code soundBytes}. Nothing counts as read by this.
   */
  public boolean isWhole(long mostText, long soundBytes) throws IOException {
    if (size(transcript) > mostText || size(draft) > mostText || size(audio) != soundBytes) {
      return false;
    }
    try {
      Saved.read(transcript).check();
    } catch (IOException e) {
      return false;
    }
    transcript.getChannel().position(0);
    return true;
  }

  private static long size(FileInputStream file) throws IOException {
    return file == null ? 0 : file.getChannel().size();
  }

  /** The bytes of {@code transcript.json}. */
  public InputStream transcript() {
    return transcript;
  }

  /** The text that was being edited, in UTF-8; null when none was. */
  public InputStream draft() {
    return draft;
  }

  /** The sound, as {@link NewEntry#audio} says; null when it wasn't kept. */
  public InputStream audio() {
    return audio;
  }

  @Override
  public void close() throws IOException {
    for (InputStream one : new InputStream[] {transcript, draft, audio}) {
      if (one != null) {
        one.close();
      }
    }
  }
}
