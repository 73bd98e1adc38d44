package org.malgwi.core;

import java.util.ArrayList;
import java.util.List;

/**
 * Words with times to subtitles: SubRip (SRT) and WebVTT. A new cue starts after a gap of 0.6 s,
 * when it would last over 6 s, or when its text would not fit two lines of 42 columns (a wide
 * character takes two). A cue shorter than 0.7 s is shown longer where there is room. The twin of
 * {@code subtitles.py}.
 */
public final class Subtitles {
  /** A pause of so many milliseconds ends a cue. */
  public static final int GAP_MS = 600;

  private static final int LONGEST_MS = 6_000;
  private static final int LINES = 2;
  private static final int LINE_COLUMNS = 42;
  private static final int SHORTEST_MS = 700;

  /** First and last code points. */
  private static final int[] WIDE = {
    0x1100, 0x115F, 0x2E80, 0x303E, 0x3041, 0xA4CF, 0xA960, 0xA97F, 0xAC00, 0xD7A3, 0xF900, 0xFAFF,
    0xFE30, 0xFE6F, 0xFF01, 0xFF60, 0xFFE0, 0xFFE6, 0x20000, 0x3FFFD
  };

  /** Of scripts that are written without spaces: Thai, Lao, Burmese, Khmer, Chinese, Japanese. */
  private static final int[] UNSPACED = {
    0x0E00, 0x0EFF, 0x1000, 0x109F, 0x1780, 0x17FF, 0x2E80, 0x312F, 0x31A0, 0xA4CF, 0xF900, 0xFAFF,
    0x20000, 0x3FFFD
  };

  /** Of Thai and Lao; they stand before their consonant. */
  private static final int[] VOWELS_BEFORE = {0x0E40, 0x0E44, 0x0EC0, 0x0EC4};

  private Subtitles() {}

  /** One subtitle: when, and the lines of text to show. */
  private record Cue(long startMs, long endMs, List<String> lines) {}

  /**
   * A word, or a letter of one that is broken.
   *
   * @param space what stands between it and the part before
   */
  private record Part(String text, long startMs, long endMs, String space) {}

  /**
   * A SubRip file; empty when there are no words. The format has no escapes of its own, but players
   * know those of HTML for angle brackets, and take bare ones for markup.
   *
   * @param words in order, as {@link Transcript#timedWords} gives them
   * @return the file's text, with "\n" at the ends of lines
   */
  public static String srt(List<TimedWord> words) {
    StringBuilder out = new StringBuilder();
    int number = 0;
    for (Cue cue : cues(words)) {
      out.append(number == 0 ? "" : "\n").append(++number).append('\n');
      appendTimes(out, cue, ',');
      for (String line : cue.lines) {
        out.append(withoutTags(line)).append('\n');
      }
    }
    return out.toString();
  }

  /**
   * A WebVTT file; its text is escaped as the format asks.
   *
   * @param words in order, as {@link Transcript#timedWords} gives them
   * @return the file's text, with "\n" at the ends of lines
   */
  public static String vtt(List<TimedWord> words) {
    StringBuilder out = new StringBuilder("WEBVTT\n");
    for (Cue cue : cues(words)) {
      out.append('\n');
      appendTimes(out, cue, '.');
      for (String line : cue.lines) {
        out.append(withoutTags(line.replace("&", "&amp;"))).append('\n');
      }
    }
    return out.toString();
  }

  private static String withoutTags(String text) {
    return text.replace("<", "&lt;").replace(">", "&gt;");
  }

  private static List<Cue> cues(List<TimedWord> words) {
    List<Cue> cues = new ArrayList<>();
    List<Part> group = new ArrayList<>();
    for (TimedWord word : words) {
      for (Part part : parts(word)) {
        if (!group.isEmpty() && !fits(group, part)) {
          cues.add(cue(group));
          group.clear();
        }
        group.add(part);
      }
    }
    if (!group.isEmpty()) {
      cues.add(cue(group));
    }
    return readable(cues);
  }

  private static Cue cue(List<Part> group) {
    return new Cue(group.get(0).startMs, group.get(group.size() - 1).endMs, wrap(group));
  }

  /** The cues shown as long as people need to read them, where there is room. */
  private static List<Cue> readable(List<Cue> spoken) {
    List<Cue> shown = new ArrayList<>();
    for (int i = 0; i < spoken.size(); i++) {
      Cue cue = spoken.get(i);
      long start = cue.startMs;
      long end = cue.endMs;
      long wanted = start + SHORTEST_MS;
      if (end < wanted) {
        boolean last = i + 1 == spoken.size();
        end = last ? wanted : Math.max(end, Math.min(wanted, spoken.get(i + 1).startMs));
      }
      if (end - start < SHORTEST_MS) {
        long free = shown.isEmpty() ? 0 : shown.get(shown.size() - 1).endMs;
        start = Math.min(start, Math.max(free, end - SHORTEST_MS));
      }
      shown.add(new Cue(start, end, cue.lines));
    }
    return shown;
  }

  /** A word as it is, or as letters if it is too long and its script knows no spaces. */
  private static List<Part> parts(TimedWord word) {
    long length = word.endMs() - word.startMs();
    boolean isLong = columns(word.text()) > LINE_COLUMNS || length > LONGEST_MS;
    if (!isLong || word.text().codePoints().noneMatch(c -> within(UNSPACED, c))) {
      return List.of(new Part(word.text(), word.startMs(), word.endMs(), " "));
    }
    List<String> letters = new ArrayList<>();
    int before = 0;
    for (int c : word.text().codePoints().toArray()) {
      int last = letters.size() - 1;
      if (last >= 0 && (staysWithTheLetterBefore(c) || within(VOWELS_BEFORE, before))) {
        letters.set(last, letters.get(last) + new String(Character.toChars(c)));
      } else {
        letters.add(new String(Character.toChars(c)));
      }
      before = c;
    }
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < letters.size(); i++) {
      long start = word.startMs() + length * i / letters.size();
      long end = word.startMs() + length * (i + 1) / letters.size();
      parts.add(new Part(letters.get(i), start, end, i == 0 ? " " : ""));
    }
    return parts;
  }

  private static boolean staysWithTheLetterBefore(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.OTHER_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION ->
          true;
      default -> false;
    };
  }

  private static boolean fits(List<Part> group, Part part) {
    List<Part> longer = new ArrayList<>(group);
    longer.add(part);
    return part.startMs - group.get(group.size() - 1).endMs < GAP_MS
        && part.endMs - group.get(0).startMs <= LONGEST_MS
        && wrap(longer).size() <= LINES;
  }

  /** A part longer than a line stands whole on a line of its own. */
  private static List<String> wrap(List<Part> parts) {
    List<String> lines = new ArrayList<>();
    for (Part part : parts) {
      int last = lines.size() - 1;
      String longer = last < 0 ? "" : lines.get(last) + part.space + part.text;
      if (last >= 0 && columns(longer) <= LINE_COLUMNS) {
        lines.set(last, longer);
      } else {
        lines.add(part.text);
      }
    }
    return lines;
  }

  private static int columns(String text) {
    return text.codePoints().map(c -> within(WIDE, c) ? 2 : 1).sum();
  }

  private static boolean within(int[] ranges, int c) {
    for (int i = 0; i < ranges.length; i += 2) {
      if (c >= ranges[i] && c <= ranges[i + 1]) {
        return true;
      }
    }
    return false;
  }

  private static void appendTimes(StringBuilder out, Cue cue, char point) {
    appendClock(out, cue.startMs, point);
    out.append(" --> ");
    appendClock(out, cue.endMs, point);
    out.append('\n');
  }

  private static void appendClock(StringBuilder out, long ms, char point) {
    appendPadded(out, ms / 3_600_000, 2);
    appendPadded(out.append(':'), ms / 60_000 % 60, 2);
    appendPadded(out.append(':'), ms / 1000 % 60, 2);
    appendPadded(out.append(point), ms % 1000, 3);
  }

  private static void appendPadded(StringBuilder out, long value, int width) {
    String digits = Long.toString(value);
    for (int i = digits.length(); i < width; i++) {
      out.append('0');
    }
    out.append(digits);
  }
}
