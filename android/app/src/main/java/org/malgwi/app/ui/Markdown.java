package org.malgwi.app.ui;

import android.graphics.Typeface;
import android.text.SpannableStringBuilder;
import android.text.Spanned;
import android.text.style.LeadingMarginSpan;
import android.text.style.RelativeSizeSpan;
import android.text.style.StrikethroughSpan;
import android.text.style.StyleSpan;
import android.text.style.TypefaceSpan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Markdown as styled text, to be read and copied: headings, paragraphs, lists, quotes, code, and
 * tables, each row of which becomes a line that fits any width. Addresses are text, which can't be
 * tapped; HTML stands there as it was written. Takes time in proportion to the text's length.
 */
public final class Markdown {
  /** More would make a view slow; what comes later is plain. */
  static final int MOST_SPANS = 2_000;

  private static final float[] SIZES = {1.25f, 1.12f, 1};
  private static final float GAP_SIZE = 0.6f;
  private static final int DEEPEST = 5;

  private final int indent;
  private final String[] lines;
  private final SpannableStringBuilder out = new SpannableStringBuilder();
  private int at;
  private int spans;

  /** Characters that the columns' names may still add: together as many as the text has. */
  private int naming;

  private Markdown(String text, int indent) {
    this.indent = indent;
    lines = cleaned(text).split("\n", -1);
    naming = text.length();
  }

  /**
   * A text with its styles.
   *
   * @param indent of lists, quotes and code, in pixels
   */
  public static CharSequence styled(String text, int indent) {
    Markdown markdown = new Markdown(text, indent);
    markdown.readAll();
    return markdown.out;
  }

  /** Controls have no look of their own, and some turn what stands around them. */
  private static String cleaned(String text) {
    return text.replaceAll("\r\n?", "\n")
        .replaceAll("[\\p{Cntrl}\u200E\u200F\u202A-\u202E\u2066-\u2069&&[^\n\t]]", "");
  }

  private void readAll() {
    if (lines[0].equals("---")) {
      readFrontMatter();
    }
    while (at < lines.length) {
      String line = lines[at];
      if (isBlank(line) || isRule(line)) {
        at++;
      } else if (fence(line) > 0) {
        readFence();
      } else if (level(line) > 0) {
        at++;
        String words = line.trim().substring(level(line));
        heading(level(line), words.replaceFirst("\\s#+\\s*$", ""));
      } else if (isIndented(line)) {
        readIndented();
      } else if (isQuote(line)) {
        readQuote();
      } else if (marker(line) > 0) {
        readList();
      } else if (isTable()) {
        readTable();
      } else {
        readParagraph();
      }
    }
  }

  private static boolean isBlank(String line) {
    return line.trim().isEmpty();
  }

  /** Columns of white space before a line's text. */
  private static int indentOf(String line) {
    int columns = 0;
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == '\t') {
        columns += 4 - columns % 4;
      } else if (line.charAt(i) == ' ') {
        columns++;
      } else {
        break;
      }
    }
    return columns;
  }

  private static boolean isIndented(String line) {
    return indentOf(line) >= 4;
  }

  private static boolean isQuote(String line) {
    return !isIndented(line) && line.trim().startsWith(">");
  }

  /** Three or more of a kind, with nothing but spaces between. */
  private static boolean isRule(String line) {
    String signs = line.replaceAll("[ \t]", "");
    return signs.length() >= 3
        && "-*_".indexOf(signs.charAt(0)) >= 0
        && isAll(signs, signs.substring(0, 1));
  }

  private static boolean isAll(String text, String of) {
    return text.chars().allMatch(c -> of.indexOf(c) >= 0);
  }

  private static int count(String text, char of) {
    int count = 0;
    while (count < text.length() && text.charAt(count) == of) {
      count++;
    }
    return count;
  }

  /** Of a heading, 1 to 6; else 0. */
  private static int level(String line) {
    String text = line.trim();
    int level = count(text, '#');
    boolean ends = level == text.length() || " \t".indexOf(text.charAt(level)) >= 0;
    return isIndented(line) || level > 6 || !ends ? 0 : level;
  }

  /** How long the fence is that a line is; else 0. */
  private static int fence(String line) {
    String text = line.trim();
    int length = Math.max(count(text, '`'), count(text, '~'));
    boolean inWords = text.startsWith("`") && text.indexOf('`', length) >= 0;
    return isIndented(line) || length < 3 || inWords ? 0 : length;
  }

  /** How long the mark is with which a list's item begins; else 0. */
  private static int marker(String line) {
    String text = line.trim();
    int digits = 0;
    while (digits < text.length() && "0123456789".indexOf(text.charAt(digits)) >= 0) {
      digits++;
    }
    boolean numbered = digits > 0 && digits < 10 && ".)".indexOf(sign(text, digits)) >= 0;
    int length = numbered ? digits + 1 : digits == 0 && "-*+".indexOf(sign(text, 0)) >= 0 ? 1 : 0;
    return length > 0 && " \t".indexOf(sign(text, length)) >= 0 ? length : 0;
  }

  private static char sign(String text, int at) {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  /** A row above a line of nothing but dashes, colons and bars. */
  private boolean isTable() {
    String below = at + 1 < lines.length ? lines[at + 1].trim() : "";
    return lines[at].contains("|")
        && below.contains("|")
        && below.contains("-")
        && isAll(below, "|:- \t");
  }

  /** Begins a block: below the one before, with a gap between. */
  private int begin() {
    if (out.length() > 0) {
      out.append('\n');
      int gap = out.length();
      out.append('\n');
      span(new RelativeSizeSpan(GAP_SIZE), gap, out.length());
    }
    return out.length();
  }

  private void span(Object style, int from, int to) {
    if (spans < MOST_SPANS && from < to) {
      spans++;
      out.setSpan(style, from, to, Spanned.SPAN_EXCLUSIVE_EXCLUSIVE);
    }
  }

  private void words(String text) {
    int from = out.length();
    Inline inline = Inline.of(text);
    out.append(inline.text());
    for (Inline.Styled one : inline.styles()) {
      Object style =
          switch (one.style()) {
            case BOLD -> new StyleSpan(Typeface.BOLD);
            case ITALIC -> new StyleSpan(Typeface.ITALIC);
            case STRUCK -> new StrikethroughSpan();
            case CODE -> new TypefaceSpan("monospace");
          };
      span(style, from + one.start(), from + one.end());
    }
  }

  private void heading(int level, String text) {
    int from = begin();
    words(text.trim());
    span(new StyleSpan(Typeface.BOLD), from, out.length());
    span(new RelativeSizeSpan(SIZES[Math.min(level, SIZES.length) - 1]), from, out.length());
  }

  private void code(List<String> code) {
    int from = begin();
    out.append(String.join("\n", code));
    span(new TypefaceSpan("monospace"), from, out.length());
    span(new LeadingMarginSpan.Standard(indent), from, out.length());
  }

  /** Facts for programs, which some cards begin with. */
  private void readFrontMatter() {
    for (int end = 1; end < lines.length; end++) {
      if (lines[end].equals("---")) {
        code(List.of(lines).subList(1, end));
        at = end + 1;
        return;
      }
    }
  }

  private void readFence() {
    int length = fence(lines[at]);
    char sign = lines[at].trim().charAt(0);
    List<String> code = new ArrayList<>();
    for (at++; at < lines.length; at++) {
      String text = lines[at].trim();
      if (text.length() >= length && isAll(text, String.valueOf(sign))) {
        at++;
        break;
      }
      code.add(lines[at]);
    }
    code(code);
  }

  private void readIndented() {
    List<String> code = new ArrayList<>();
    for (; at < lines.length && isIndented(lines[at]); at++) {
      code.add(unindented(lines[at]));
    }
    code(code);
  }

  /** A line without the first four columns of its indent, of which a tab may be several. */
  private static String unindented(String line) {
    int end = 1;
    while (indentOf(line.substring(0, end)) < 4) {
      end++;
    }
    return line.substring(end);
  }

  private void readQuote() {
    StringBuilder text = new StringBuilder();
    for (; at < lines.length && isQuote(lines[at]); at++) {
      text.append(text.length() == 0 ? "" : " ").append(lines[at].trim().substring(1).trim());
    }
    int from = begin();
    words(text.toString());
    span(new LeadingMarginSpan.Standard(indent), from, out.length());
  }

  private void readList() {
    Deque<Integer> indents = new ArrayDeque<>();
    boolean first = true;
    while (at < lines.length && marker(lines[at]) > 0 && !isRule(lines[at])) {
      int columns = indentOf(lines[at]);
      while (!indents.isEmpty() && indents.peek() > columns) {
        indents.pop();
      }
      if (indents.isEmpty() || indents.peek() < columns) {
        indents.push(columns);
      }
      if (first) {
        begin();
      } else {
        out.append('\n');
      }
      first = false;
      item(Math.min(indents.size(), DEEPEST));
    }
  }

  /** Reads an item, and what is said of it below it. */
  private void item(int depth) {
    String line = lines[at++].trim();
    int length = marker(line);
    String mark = length == 1 ? "•" : line.substring(0, length);
    StringBuilder text = new StringBuilder(line.substring(length).trim());
    while (at < lines.length && isMore(lines[at])) {
      text.append(' ').append(lines[at++].trim());
    }
    if (at + 1 < lines.length && isBlank(lines[at]) && marker(lines[at + 1]) > 0) {
      at++; // lists may have gaps
    }
    int from = out.length();
    out.append(mark).append(' ');
    words(text.toString());
    span(new LeadingMarginSpan.Standard(indent * (depth - 1), indent * depth), from, out.length());
  }

  /** Whether a line goes on with the paragraph above it. */
  private static boolean isMore(String line) {
    return !isBlank(line)
        && marker(line) == 0
        && level(line) == 0
        && fence(line) == 0
        && !isRule(line)
        && !isQuote(line);
  }

  /** Each row becomes a line: what it is about, then what each column says of it. */
  private void readTable() {
    List<String> columns = cells(lines[at]);
    at += 2;
    begin();
    boolean first = true;
    for (; at < lines.length && lines[at].contains("|") && !isBlank(lines[at]); at++) {
      if (!first) {
        out.append('\n');
      }
      first = false;
      row(columns, cells(lines[at]));
    }
    if (first) {
      words(String.join(" · ", columns));
    }
  }

  private void row(List<String> columns, List<String> cells) {
    int from = out.length();
    words(cells.get(0));
    span(new StyleSpan(Typeface.BOLD), from, out.length());
    String between = out.length() == from ? "" : ": ";
    for (int i = 1; i < cells.size(); i++) {
      String column = i < columns.size() ? columns.get(i) : "";
      naming -= column.length();
      if (naming < 0) {
        column = ""; // long names, said again in every row
      }
      out.append(between);
      words((column + " " + cells.get(i)).trim());
      between = " · ";
    }
  }

  /** What stands between the bars of a row; there is one cell at least. */
  private static List<String> cells(String row) {
    List<String> cells = new ArrayList<>();
    String text = row.trim();
    StringBuilder cell = new StringBuilder();
    for (int i = text.startsWith("|") ? 1 : 0; i < text.length(); i++) {
      if (text.startsWith("\\|", i)) {
        cell.append("\\|");
        i++;
      } else if (text.charAt(i) == '|') {
        cells.add(cell.toString().trim());
        cell.setLength(0);
      } else {
        cell.append(text.charAt(i));
      }
    }
    if (cell.length() > 0 || cells.isEmpty()) {
      cells.add(cell.toString().trim());
    }
    return cells;
  }

  private void readParagraph() {
    StringBuilder text = new StringBuilder();
    boolean more = true;
    while (more) {
      String line = lines[at++];
      boolean breaks = line.endsWith("  ") || line.endsWith("\\");
      String words = line.endsWith("\\") ? line.substring(0, line.length() - 1) : line;
      text.append(words.trim());
      String below = at < lines.length ? lines[at].trim() : "";
      if (!below.isEmpty() && (isAll(below, "=") || isAll(below, "-"))) {
        at++;
        heading(below.startsWith("=") ? 1 : 2, text.toString());
        return;
      }
      more = at < lines.length && isMore(lines[at]) && !isTable();
      if (more) {
        text.append(breaks ? '\n' : ' ');
      }
    }
    begin();
    words(text.toString());
  }
}
