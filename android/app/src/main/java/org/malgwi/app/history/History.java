package org.malgwi.app.history;

import android.content.Context;
import android.database.sqlite.SQLiteException;
import android.util.AtomicFile;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.malgwi.core.TimedWord;

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

  /** Where a restored entry is looked for: its id and those behind it. */
  private static final int NEAR = 8;

  private final Context context;
  private final Folders folders;

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
    this.folders = new Folders(context);
  }

  /**
   * Keeps a transcript; whole or not at all: its sound is then where it was.
   *
   * @return its id
   */
  public synchronized long add(NewEntry entry) throws IOException {
    sweep();
    long id = System.currentTimeMillis();
    while (isTaken(id)) {
      id++;
    }
    File unfinished = folders.unfinished(Long.toString(id));
    if (!unfinished.mkdirs()) {
      throw new IOException("can't make " + unfinished);
    }
    try {
      Folders.write(unfinished, Saved.of(entry));
      if (entry.audio() != null) {
        Folders.move(entry.audio(), new File(unfinished, Folders.AUDIO));
      }
      if (!unfinished.renameTo(folders.of(id))) {
        throw new IOException("can't rename " + unfinished);
      }
    } catch (IOException e) {
      File moved = new File(unfinished, Folders.AUDIO);
      if (moved.isFile() && !entry.audio().exists()) {
        Folders.move(moved, entry.audio());
      }
      Folders.delete(unfinished);
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
    return Folders.read(folders.of(id)).current();
  }

  /** The words of {@link #text} with their times. */
  public synchronized List<TimedWord> words(long id) throws IOException {
    return Folders.read(folders.of(id)).currentWords();
  }

  /** How much of the recording was left out, since no speech was heard in it. */
  public synchronized long notSpeechMs(long id) throws IOException {
    return Folders.read(folders.of(id)).notSpeechMs();
  }

  /** The channel that alone was listened to, as {@link NewEntry#channel} says. */
  public synchronized int channel(long id) throws IOException {
    return Folders.read(folders.of(id)).channel();
  }

  /** The sound, as {@link NewEntry#audio} says; null when it wasn't kept. */
  public synchronized File audio(long id) {
    File audio = new File(folders.of(id), Folders.AUDIO);
    return audio.isFile() ? audio : null;
  }

  /** Keeps a person's text in place of the recognised one, which stays in the file. */
  public synchronized void correct(long id, String text) throws IOException {
    Folders.write(folders.of(id), Folders.read(folders.of(id)).withCheckedText(text));
    keepDraft(id, null);
    reindex(id);
  }

  /** Calls an entry something else; nothing, for an empty title. */
  public synchronized void rename(long id, String title) throws IOException {
    Folders.write(folders.of(id), Folders.read(folders.of(id)).withTitle(title));
    reindex(id);
  }

  /**
   * Keeps a text that is being edited; null forgets it. Doesn't wait for what else is done here, so
   * that the main thread can do it on its way out.
   */
  public void keepDraft(long id, String text) throws IOException {
    synchronized (drafts) {
      boolean isThere = folders.of(id).isDirectory();
      File folder = isThere ? folders.of(id) : folders.trashed(id); // from where it comes back
      File draft = new File(folder, Folders.DRAFT);
      if (text == null) {
        draft.delete();
      } else if (isThere || folder.isDirectory()) {
        Folders.writeWhole(draft, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  /** The text that was being edited, or null. */
  public String draft(long id) throws IOException {
    File draft = new File(folders.of(id), Folders.DRAFT);
    synchronized (drafts) {
      if (!draft.isFile()) {
        return null;
      }
      byte[] bytes = new AtomicFile(draft).readFully();
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** Deletes an entry so that {@link #restore} brings it back; what was in the trash is gone. */
  public void trash(long id) throws IOException {
    if (trash(List.of(id)) > 0) {
      throw new IOException("can't rename " + folders.of(id));
    }
  }

  /**
   * Deletes several so that {@link #restore} brings each back.
   *
   * @return how many couldn't be deleted: they stay
   */
  public synchronized int trash(List<Long> ids) {
    sweep();
    emptyTrash();
    int left = 0;
    for (long id : ids) {
      if (rename(folders.of(id), folders.trashed(id))) {
        note(() -> index().remove(id));
      } else {
        left++;
      }
    }
    return left;
  }

  /** Brings back what {@link #trash} deleted. */
  public synchronized void restore(long id) throws IOException {
    if (!rename(folders.trashed(id), folders.of(id))) {
      throw new IOException("can't rename " + folders.trashed(id));
    }
    reindex(id);
  }

  /** Renames an entry's folder; not while a draft is written to it, which would be left behind. */
  private boolean rename(File from, File to) {
    synchronized (drafts) {
      return from.renameTo(to);
    }
  }

  /** The ids of the entries in the trash. */
  public synchronized List<Long> inTrash() {
    List<Long> ids = new ArrayList<>();
    for (File file : folders.all()) {
      String name = file.getName();
      if (name.endsWith(Folders.TRASH)) {
        ids.add(Folders.id(name.substring(0, name.length() - Folders.TRASH.length())));
      }
    }
    return ids;
  }

  /** Deletes for good. */
  public synchronized void emptyTrash() {
    synchronized (drafts) { // one that is written to the trash would make its folder anew
      for (File file : folders.all()) {
        if (file.getName().endsWith(Folders.TRASH)) {
          Folders.delete(file);
        }
      }
    }
  }

  /**
   * Opens an entry's files.
   *
   * @throws IOException it is gone
   */
  public synchronized Kept open(long id) throws IOException {
    synchronized (drafts) { // opening one ends what is being written to it
      return new Kept(folders.of(id));
    }
  }

  /** How many folders hold something that can't be read: it is in no list, and in no back-up. */
  public synchronized int damaged() {
    int all = 0;
    for (File file : folders.all()) {
      all += Folders.id(file.getName()) >= 0 ? 1 : 0;
    }
    return all - asked(() -> index().stamps().size());
  }

  /** Begins to take entries of another history in. */
  public synchronized Incoming incoming() throws IOException {
    sweep();
    return new Incoming(this, folders);
  }

  /**
   * Whether an entry that another history has under this id is in this one, corrected or not. It
   * may have got a later id, since its own was taken by one that is gone by now.
   */
  synchronized boolean has(long id, Saved saved) {
    for (long at = id; at < id + NEAR || isTaken(at); at++) {
      try {
        if (Folders.read(folders.of(at)).isOfTheSameRecording(saved)) {
          return true;
        }
      } catch (IOException e) {
        // None, in the trash, or damaged: it isn't there to be read.
      }
    }
    return false;
  }

  /** Takes entries in, each under its id or the next one that is free; all or none. */
  synchronized void add(List<Incoming.One> all) throws IOException {
    List<Long> taken = new ArrayList<>();
    for (Incoming.One one : all) {
      long id = one.id();
      while (isTaken(id)) {
        id++;
      }
      if (!one.folder().renameTo(folders.of(id))) {
        for (int i = 0; i < taken.size(); i++) {
          folders.of(taken.get(i)).renameTo(all.get(i).folder());
        }
        throw new IOException("can't rename " + one.folder());
      }
      taken.add(id);
    }
    taken.forEach(this::reindex);
  }

  private boolean isTaken(long id) {
    return folders.of(id).exists() || folders.trashed(id).exists();
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
      for (File file : folders.all()) {
        if (file.getName().endsWith(Folders.TRASH) || file.getName().endsWith(Folders.UNFINISHED)) {
          Folders.delete(file);
        }
      }
    }
  }

  /** Makes the index say what the files say: it may be new, or a process died between the two. */
  private void agree() {
    Map<Long, Long> indexed = index.stamps();
    for (File file : folders.all()) {
      long id = Folders.id(file.getName());
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
      index.put(id, stamp(id), Folders.read(folders.of(id)), audio(id) != null);
    } catch (IOException | OutOfMemoryError e) {
      // A damaged or far too large file stays where it is, for who can mend it, but isn't shown.
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

  /** Differs once the file differs. */
  private long stamp(long id) {
    File file = new File(folders.of(id), Folders.TRANSCRIPT);
    return 31 * file.lastModified() + file.length();
  }
}
