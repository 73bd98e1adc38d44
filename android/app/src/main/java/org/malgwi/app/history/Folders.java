package org.malgwi.app.history;

import android.content.Context;
import android.util.AtomicFile;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Where the transcripts lie: a folder each, named by its id, and what is in it. */
final class Folders {
  static final String TRANSCRIPT = "transcript.json";
  static final String AUDIO = "audio.pcm";
  static final String DRAFT = "draft.txt";
  static final String TRASH = ".trash";
  static final String UNFINISHED = ".unfinished";

  private final Context context;

  Folders(Context context) {
    this.context = context;
  }

  private File root() {
    return new File(context.getFilesDir(), "history");
  }

  /** The folder of an entry, there or not. */
  File of(long id) {
    return new File(root(), Long.toString(id));
  }

  /** Where it lies while it can be brought back. */
  File trashed(long id) {
    return new File(root(), id + TRASH);
  }

  /** A folder that the next process deletes when this one leaves it behind. */
  File unfinished(String name) {
    return new File(root(), name + UNFINISHED);
  }

  /** Everything that lies beside each other here. */
  File[] all() {
    File[] files = root().listFiles();
    return files == null ? new File[0] : files;
  }

  /** The id that is a folder's name, or -1. */
  static long id(String name) {
    return name.matches("[0-9]{1,18}") ? Long.parseLong(name) : -1;
  }

  static Saved read(File folder) throws IOException {
    try (InputStream in = new AtomicFile(new File(folder, TRANSCRIPT)).openRead()) {
      return Saved.read(in);
    } catch (FileNotFoundException e) {
      throw new FileNotFoundException("no transcript " + folder.getName());
    }
  }

  static void write(File folder, Saved saved) throws IOException {
    writeWhole(new File(folder, TRANSCRIPT), saved::write);
  }

  /** What writes a file's content. */
  @FunctionalInterface
  interface Content {
    void write(OutputStream out) throws IOException;
  }

  /** Writes a file whole or not at all. */
  static void writeWhole(File file, Content content) throws IOException {
    AtomicFile whole = new AtomicFile(file);
    FileOutputStream out = whole.startWrite();
    try {
      content.write(out);
      whole.finishWrite(out);
    } catch (IOException e) {
      whole.failWrite(out);
      throw e;
    }
  }

  static void move(File from, File to) throws IOException {
    if (from.renameTo(to)) {
      return;
    }
    try (InputStream in = new FileInputStream(from);
        OutputStream out = new FileOutputStream(to)) {
      byte[] block = new byte[1 << 16];
      int count;
      while ((count = in.read(block)) >= 0) {
        out.write(block, 0, count);
      }
    }
    from.delete();
  }

  static void delete(File file) {
    File[] children = file.listFiles();
    if (children != null) {
      for (File child : children) {
        delete(child);
      }
    }
    file.delete();
  }
}
