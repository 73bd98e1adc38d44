package org.malgwi.app.history;

import java.io.Closeable;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Entries of another history on their way into this one: written beside it, checked, and added all
 * at once by {@link #add}. What wasn't added is gone when this is closed. There is one at a time,
 * for one thread.
 */
public final class Incoming implements Closeable {
  private final History history;
  private final File beside;
  private final List<Long> ids = new ArrayList<>();
  private int there;

  /** An entry on its way: where it was written, and the id that it had. */
  record One(File folder, long id) {}

  Incoming(History history, Folders folders) throws IOException {
    this.history = history;
    beside = folders.unfinished("restore");
    Folders.delete(beside);
    if (!beside.mkdirs()) {
      throw new IOException("can't make " + beside);
    }
  }

  private File folder(long id) {
    return new File(beside, Long.toString(id));
  }

  /** Where the next entry's {@code transcript.json} goes. */
  public OutputStream transcript(long id) throws IOException {
    if (!folder(id).mkdirs()) {
      throw new IOException("can't make " + folder(id));
    }
    ids.add(id);
    return new FileOutputStream(new File(folder(id), Folders.TRANSCRIPT));
  }

  /** Where the text goes that was being edited. */
  public OutputStream draft(long id) throws IOException {
    return new FileOutputStream(new File(folder(id), Folders.DRAFT));
  }

  /** Where the sound goes. */
  public OutputStream audio(long id) throws IOException {
    return new FileOutputStream(new File(folder(id), Folders.AUDIO));
  }

  /**
   * Checks the transcript that was written last.
   *
   * @return false when the history has it: then it isn't added, and its other files needn't be
   *     written
   * @throws NotATranscript it is damaged, or holds what no recording can
   */
  public boolean isNew(long id) throws IOException {
    Saved saved;
    try {
      saved = Folders.read(folder(id));
      saved.check();
    } catch (IOException e) {
      throw new NotATranscript(id, e);
    }
    if (!history.has(id, saved)) {
      return true;
    }
    Folders.delete(folder(id));
    ids.remove(Long.valueOf(id));
    there++;
    return false;
  }

  /** Adds all that is new; all of it or none. */
  public Added add() throws IOException {
    List<One> all = new ArrayList<>();
    for (long id : ids) {
      all.add(new One(folder(id), id));
    }
    history.add(all);
    return new Added(all.size(), there);
  }

  @Override
  public void close() {
    Folders.delete(beside);
  }

  /**
   * What became of a back-up's entries.
   *
   * @param added are in the history now
   * @param there were there before
   */
  public record Added(int added, int there) {}

  /** What ought to be a transcript isn't one. */
  public static final class NotATranscript extends IOException {
    private static final long serialVersionUID = 1;

    NotATranscript(long id, IOException cause) {
      super(id + "/" + Folders.TRANSCRIPT + ": " + cause.getMessage(), cause);
    }
  }
}
