package org.malgwi.app.history;

import android.content.Context;
import android.database.sqlite.SQLiteException;
import android.util.AtomicFile;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.malgwi.core.TimedWord;
import org.malgwi.core.Transcript;

/**
 * Every transcript that was kept: a folder each, in the app's private storage, with {@code
 * transcript.json} and, where the sound was kept, {@code audio.pcm} (16 kHz, mono, 16 bits,
 * little-endian). SQLite is only the index of it. Thread-safe; every method touches the disk, so
 * none but {@link #keepDraft} belongs on the main thread.
 */
public final class History {
  /** Holds the only one of this process: the application. */
  public interface Owner {
    History history();
  }

  /** The one of this process. */
  public static History of(Context context) {
    return ((Owner) context.getApplicationContext()).history();
  }

  private static final String TRANSCRIPT = "transcript.json";
  private static final String AUDIO = "audio.pcm";
  private static final String DRAFT = "draft.txt";
  private static final String TRASH = ".trash";
  private static final String UNFINISHED = ".unfinished";

  private final Context context;

  /** The lock of the drafts. */
  private final Object drafts = new Object();

  private Index index;
  private boolean swept;

  /**
   * Touches nothing yet.
   *
   * @param context the application
   */
  public History(Context context) {
    this.context = context;
  }

  /**
   * Keeps a transcript; whole or not at all: its sound is then where it was.
   *
   * @return its id
   */
  public synchronized long add(NewEntry entry) throws IOException {
    sweep();
    long id = System.currentTimeMillis();
    while (folder(id).exists() || trashed(id).exists()) {
      id++;
    }
    File unfinished = new File(root(), id + UNFINISHED);
    if (!unfinished.mkdirs()) {
      throw new IOException("can't make " + unfinished);
    }
    try {
      Saved saved =
          new Saved(
              entry.source(),
              entry.title(),
              entry.model().name(),
              entry.model().language(),
              entry.transcript().durationMs(),
              entry.transcript().text(),
              entry.transcript().timedWords(),
              notSpeechMs(entry.transcript()),
              entry.channel(),
              null);
      write(unfinished, saved);
      if (entry.audio() != null) {
        move(entry.audio(), new File(unfinished, AUDIO));
      }
      if (!unfinished.renameTo(folder(id))) {
        throw new IOException("can't rename " + unfinished);
      }
    } catch (IOException e) {
      File moved = new File(unfinished, AUDIO);
      if (moved.isFile() && !entry.audio().exists()) {
        move(moved, entry.audio());
      }
      delete(unfinished);
      throw e;
    }
    reindex(id);
    return id;
  }

  /**
   * The newest entries in which every word of {@code query} occurs, also within words; all for an
   * empty query.
   */
  public synchronized List<Entry> search(String query, int limit) {
    return asked(() -> index().search(query, limit));
  }

  /** The entry; null when there is none, or it lies in the trash. */
  public synchronized Entry get(long id) {
    return asked(() -> index().get(id));
  }

  /** The whole text, corrected where it was. */
  public synchronized String text(long id) throws IOException {
    return read(folder(id)).current();
  }

  /** The words of {@link #text} with their times. */
  public synchronized List<TimedWord> words(long id) throws IOException {
    return read(folder(id)).currentWords();
  }

  private static long notSpeechMs(Transcript transcript) {
    return transcript.notSpeech().stream().mapToLong(one -> one.endMs() - one.startMs()).sum();
  }

  /** How much of the recording was left out, since no speech was heard in it. */
  public synchronized long notSpeechMs(long id) throws IOException {
    return read(folder(id)).notSpeechMs();
  }

  /** The channel that alone was listened to, as {@link NewEntry#channel} says. */
  public synchronized int channel(long id) throws IOException {
    return read(folder(id)).channel();
  }

  /** The sound, as {@link NewEntry#audio} says; null when it wasn't kept. */
  public synchronized File audio(long id) {
    File audio = new File(folder(id), AUDIO);
    return audio.isFile() ? audio : null;
  }

  /** Keeps a person's text in place of the recognised one, which stays in the file. */
  public synchronized void correct(long id, String text) throws IOException {
    write(folder(id), read(folder(id)).withCheckedText(text));
    keepDraft(id, null);
    reindex(id);
  }

  /**
   * Keeps a text that is being edited; null forgets it. Doesn't wait for what else is done here, so
   * that the main thread can do it on its way out.
   */
  public void keepDraft(long id, String text) throws IOException {
    File draft = new File(folder(id), DRAFT);
    synchronized (drafts) {
      if (text == null) {
        draft.delete();
      } else if (folder(id).isDirectory()) {
        writeWhole(draft, out -> out.write(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
      }
    }
  }

  /** The text that was being edited, or null. */
  public String draft(long id) throws IOException {
    File draft = new File(folder(id), DRAFT);
    synchronized (drafts) {
      if (!draft.isFile()) {
        return null;
      }
      byte[] bytes = new AtomicFile(draft).readFully();
      return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  /** Deletes an entry so that {@link #restore} brings it back; what was in the trash is gone. */
  public synchronized void trash(long id) throws IOException {
    sweep();
    emptyTrash();
    if (!folder(id).renameTo(trashed(id))) {
      throw new IOException("can't rename " + folder(id));
    }
    note(() -> index().remove(id));
  }

  /** Brings back what {@link #trash} deleted. */
  public synchronized void restore(long id) throws IOException {
    if (!trashed(id).renameTo(folder(id))) {
      throw new IOException("can't rename " + trashed(id));
    }
    reindex(id);
  }

  /** The id of the entry in the trash, or -1. */
  public synchronized long inTrash() {
    for (File file : files()) {
      if (file.getName().endsWith(TRASH)) {
        return id(file.getName().substring(0, file.getName().length() - TRASH.length()));
      }
    }
    return -1;
  }

  /** Deletes for good. */
  public synchronized void emptyTrash() {
    for (File file : files()) {
      if (file.getName().endsWith(TRASH)) {
        delete(file);
      }
    }
  }

  /** Closes the index; the next question opens it again. */
  public synchronized void close() {
    if (index != null) {
      index.close();
      index = null;
    }
  }

  private Index index() {
    sweep();
    if (index == null) {
      index = new Index(context);
      try {
        agree();
      } catch (SQLiteException e) {
        index.clear();
        agree();
      }
    }
    return index;
  }

  /** Deletes, once, what the process before was about to delete or didn't finish. */
  private void sweep() {
    if (!swept) {
      swept = true;
      for (File file : files()) {
        if (file.getName().endsWith(TRASH) || file.getName().endsWith(UNFINISHED)) {
          delete(file);
        }
      }
    }
  }

  /** Makes the index say what the files say: it may be new, or a process died between the two. */
  private void agree() {
    Map<Long, Long> indexed = index.stamps();
    for (File file : files()) {
      long id = id(file.getName());
      if (id >= 0) {
        Long before = indexed.remove(id);
        if (before == null || before != stamp(id)) {
          put(id);
        }
      }
    }
    indexed.keySet().forEach(index::remove);
  }

  private void put(long id) {
    try {
      index.put(id, stamp(id), read(folder(id)), audio(id) != null);
    } catch (IOException e) {
      // A damaged file stays where it is, for whoever can mend it, but isn't shown.
      index.remove(id);
    }
  }

  private void reindex(long id) {
    note(
        () -> {
          index();
          put(id);
        });
  }

  /** Tells the index what the files say already: a full disk is no reason to fail now. */
  private void note(Runnable change) {
    try {
      asked(
          () -> {
            change.run();
            return null;
          });
    } catch (SQLiteException e) {
      // It is made to agree with the files when it is opened next.
    }
  }

  /** Asks the index; a damaged one is made again from the files, now or at the next question. */
  private <T> T asked(Supplier<T> question) {
    try {
      return question.get();
    } catch (SQLiteException | IllegalStateException e) {
      try {
        index().clear();
        agree();
        return question.get();
      } catch (SQLiteException again) {
        close();
        throw again;
      }
    }
  }

  private File root() {
    return new File(context.getFilesDir(), "history");
  }

  private File folder(long id) {
    return new File(root(), Long.toString(id));
  }

  private File trashed(long id) {
    return new File(root(), id + TRASH);
  }

  /** Differs once the file differs. */
  private long stamp(long id) {
    File file = new File(folder(id), TRANSCRIPT);
    return 31 * file.lastModified() + file.length();
  }

  private File[] files() {
    File[] files = root().listFiles();
    return files == null ? new File[0] : files;
  }

  /** The id that is a folder's name, or -1. */
  private static long id(String name) {
    return name.matches("[0-9]{1,18}") ? Long.parseLong(name) : -1;
  }

  private static Saved read(File folder) throws IOException {
    try (InputStream in = new AtomicFile(new File(folder, TRANSCRIPT)).openRead()) {
      return Saved.read(in);
    } catch (FileNotFoundException e) {
      throw new FileNotFoundException("no transcript " + folder.getName());
    }
  }

  private static void write(File folder, Saved saved) throws IOException {
    writeWhole(new File(folder, TRANSCRIPT), saved::write);
  }

  /** What writes a file's content. */
  @FunctionalInterface
  private interface Content {
    void write(OutputStream out) throws IOException;
  }

  private static void writeWhole(File file, Content content) throws IOException {
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

  private static void move(File from, File to) throws IOException {
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

  private static void delete(File file) {
    File[] children = file.listFiles();
    if (children != null) {
      for (File child : children) {
        delete(child);
      }
    }
    file.delete();
  }
}
