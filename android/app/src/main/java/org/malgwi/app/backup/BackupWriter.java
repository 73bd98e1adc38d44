package org.malgwi.app.backup;

import android.util.JsonWriter;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.malgwi.app.history.Entry;
import org.malgwi.app.history.History;
import org.malgwi.app.history.Kept;

/** Writes the whole history as one file, a record after the other. For one thread. */
final class BackupWriter {
  private final History history;
  private final Progress progress;

  BackupWriter(History history, Progress progress) {
    this.history = history;
    this.progress = progress;
  }

  /**
   * What was written.
   *
   * @param records that the file holds
   * @param leftOut records that can't be read on this phone, or that no restore would take
   */
  record Written(int records, int leftOut) {}

  /** What there is to back up, oldest first. */
  static List<Archive.Planned> plan(History history) {
    List<Archive.Planned> plan = new ArrayList<>();
    for (Entry entry : history.search("", Integer.MAX_VALUE)) {
      File sound = history.audio(entry.id());
      plan.add(0, new Archive.Planned(entry.id(), sound == null ? 0 : sound.length()));
    }
    return plan;
  }

  /**
   * Writes all of it; what can't be read, or is deleted meanwhile, is left out.
   *
   * @param password null: not sealed
   * @throws BackupException there is more than a restore takes; nothing is written
   */
  Written write(OutputStream out, char[] password) throws IOException {
    progress.at(-1);
    List<Archive.Planned> plan = plan(history);
    Archive.checkCount(plan.size());
    int leftOut = history.damaged();
    SealedOutput sealed = password == null ? null : new SealedOutput(out, Seal.make(password));
    OutputStream plain = sealed == null ? new BufferedOutputStream(out, 1 << 16) : sealed;
    ZipOutputStream zip = new ZipOutputStream(plain);
    // Sound has little to give for much work.
    zip.setLevel(Deflater.BEST_SPEED);
    zip.putNextEntry(new ZipEntry(Archive.INDEX));
    writeIndex(plan, zip);
    long work = plan.stream().mapToLong(Archive.Planned::work).sum();
    Archive.Copy copy = new Archive.Copy(progress, work);
    int records = 0;
    for (Archive.Planned one : plan) {
      try (Kept kept = history.open(one.id())) {
        if (kept.isWhole(Archive.MOST_TEXT, one.soundBytes())) {
          write(one, kept, zip, copy);
          records++;
        } else {
          leftOut++;
        }
      } catch (FileNotFoundException e) {
        // Unless it is listed as before, it was deleted since the index was written.
        leftOut += history.get(one.id()) == null ? 0 : 1;
      }
      copy.add(one.work());
    }
    zip.putNextEntry(new ZipEntry(Archive.END));
    JsonWriter json = json(zip);
    json.beginObject().name("records").value(records).endObject().flush();
    zip.finish();
    if (sealed == null) {
      plain.flush();
    } else {
      sealed.finish();
    }
    return new Written(records, leftOut);
  }

  private static JsonWriter json(OutputStream out) {
    return new JsonWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
  }

  private static void writeIndex(List<Archive.Planned> plan, OutputStream out) throws IOException {
    JsonWriter json = json(out);
    json.beginObject();
    json.name("format").value(Archive.FORMAT);
    json.name("format_version").value(Archive.VERSION);
    json.name("records").beginArray();
    for (Archive.Planned one : plan) {
      json.beginObject();
      json.name("id").value(one.id());
      json.name("sound_bytes").value(one.soundBytes());
      json.endObject();
    }
    json.endArray().endObject().flush();
  }

  private void write(Archive.Planned one, Kept kept, ZipOutputStream zip, Archive.Copy copy)
      throws IOException {
    put(zip, one.entry(Archive.TRANSCRIPT), kept.transcript(), copy);
    if (kept.draft() != null) {
      put(zip, one.entry(Archive.DRAFT), kept.draft(), copy);
    }
    if (one.soundBytes() > 0) {
      long found = put(zip, one.entry(Archive.AUDIO), kept.audio(), copy);
      if (found != one.soundBytes()) {
        throw new IOException(
            one.entry(Archive.AUDIO) + ": " + found + " bytes; expected " + one.soundBytes());
      }
    }
  }

  private static long put(ZipOutputStream zip, String name, InputStream in, Archive.Copy copy)
      throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    long count = copy.run(in, zip, Long.MAX_VALUE);
    zip.closeEntry();
    return count;
  }
}
