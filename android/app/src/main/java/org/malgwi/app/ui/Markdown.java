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
      if (MarkdownLine.isBlank(line) || MarkdownLine.isRule(line)) {
        at++;
      } else if (MarkdownLine.fence(line) > 0) {
        readFence();
      } else if (MarkdownLine.level(line) > 0) {
        at++;
        String words = line.trim().substring(MarkdownLine.level(line));
        heading(MarkdownLine.level(line), words.replaceFirst("\\s#+\\s*$", ""));
      } else if (MarkdownLine.isIndented(line)) {
        readIndented();
      } else if (MarkdownLine.isQuote(line)) {
        readQuote();
      } else if (MarkdownLine.marker(line) > 0) {
        readList();
      } else if (isTable()) {
        readTable();
      } else {
        readParagraph();
      }
    }
  }

  /** A row above a line of nothing but dashes, colons and bars. */
  private boolean isTable() {
    String below = at + 1 < lines.length ? lines[at + 1].trim() : "";
    return lines[at].contains("|")
        && below.contains("|")
        && below.contains("-")
        && MarkdownLine.isAll(below, "|:- \t");
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
    int length = MarkdownLine.fence(lines[at]);
    char sign = lines[at].trim().charAt(0);
    List<String> code = new ArrayList<>();
    for (at++; at < lines.length; at++) {
      String text = lines[at].trim();
      if (text.length() >= length && MarkdownLine.isAll(text, String.valueOf(sign))) {
        at++;
        break;
      }
      code.add(lines[at]);
    }
    code(code);
  }

  private void readIndented() {
    List<String> code = new ArrayList<>();
    for (; at < lines.length && MarkdownLine.isIndented(lines[at]); at++) {
      code.add(MarkdownLine.unindented(lines[at]));
    }
    code(code);
  }

  private void readQuote() {
    StringBuilder text = new StringBuilder();
    for (; at < lines.length && MarkdownLine.isQuote(lines[at]); at++) {
      text.append(text.length() == 0 ? "" : " ").append(lines[at].trim().substring(1).trim());
    }
    int from = begin();
    words(text.toString());
    span(new LeadingMarginSpan.Standard(indent), from, out.length());
  }

  private void readList() {
    Deque<Integer> indents = new ArrayDeque<>();
    boolean first = true;
    while (at < lines.length
        && MarkdownLine.marker(lines[at]) > 0
        && !MarkdownLine.isRule(lines[at])) {
      int columns = MarkdownLine.indentOf(lines[at]);
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
    int length = MarkdownLine.marker(line);
    String mark = length == 1 ? "•" : line.substring(0, length);
    StringBuilder text = new StringBuilder(line.substring(length).trim());
    while (at < lines.length && MarkdownLine.isMore(lines[at])) {
      text.append(' ').append(lines[at++].trim());
    }
    if (at + 1 < lines.length
        && MarkdownLine.isBlank(lines[at])
        && MarkdownLine.marker(lines[at + 1]) > 0) {
      at++; // lists may have gaps
    }
    int from = out.length();
    out.append(mark).append(' ');
    words(text.toString());
    span(new LeadingMarginSpan.Standard(indent * (depth - 1), indent * depth), from, out.length());
  }

  /** Each row becomes a line: what it is about, then what each column says of it. */
  private void readTable() {
    List<String> columns = MarkdownLine.cells(lines[at]);
    at += 2;
    begin();
    boolean first = true;
    for (; at < lines.length && lines[at].contains("|") && !MarkdownLine.isBlank(lines[at]); at++) {
      if (!first) {
        out.append('\n');
      }
      first = false;
      row(columns, MarkdownLine.cells(lines[at]));
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

  private void readParagraph() {
    StringBuilder text = new StringBuilder();
    boolean more = true;
    while (more) {
      String line = lines[at++];
      boolean breaks = line.endsWith("  ") || line.endsWith("\\");
      String words = line.endsWith("\\") ? line.substring(0, line.length() - 1) : line;
      text.append(words.trim());
      String below = at < lines.length ? lines[at].trim() : "";
      if (!below.isEmpty() && (MarkdownLine.isAll(below, "=") || MarkdownLine.isAll(below, "-"))) {
        at++;
        heading(below.startsWith("=") ? 1 : 2, text.toString());
        return;
      }
      more = at < lines.length && MarkdownLine.isMore(lines[at]) && !isTable();
      if (more) {
        text.append(breaks ? '\n' : ' ');
      }
    }
    begin();
    words(text.toString());
  }
}
