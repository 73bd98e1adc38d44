package org.malgwi.app.history;

import android.content.Context;
import android.content.Intent;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.malgwi.app.share.Format;
import org.malgwi.app.share.SharedFiles;
import org.malgwi.app.share.SharedTranscript;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.sound.PcmWav;
import org.malgwi.core.TimedWord;

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
    List<Entry> entries = new ArrayList<>();
    for (long id : ids) {
      Entry entry = history.get(id);
      if (entry != null) {
        entries.add(entry);
      }
    }
    Map<Long, String> sounds = soundNames(entries);
    Set<String> taken = new HashSet<>();
    ZipOutputStream zip = new ZipOutputStream(out);
    for (Entry entry : entries) {
      long id = entry.id();
      File sound = history.audio(id);
      if (format == Format.WAV && sound != null && sounds.containsKey(id)) {
        zip.putNextEntry(new ZipEntry(sounds.get(id)));
        PcmWav.write(sound, zip);
        zip.closeEntry();
      } else if (format != Format.WAV) {
        zip.putNextEntry(new ZipEntry(free(name(entry), format, taken)));
        SharedTranscript one = shared(entry, history.text(id), history.words(id));
        format.write(one.withRecording(beside(entry, entries, sounds)), zip);
        zip.closeEntry();
      }
    }
    zip.finish();
  }

  /** What the ZIP of sounds calls those that were kept. */
  private static Map<Long, String> soundNames(List<Entry> entries) {
    Set<String> taken = new HashSet<>();
    Map<Long, String> names = new HashMap<>();
    for (Entry entry : entries) {
      if (entry.hasAudio()) {
        names.put(entry.id(), free(name(entry), Format.WAV, taken));
      }
    }
    return names;
  }

  /** An entry as it leaves the app. */
  static SharedTranscript shared(Entry entry, String text, List<TimedWord> words) {
    String shared = SharedFiles.fileName(Sharing.fileName(entry.title(), Format.WAV));
    String recording = isOfAFile(entry) ? entry.title() : entry.hasAudio() ? shared : "";
    return new SharedTranscript(entry.title(), text, words, entry.durationMs(), recording);
  }

  private static boolean isOfAFile(Entry entry) {
    return entry.source() == Source.FILE && Sharing.isFileName(entry.title());
  }

  /**
   * What its sound is called where files of several lie together: the recording's own name, unless
   * another one has it too; else its name in the ZIP of sounds, empty when it isn't there.
   */
  private static String beside(Entry entry, List<Entry> entries, Map<Long, String> sounds) {
    long same =
        entries.stream()
            .filter(other -> isOfAFile(other) && other.title().equalsIgnoreCase(entry.title()))
            .count();
    return isOfAFile(entry) && same == 1 ? entry.title() : sounds.getOrDefault(entry.id(), "");
  }

  /** When it was written down, and what it is called. */
  private static String name(Entry entry) {
    String when = STAMP.format(Instant.ofEpochMilli(entry.id()).atZone(ZoneId.systemDefault()));
    return entry.title().isEmpty() ? when : when + " " + entry.title();
  }

  /** A file's name that isn't taken yet; titles come from other apps, so no path can be in it. */
  private static String free(String name, Format format, Set<String> taken) {
    String safe = SharedFiles.fileName(Sharing.fileName(name.replace(":", ""), format));
    String stem = safe.substring(0, safe.length() - format.ending().length() - 1);
    String found = safe;
    for (int number = 2; !taken.add(found.toLowerCase(Locale.ROOT)); number++) {
      found = stem + " (" + number + ")." + format.ending();
    }
    return found;
  }
}
