package org.malgwi.app.backup;

import android.util.JsonReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import org.malgwi.app.history.History;
import org.malgwi.app.history.Incoming;

/**
 * Adds what a back-up holds to the history, all of it or nothing. The file may come from anybody:
 * names, sizes and counts are those of the format, or it is refused. For one thread.
 */
final class BackupReader {
  /** Bytes of the index: each record has about 50. */
  private static final long MOST_INDEX = 8 << 20;

  private static final long MOST_END = 1_000;

  /** Bytes behind the last entry: the ZIP's own list of them. */
  private static final long MOST_REST = 64 << 20;

  /** More than anybody has; so many sizes can still be added up. */
  private static final long MOST_SOUND = Long.MAX_VALUE / Archive.MOST_RECORDS / 2;

  /** The end of the year 9999, in milliseconds. */
  private static final long LATEST = 253_402_300_799_999L;

  private final History history;
  private final LongSupplier freeBytes;
  private final Progress progress;

  /**
   * @param freeBytes space that is left where the history lies
   */
  BackupReader(History history, LongSupplier freeBytes, Progress progress) {
    this.history = history;
    this.freeBytes = freeBytes;
    this.progress = progress;
  }

  /**
   * Restores a back-up.
   *
   * @param password null where none was given yet
   * @throws BackupException it can't be restored; the history is as it was
   * @throws InterruptedIOException it was to end; the history is as it was
   */
  Incoming.Added read(InputStream from, char[] password)
      throws BackupException, InterruptedIOException {
    try (Incoming incoming = history.incoming()) {
      progress.at(-1);
      InputStream in = opened(new Source(from), password);
      ZipInputStream zip = new ZipInputStream(in);
      read(zip, incoming);
      checkRest(in);
      return incoming.add();
    } catch (BackupException | InterruptedIOException e) {
      throw e;
    } catch (ZipException | Incoming.NotATranscript | IllegalArgumentException e) {
      throw new BackupException(BackupProblem.DAMAGED, String.valueOf(e.getMessage()), e);
    } catch (EOFException e) {
      throw new BackupException(BackupProblem.DAMAGED, "it ends too early", e);
    } catch (IOException e) {
      throw new BackupException(BackupProblem.NO_SPACE, "writing failed: " + e.getMessage(), e);
    }
  }

  /** The ZIP in it, sealed or not. */
  private static InputStream opened(InputStream source, char[] password) throws IOException {
    PushbackInputStream in = new PushbackInputStream(source, Seal.MAGIC.length);
    byte[] magic = new byte[Seal.MAGIC.length];
    int count = fill(in, magic, 0);
    if (count < magic.length || !Arrays.equals(magic, Seal.MAGIC)) {
      in.unread(magic, 0, count);
      if (count < 4 || magic[0] != 'P' || magic[1] != 'K' || magic[2] != 3 || magic[3] != 4) {
        throw new BackupException(BackupProblem.NO_BACKUP, "it doesn't begin as a back-up does");
      }
      return in;
    }
    byte[] head = Arrays.copyOf(magic, Seal.HEAD);
    if (fill(in, head, magic.length) < head.length) {
      throw new BackupException(BackupProblem.DAMAGED, "it ends within its head");
    }
    if (password == null) {
      throw new BackupException(BackupProblem.LOCKED, "it has a password");
    }
    return new SealedInput(in, Seal.open(head, password));
  }

  private static int fill(InputStream in, byte[] bytes, int from) throws IOException {
    int filled = from;
    while (filled < bytes.length) {
      int count = in.read(bytes, filled, bytes.length - filled);
      if (count < 0) {
        break;
      }
      filled += count;
    }
    return filled;
  }

  private void read(ZipInputStream zip, Incoming incoming) throws IOException {
    ZipEntry entry = zip.getNextEntry();
    if (entry == null || !entry.getName().equals(Archive.INDEX)) {
      throw new BackupException(BackupProblem.NO_BACKUP, "its first entry isn't " + Archive.INDEX);
    }
    Archive.Copy small = new Archive.Copy(share -> progress.at(-1), 1);
    List<Archive.Planned> index = readIndex(text(zip, small, MOST_INDEX, Archive.INDEX));
    checkSpace(index);
    long work = index.stream().mapToLong(Archive.Planned::work).sum();
    Archive.Copy copy = new Archive.Copy(progress, work);
    int records = 0;
    entry = zip.getNextEntry();
    for (Archive.Planned one : index) {
      if (is(entry, one, Archive.TRANSCRIPT)) { // else it was deleted while this was written
        entry = read(one, zip, incoming, copy);
        records++;
      }
      copy.add(one.work());
    }
    if (entry == null || !entry.getName().equals(Archive.END)) {
      throw damaged(
          entry == null ? "it ends too early" : "an entry that isn't expected: " + shown(entry));
    }
    long said = readEnd(text(zip, small, MOST_END, Archive.END));
    if (said != records || zip.getNextEntry() != null) {
      throw damaged(records + " records; expected " + said + ", and nothing behind them");
    }
  }

  private static boolean is(ZipEntry entry, Archive.Planned one, String name) {
    return entry != null && entry.getName().equals(one.entry(name));
  }

  private static String shown(ZipEntry entry) {
    String name = entry.getName();
    return name.substring(0, Math.min(name.length(), 60)).replaceAll("\\p{Cntrl}", "?");
  }

  private static BackupException damaged(String detail) {
    return new BackupException(BackupProblem.DAMAGED, detail);
  }

  /** Reads one record, from within its first entry; returns the entry behind it. */
  private ZipEntry read(
      Archive.Planned one, ZipInputStream zip, Incoming incoming, Archive.Copy copy)
      throws IOException {
    try (OutputStream out = incoming.transcript(one.id())) {
      copyText(zip, out, copy, one.entry(Archive.TRANSCRIPT));
    }
    boolean isNew = incoming.isNew(one.id());
    ZipEntry entry = zip.getNextEntry();
    if (is(entry, one, Archive.DRAFT)) {
      try (OutputStream out = isNew ? incoming.draft(one.id()) : null) {
        copyText(zip, out, copy, one.entry(Archive.DRAFT));
      }
      entry = zip.getNextEntry();
    }
    if (one.soundBytes() > 0) {
      if (!is(entry, one, Archive.AUDIO)) {
        throw damaged("no " + one.entry(Archive.AUDIO));
      }
      if (isNew) {
        checkSpace(one.soundBytes());
      }
      try (OutputStream out = isNew ? incoming.audio(one.id()) : null) {
        long found = copy.run(zip, out, one.soundBytes());
        if (found != one.soundBytes()) {
          throw damaged(
              one.entry(Archive.AUDIO) + ": " + found + " bytes; expected " + one.soundBytes());
        }
      }
      entry = zip.getNextEntry();
    }
    return entry;
  }

  /**
   * Copies a text, whose size isn't known before.
   *
   * @param out null reads only
   */
  private void copyText(InputStream in, OutputStream out, Archive.Copy copy, String name)
      throws IOException {
    long free = freeBytes.getAsLong();
    long room = out == null ? Archive.MOST_TEXT : Math.max(0, free - Archive.SPARE);
    long most = Math.min(Archive.MOST_TEXT, room);
    if (copy.run(in, out, most) > most) {
      throw most < Archive.MOST_TEXT
          ? noSpace(most + 1, free)
          : damaged(name + ": over " + most + " bytes");
    }
  }

  private static JsonReader text(InputStream in, Archive.Copy copy, long most, String name)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (copy.run(in, out, most) > most) {
      throw damaged(name + ": over " + most + " bytes");
    }
    InputStream bytes = new ByteArrayInputStream(out.toByteArray());
    return new JsonReader(new InputStreamReader(bytes, StandardCharsets.UTF_8));
  }

  private static List<Archive.Planned> readIndex(JsonReader json) throws IOException {
    String format = null;
    int version = 0;
    List<Archive.Planned> records = null;
    try {
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "format" -> format = json.nextString();
          case "format_version" -> version = json.nextInt();
          // What a later version has in it, nobody knows yet.
          case "records" -> {
            if (version > Archive.VERSION) {
              json.skipValue();
            } else {
              records = readRecords(json);
            }
          }
          default -> json.skipValue();
        }
      }
      json.endObject();
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw e instanceof BackupException known ? known : damaged(Archive.INDEX + ": " + e);
    }
    if (!Archive.FORMAT.equals(format)) {
      throw new BackupException(BackupProblem.NO_BACKUP, Archive.INDEX + " has no format");
    }
    if (version > Archive.VERSION) {
      throw new BackupException(
          BackupProblem.NEWER, "format_version " + version + "; expected " + Archive.VERSION);
    }
    if (version != Archive.VERSION || records == null) {
      throw damaged(Archive.INDEX + ": format_version " + version + ", or no records");
    }
    return records;
  }

  private static List<Archive.Planned> readRecords(JsonReader json) throws IOException {
    List<Archive.Planned> records = new ArrayList<>();
    Set<Long> ids = new HashSet<>();
    json.beginArray();
    while (json.hasNext()) {
      long id = 0;
      long sound = 0;
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "id" -> id = json.nextLong();
          case "sound_bytes" -> sound = json.nextLong();
          default -> json.skipValue();
        }
      }
      json.endObject();
      if (id < 1 || id > LATEST || !ids.add(id) || sound < 0 || sound > MOST_SOUND) {
        throw damaged(Archive.INDEX + ": the record " + id + " with " + sound + " bytes of sound");
      }
      records.add(new Archive.Planned(id, sound));
      if (records.size() > Archive.MOST_RECORDS) {
        throw damaged(Archive.INDEX + ": over " + Archive.MOST_RECORDS + " records");
      }
    }
    json.endArray();
    return records;
  }

  private static long readEnd(JsonReader json) throws IOException {
    try {
      json.beginObject();
      long records = "records".equals(json.nextName()) ? json.nextLong() : -1;
      json.endObject();
      return records;
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw damaged(Archive.END + ": " + e);
    }
  }

  /** What is there already takes no space; it may still turn out to be another record. */
  private void checkSpace(List<Archive.Planned> index) throws BackupException {
    long sound = 0;
    for (Archive.Planned one : index) {
      sound += history.get(one.id()) == null ? one.soundBytes() : 0;
    }
    checkSpace(sound);
  }

  private void checkSpace(long more) throws BackupException {
    long free = freeBytes.getAsLong();
    if (free < more + Archive.SPARE) {
      throw noSpace(more, free);
    }
  }

  private static BackupException noSpace(long more, long free) {
    return new BackupException(
        BackupProblem.NO_SPACE,
        "over "
            + (more + Archive.SPARE) / 1_000_000
            + " MB are needed; "
            + free / 1_000_000
            + " are free");
  }

  /** Reads on to the end, since only there it is proven that nothing was cut off. */
  private void checkRest(InputStream in) throws IOException {
    Archive.Copy copy = new Archive.Copy(share -> progress.at(1), 1);
    if (copy.run(in, null, MOST_REST) > MOST_REST) {
      throw damaged("over " + MOST_REST + " bytes behind its last entry");
    }
  }

  /** Tells what the file's owner throws from what is wrong with the file. */
  private static final class Source extends InputStream {
    private final InputStream in;

    Source(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int most) throws IOException {
      try {
        return in.read(bytes, from, most);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        // A provider of another app can throw anything.
        throw new BackupException(BackupProblem.UNREADABLE, "reading it failed: " + e, e);
      }
    }
  }
}
