package org.malgwi.app.history;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.malgwi.app.sound.PcmWav;
import org.malgwi.core.TimedWord;

/**
 * The checked part of the history as training data: a ZIP that holds an audiofolder, {@code
 * metadata.csv} and {@code audio/*.wav}, which `malgwi prepare` reads once it is unpacked.
 *
 * <p>Only texts that a person has checked, since a model learns nothing from its own mistakes, and
 * only where the sound was kept. Long recordings are cut at their longest pauses.
 */
public final class DataSet {
  /** Clips are cut until they are no longer. */
  static final long LONGEST_MS = 20_000;

  /** Quiet that a clip keeps before its first word and after its last. */
  private static final long MARGIN_MS = 500;

  private static final int ALL = Integer.MAX_VALUE;
  private static final int SAMPLES_PER_MS = 16;

  private DataSet() {}

  /** How many entries of the history there are to export. */
  public static int count(History history) {
    return entries(history).size();
  }

  private static List<Entry> entries(History history) {
    List<Entry> entries = new ArrayList<>();
    for (Entry entry : history.search("", ALL)) {
      if (entry.checked() && entry.hasAudio()) {
        entries.add(0, entry); // oldest first: a later export begins like an earlier one
      }
    }
    return entries;
  }

  /** Writes the ZIP. */
  public static void write(History history, OutputStream out) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      StringBuilder table = new StringBuilder("file_name,transcription,language\n");
      for (Entry entry : entries(history)) {
        File pcm = history.audio(entry.id());
        List<TimedWord> words = history.words(entry.id());
        List<Integer> cuts = new ArrayList<>(List.of(0));
        cut(words, 0, words.size(), cuts);
        for (int i = 0; pcm != null && i + 1 < cuts.size(); i++) {
          int from = cuts.get(i);
          int to = cuts.get(i + 1);
          String name = "audio/" + entry.id() + "-" + (i + 1) + ".wav";
          zip.putNextEntry(new ZipEntry(name));
          PcmWav.write(
              pcm, begin(words, from) * SAMPLES_PER_MS, end(words, to) * SAMPLES_PER_MS, zip);
          zip.closeEntry();
          table.append(name).append(',');
          table.append(quoted(join(words.subList(from, to)))).append(',');
          table.append(quoted(entry.language())).append('\n');
        }
      }
      zip.putNextEntry(new ZipEntry("metadata.csv"));
      zip.write(table.toString().getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    }
  }

  /** Adds where clips end: halves a stretch at its longest pause until it is short enough. */
  static void cut(List<TimedWord> words, int from, int to, List<Integer> cuts) {
    if (from == to) {
      return;
    }
    int best = -1;
    long longest = 0;
    if (words.get(to - 1).endMs() - words.get(from).startMs() > LONGEST_MS) {
      for (int i = from + 1; i < to; i++) {
        long pause = words.get(i).startMs() - words.get(i - 1).endMs();
        if (pause > longest) {
          longest = pause;
          best = i;
        }
      }
    }
    if (best < 0) {
      cuts.add(to);
    } else {
      cut(words, from, best, cuts);
      cut(words, best, to, cuts);
    }
  }

  /** The middle of the pause before a word, at most the margin before it. */
  private static long begin(List<TimedWord> words, int first) {
    long start = words.get(first).startMs();
    long before = first == 0 ? 0 : words.get(first - 1).endMs();
    return Math.max(start - MARGIN_MS, first == 0 ? 0 : (before + start) / 2);
  }

  private static long end(List<TimedWord> words, int next) {
    long end = words.get(next - 1).endMs();
    return next == words.size()
        ? end + MARGIN_MS
        : Math.min(end + MARGIN_MS, (end + words.get(next).startMs()) / 2);
  }

  private static String join(List<TimedWord> words) {
    List<String> texts = new ArrayList<>();
    for (TimedWord word : words) {
      texts.add(word.text());
    }
    return String.join(" ", texts);
  }

  private static String quoted(String text) {
    return '"' + text.replace("\"", "\"\"") + '"';
  }
}
