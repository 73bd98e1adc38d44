package org.malgwi.core;

import java.util.ArrayList;
import java.util.List;

/**
 * Words with times to subtitles: SubRip (SRT) and WebVTT. A new cue starts after a gap of 0.6 s,
 * when it would last over 6 s, or when its text would not fit two lines of 42 characters. The twin
 * of {@code subtitles.py}.
 */
public final class Subtitles {
  private static final int GAP_MS = 600;
  private static final int LONGEST_MS = 6_000;
  private static final int LINES = 2;
  private static final int LINE_CHARACTERS = 42;

  private Subtitles() {}

  /** One subtitle: when, and the lines of text to show. */
  private record Cue(long startMs, long endMs, List<String> lines) {}

  /** A SubRip file; empty when there are no words. */
  public static String srt(List<TimedWord> words) {
    StringBuilder out = new StringBuilder();
    int number = 0;
    for (Cue cue : cues(words)) {
      out.append(number == 0 ? "" : "\n").append(++number).append('\n');
      appendTimes(out, cue, ',');
      for (String line : cue.lines) {
        out.append(line).append('\n');
      }
    }
    return out.toString();
  }

  /** A WebVTT file; its text is escaped as the format asks. */
  public static String vtt(List<TimedWord> words) {
    StringBuilder out = new StringBuilder("WEBVTT\n");
    for (Cue cue : cues(words)) {
      out.append('\n');
      appendTimes(out, cue, '.');
      for (String line : cue.lines) {
        out.append(line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
            .append('\n');
      }
    }
    return out.toString();
  }

  private static List<Cue> cues(List<TimedWord> words) {
    List<Cue> cues = new ArrayList<>();
    List<TimedWord> group = new ArrayList<>();
    for (TimedWord word : words) {
      if (!group.isEmpty() && !fits(group, word)) {
        cues.add(cue(group));
        group.clear();
      }
      group.add(word);
    }
    if (!group.isEmpty()) {
      cues.add(cue(group));
    }
    return cues;
  }

  private static Cue cue(List<TimedWord> group) {
    return new Cue(group.get(0).startMs(), group.get(group.size() - 1).endMs(), wrap(group));
  }

  private static boolean fits(List<TimedWord> group, TimedWord word) {
    List<TimedWord> longer = new ArrayList<>(group);
    longer.add(word);
    return word.startMs() - group.get(group.size() - 1).endMs() < GAP_MS
        && word.endMs() - group.get(0).startMs() <= LONGEST_MS
        && wrap(longer).size() <= LINES;
  }

  /** A word longer than a line stands whole on a line of its own. */
  private static List<String> wrap(List<TimedWord> words) {
    List<String> lines = new ArrayList<>();
    for (TimedWord word : words) {
      int last = lines.size() - 1;
      if (last >= 0 && length(lines.get(last)) + 1 + length(word.text()) <= LINE_CHARACTERS) {
        lines.set(last, lines.get(last) + " " + word.text());
      } else {
        lines.add(word.text());
      }
    }
    return lines;
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
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
