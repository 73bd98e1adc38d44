package org.malgwi.app.history;

import android.content.Context;
import android.content.Intent;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.malgwi.app.share.Format;
import org.malgwi.app.share.SharedFiles;
import org.malgwi.app.share.SharedTranscript;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.sound.PcmWav;

/** Several entries, shared as one text or as a ZIP with a file for each. Touches the disk. */
final class Several {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

  private Several() {}

  /** One text of all, each under its date and title. */
  static Intent text(Context context, History history, List<Long> ids) throws IOException {
    StringBuilder all = new StringBuilder();
    for (long id : ids) {
      Entry entry = history.get(id);
      if (entry != null) {
        all.append(all.length() == 0 ? "" : "\n\n").append(name(entry)).append('\n');
        all.append(history.text(id)).append('\n');
      }
    }
    SharedTranscript one = new SharedTranscript("", all.toString().trim(), List.of(), 0);
    return Sharing.transcript(context, Format.TEXT, one);
  }

  /** An intent that shares a ZIP of files; of sounds, those that were kept. */
  static Intent zip(Context context, History history, Format format, List<Long> ids)
      throws IOException {
    return Sharing.file(
        SharedFiles.put(context, "malgwi.zip", out -> write(history, format, ids, out)),
        "application/zip",
        "malgwi.zip");
  }

  /** Writes the ZIP; what is gone meanwhile is left out. */
  static void write(History history, Format format, List<Long> ids, OutputStream out)
      throws IOException {
    Set<String> taken = new HashSet<>();
    ZipOutputStream zip = new ZipOutputStream(out);
    for (long id : ids) {
      Entry entry = history.get(id);
      File sound = history.audio(id);
      if (entry == null || (format == Format.WAV && sound == null)) {
        continue;
      }
      zip.putNextEntry(new ZipEntry(free(name(entry).replace(":", ""), format, taken)));
      if (format == Format.WAV) {
        PcmWav.write(sound, zip);
      } else {
        format.write(
            new SharedTranscript(
                entry.title(), history.text(id), history.words(id), entry.durationMs()),
            zip);
      }
      zip.closeEntry();
    }
    zip.finish();
  }

  /** When it was written down, and what it is called. */
  private static String name(Entry entry) {
    String when = STAMP.format(Instant.ofEpochMilli(entry.id()).atZone(ZoneId.systemDefault()));
    return entry.title().isEmpty() ? when : when + " " + entry.title();
  }

  /** A file's name that isn't taken yet; titles come from other apps, so no path can be in it. */
  private static String free(String name, Format format, Set<String> taken) {
    String safe = SharedFiles.fileName(Sharing.fileName(name, format));
    String stem = safe.substring(0, safe.length() - format.ending().length() - 1);
    String found = safe;
    for (int number = 2; !taken.add(found.toLowerCase(Locale.ROOT)); number++) {
      found = stem + " (" + number + ")." + format.ending();
    }
    return found;
  }
}
