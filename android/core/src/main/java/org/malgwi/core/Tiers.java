package org.malgwi.core;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Words with times to tiers: utterances, which are divided at pauses of 0.6 s and then until none
 * lasts over 15 s, and the words themselves, as files of ELAN (.eaf) and Praat (.TextGrid). The
 * twin of {@code malgwi transcribe --format eaf,textgrid}.
 */
public final class Tiers {
  private static final long LONGEST_MS = 15_000;

  /** Types that ELAN has names for; others are audio/* and video/* there. */
  private static final Map<String, String> TYPES =
      Map.of(
          "wav", "audio/x-wav",
          "mp4", "video/mp4",
          "mpg", "video/mpeg",
          "mpeg", "video/mpeg",
          "mov", "video/quicktime");

  private static final List<String> AUDIO =
      List.of("mp3", "m4a", "aac", "flac", "ogg", "oga", "opus", "amr", "wma", "aif", "aiff");
  private static final List<String> VIDEO = List.of("webm", "mkv", "avi", "m4v", "3gp");

  private Tiers() {}

  /** A text at its time. */
  private record Annotation(long startMs, long endMs, String text) {}

  /** A slot of ELAN: a time and its number. */
  private record Slot(long ms, int number) {}

  /**
   * An .eaf with tiers of utterances, words and their confidences.
   *
   * @param words in order, as {@link Transcript#timedWords} gives them
   * @param recording the name of the recording's file, which is to lie beside this one; empty where
   *     there is none, and then nothing is linked
   * @param date when this is written, such as 2026-11-29T20:15:00+09:00
   * @return the file's text, with "\n" at the ends of lines
   */
  public static String eaf(List<TimedWord> words, String recording, String date) {
    List<Annotation> confidences = new ArrayList<>();
    for (TimedWord word : words) {
      String shown =
          new BigDecimal(word.confidence()).setScale(2, RoundingMode.HALF_EVEN).toPlainString();
      confidences.add(new Annotation(word.startMs(), word.endMs(), shown));
    }
    List<Slot> slots = new ArrayList<>();
    StringBuilder tiers = new StringBuilder();
    int used = appendTier(tiers, slots, "utterances", "", utterances(words), 0);
    used = appendTier(tiers, slots, "words", " PARENT_REF=\"utterances\"", each(words), used);
    used = appendTier(tiers, slots, "confidence", " PARENT_REF=\"utterances\"", confidences, used);
    slots.sort(Comparator.comparingLong(Slot::ms).thenComparingInt(Slot::number));
    String name = recording.replace('/', '_');
    StringBuilder out = new StringBuilder();
    out.append(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ANNOTATION_DOCUMENT AUTHOR=\"\" DATE=");
    out.append(quoted(date)).append(" FORMAT=\"3.0\" VERSION=\"3.0\"");
    out.append(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
    out.append(" xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">\n");
    out.append("    <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n");
    if (!name.isEmpty()) {
      out.append("        <MEDIA_DESCRIPTOR MEDIA_URL=").append(quoted("file:///" + name));
      out.append(" MIME_TYPE=").append(quoted(type(name)));
      out.append(" RELATIVE_MEDIA_URL=").append(quoted("./" + name)).append("/>\n");
    }
    out.append("        <PROPERTY NAME=\"lastUsedAnnotationId\">").append(used);
    out.append("</PROPERTY>\n    </HEADER>\n    <TIME_ORDER>\n");
    for (Slot slot : slots) {
      out.append("        <TIME_SLOT TIME_SLOT_ID=\"ts").append(slot.number);
      out.append("\" TIME_VALUE=\"").append(slot.ms).append("\"/>\n");
    }
    out.append("    </TIME_ORDER>\n").append(tiers);
    appendType(out, "", "utterances");
    appendType(out, "CONSTRAINTS=\"Included_In\" ", "words");
    appendType(out, "CONSTRAINTS=\"Included_In\" ", "confidence");
    out.append("    <CONSTRAINT DESCRIPTION=\"Annotations with times within their parent's, gaps");
    out.append(" allowed\" STEREOTYPE=\"Included_In\"/>\n</ANNOTATION_DOCUMENT>\n");
    return out.toString();
  }

  private static int appendTier(
      StringBuilder out,
      List<Slot> slots,
      String name,
      String parent,
      List<Annotation> annotations,
      int before) {
    out.append("    <TIER ANNOTATOR=\"malgwi\" LINGUISTIC_TYPE_REF=\"").append(name).append('"');
    out.append(parent).append(" TIER_ID=\"").append(name).append("\">\n");
    int number = before;
    for (Annotation one : annotations) {
      number++;
      slots.add(new Slot(one.startMs, 2 * number - 1));
      slots.add(new Slot(one.endMs, 2 * number));
      out.append("        <ANNOTATION>\n            <ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a");
      out.append(number).append("\" TIME_SLOT_REF1=\"ts").append(2 * number - 1);
      out.append("\" TIME_SLOT_REF2=\"ts").append(2 * number).append("\">\n");
      out.append("                <ANNOTATION_VALUE>").append(escaped(one.text));
      out.append("</ANNOTATION_VALUE>\n            </ALIGNABLE_ANNOTATION>\n");
      out.append("        </ANNOTATION>\n");
    }
    out.append("    </TIER>\n");
    return number;
  }

  private static void appendType(StringBuilder out, String constraint, String name) {
    out.append("    <LINGUISTIC_TYPE ").append(constraint).append("GRAPHIC_REFERENCES=\"false\"");
    out.append(" LINGUISTIC_TYPE_ID=\"").append(name).append("\" TIME_ALIGNABLE=\"true\"/>\n");
  }

  private static String type(String name) {
    int dot = name.lastIndexOf('.');
    String ending = name.substring(dot + 1).toLowerCase(Locale.ROOT);
    if (dot <= 0) {
      return "unknown";
    }
    if (TYPES.containsKey(ending)) {
      return TYPES.get(ending);
    }
    return AUDIO.contains(ending) ? "audio/*" : VIDEO.contains(ending) ? "video/*" : "unknown";
  }

  private static String quoted(String text) {
    String safe = escaped(text).replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;");
    if (!safe.contains("\"")) {
      return '"' + safe + '"';
    }
    return safe.contains("'") ? '"' + safe.replace("\"", "&quot;") + '"' : "'" + safe + "'";
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                default -> out.appendCodePoint(isXml(c) ? c : 0xFFFD);
              }
            });
    return out.toString();
  }

  private static boolean isXml(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || (c >= 0x20 && c <= 0xD7FF)
        || (c >= 0xE000 && c <= 0xFFFD)
        || c >= 0x10000;
  }

  /**
   * A .TextGrid with tiers of utterances and words, and empty intervals between.
   *
   * <p>Of an interval of no length Praat drops the next one in silence, so there is none: such a
   * text stands in the next one that begins there, else for a millisecond, else in the one before.
   *
   * @param words in order, as {@link Transcript#timedWords} gives them
   * @param durationMs of the recording; Praat refuses a tier of no length, so it has 1 ms at least
   * @return the file's text, with "\n" at the ends of lines
   */
  public static String textgrid(List<TimedWord> words, long durationMs) {
    long end = Math.max(1, durationMs);
    StringBuilder out = new StringBuilder("File type = \"ooTextFile\"\n");
    out.append("Object class = \"TextGrid\"\n\nxmin = 0\nxmax = ").append(seconds(end));
    out.append("\ntiers? <exists>\nsize = 2\nitem []:\n");
    appendIntervals(out, 1, "utterances", utterances(words), end);
    appendIntervals(out, 2, "words", each(words), end);
    return out.toString();
  }

  private static void appendIntervals(
      StringBuilder out, int number, String name, List<Annotation> annotations, long end) {
    List<Annotation> filled = new ArrayList<>();
    long at = 0;
    for (Annotation one : withLength(annotations, end)) {
      if (one.startMs > at) {
        filled.add(new Annotation(at, one.startMs, ""));
      }
      filled.add(one);
      at = one.endMs;
    }
    if (at < end) {
      filled.add(new Annotation(at, end, ""));
    }
    out.append("    item [").append(number).append("]:\n        class = \"IntervalTier\"\n");
    out.append("        name = \"").append(name).append("\"\n        xmin = 0\n        xmax = ");
    out.append(seconds(end)).append("\n        intervals: size = ").append(filled.size());
    out.append('\n');
    for (int i = 0; i < filled.size(); i++) {
      Annotation one = filled.get(i);
      out.append("        intervals [").append(i + 1).append("]:\n            xmin = ");
      out.append(seconds(one.startMs)).append("\n            xmax = ").append(seconds(one.endMs));
      out.append("\n            text = \"").append(one.text.replace("\"", "\"\"")).append("\"\n");
    }
  }

  /** Annotations each of which has some length. */
  private static List<Annotation> withLength(List<Annotation> annotations, long duration) {
    List<Annotation> given = new ArrayList<>();
    StringJoiner text = new StringJoiner(" ");
    for (int i = 0; i < annotations.size(); i++) {
      long start = annotations.get(i).startMs;
      long end = annotations.get(i).endMs;
      text.add(annotations.get(i).text);
      if (end <= start) {
        if (i + 1 < annotations.size() && annotations.get(i + 1).startMs <= start) {
          continue;
        }
        int last = given.size() - 1;
        if (start >= duration && last >= 0 && given.get(last).endMs == start) {
          Annotation before = given.get(last);
          given.set(last, new Annotation(before.startMs, start, before.text + " " + text));
          text = new StringJoiner(" ");
          continue;
        }
        start = Math.min(start, duration - 1);
        end = start + 1;
      }
      given.add(new Annotation(start, end, text.toString()));
      text = new StringJoiner(" ");
    }
    return given;
  }

  private static String seconds(long ms) {
    String digits = String.format(Locale.ROOT, "%d.%03d", ms / 1000, ms % 1000);
    return digits.replaceFirst("\\.?0+$", "");
  }

  private static List<Annotation> each(List<TimedWord> words) {
    List<Annotation> each = new ArrayList<>();
    for (TimedWord word : words) {
      each.add(new Annotation(word.startMs(), word.endMs(), word.text()));
    }
    return each;
  }

  /** The words in groups: divided at every pause as long as a subtitle's, then at their longest. */
  private static List<Annotation> utterances(List<TimedWord> words) {
    List<Annotation> utterances = new ArrayList<>();
    int from = 0;
    for (int i = 1; i <= words.size(); i++) {
      if (i == words.size() || pause(words, i) >= Subtitles.GAP_MS) {
        appendUtterances(words, from, i, utterances);
        from = i;
      }
    }
    return utterances;
  }

  private static void appendUtterances(
      List<TimedWord> words, int from, int to, List<Annotation> utterances) {
    Deque<int[]> waiting = new ArrayDeque<>();
    waiting.push(new int[] {from, to});
    while (!waiting.isEmpty()) {
      int[] group = waiting.pop();
      TimedWord first = words.get(group[0]);
      TimedWord last = words.get(group[1] - 1);
      if (group[1] - group[0] > 1 && last.endMs() - first.startMs() > LONGEST_MS) {
        int place = longestPause(words, group[0], group[1]);
        waiting.push(new int[] {place, group[1]});
        waiting.push(new int[] {group[0], place});
      } else {
        StringJoiner text = new StringJoiner(" ");
        words.subList(group[0], group[1]).forEach(word -> text.add(word.text()));
        utterances.add(new Annotation(first.startMs(), last.endMs(), text.toString()));
      }
    }
  }

  private static long pause(List<TimedWord> words, int place) {
    return words.get(place).startMs() - words.get(place - 1).endMs();
  }

  /** Before which word of a group it is; of equal ones the middlemost, of those the first. */
  private static int longestPause(List<TimedWord> words, int from, int to) {
    long twiceTheMiddle = words.get(from).startMs() + words.get(to - 1).endMs();
    int best = from + 1;
    for (int place = from + 2; place < to; place++) {
      long longer = pause(words, place) - pause(words, best);
      long farther =
          Math.abs(2 * words.get(place).startMs() - twiceTheMiddle)
              - Math.abs(2 * words.get(best).startMs() - twiceTheMiddle);
      if (longer > 0 || (longer == 0 && farther < 0)) {
        best = place;
      }
    }
    return best;
  }
}
