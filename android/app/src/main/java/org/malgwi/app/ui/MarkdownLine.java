package org.malgwi.app.ui;

import java.util.ArrayList;
import java.util.List;

/** A line of Markdown: what it is, looked at alone. */
final class MarkdownLine {
  private MarkdownLine() {}

  static boolean isBlank(String line) {
    return line.trim().isEmpty();
  }

  /** Columns of white space before a line's text. */
  static int indentOf(String line) {
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

  static boolean isIndented(String line) {
    return indentOf(line) >= 4;
  }

  static boolean isQuote(String line) {
    return !isIndented(line) && line.trim().startsWith(">");
  }

  /** Three or more of a kind, with nothing but spaces between. */
  static boolean isRule(String line) {
    String signs = line.replaceAll("[ \t]", "");
    return signs.length() >= 3
        && "-*_".indexOf(signs.charAt(0)) >= 0
        && isAll(signs, signs.substring(0, 1));
  }

  static boolean isAll(String text, String of) {
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
  static int level(String line) {
    String text = line.trim();
    int level = count(text, '#');
    boolean ends = level == text.length() || " \t".indexOf(text.charAt(level)) >= 0;
    return isIndented(line) || level > 6 || !ends ? 0 : level;
  }

  /** How long the fence is that a line is; else 0. */
  static int fence(String line) {
    String text = line.trim();
    int length = Math.max(count(text, '`'), count(text, '~'));
    boolean inWords = text.startsWith("`") && text.indexOf('`', length) >= 0;
    return isIndented(line) || length < 3 || inWords ? 0 : length;
  }

  /** How long the mark is with which a list's item begins; else 0. */
  static int marker(String line) {
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

  /** A line without the first four columns of its indent, of which a tab may be several. */
  static String unindented(String line) {
    int end = 1;
    while (indentOf(line.substring(0, end)) < 4) {
      end++;
    }
    return line.substring(end);
  }

  /** Whether a line goes on with the paragraph above it. */
  static boolean isMore(String line) {
    return !isBlank(line)
        && marker(line) == 0
        && level(line) == 0
        && fence(line) == 0
        && !isRule(line)
        && !isQuote(line);
  }

  /** What stands between the bars of a row; there is one cell at least. */
  static List<String> cells(String row) {
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
}
