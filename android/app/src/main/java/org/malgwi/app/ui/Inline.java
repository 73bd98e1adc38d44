package org.malgwi.app.ui;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * What Markdown's marks within a paragraph make of it. What isn't closed stands there as it was
 * written. Immutable.
 *
 * @param text without marks; addresses of links in parentheses behind their words
 * @param styles stretches of it, none of them empty
 */
record Inline(String text, List<Styled> styles) {
  enum Style {
    BOLD,
    ITALIC,
    STRUCK,
    CODE
  }

  /** A stretch of the text, from {@code start} to before {@code end}. */
  record Styled(Style style, int start, int end) {}

  /** Takes the marks out of a paragraph and keeps what they say. */
  static Inline of(String paragraph) {
    Scan scan = new Scan();
    scan.read(paragraph, true);
    scan.endWords();
    return scan.joined();
  }

  /** Reads a paragraph once; takes time in proportion to its length. */
  private static final class Scan {
    private static final String ESCAPABLE = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /** Characters within which code, a link or an address ends. */
    private static final int LONGEST = 1_000;

    /** Marks that can be open at once. */
    private static final int MOST_OPEN = 16;

    private static final Map<String, String> ENTITIES =
        Map.of("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", "\"", "&nbsp;", "\u00A0");

    private final List<Piece> pieces = new ArrayList<>();
    private final Deque<Piece> open = new ArrayDeque<>();
    private final StringBuilder words = new StringBuilder();

    /** Words, code, or a mark; of a pair of marks each knows where it began. */
    private static final class Piece {
      private final String text;
      private final Style style;
      private Piece opener;
      private boolean paired;
      private int start;

      Piece(String text, Style style) {
        this.text = text;
        this.style = style;
      }
    }

    void endWords() {
      if (words.length() > 0) {
        pieces.add(new Piece(words.toString(), null));
        words.setLength(0);
      }
    }

    /**
     * @param links false within a link
     */
    void read(String text, boolean links) {
      int at = 0;
      while (at < text.length()) {
        char c = text.charAt(at);
        int next = at;
        if (c == '\\' && at + 1 < text.length() && ESCAPABLE.indexOf(text.charAt(at + 1)) >= 0) {
          words.append(text.charAt(at + 1));
          next = at + 2;
        } else if (c == '`') {
          next = readCode(text, at);
        } else if (links && (c == '[' || text.startsWith("![", at))) {
          next = readLink(text, at);
        } else if (c == '<') {
          next = readAddress(text, at);
        } else if (c == '&') {
          next = readEntity(text, at);
        } else if (c == '*' || c == '_' || c == '~') {
          next = readMarks(text, at);
        }
        if (next == at) {
          words.append(c);
          next++;
        }
        at = next;
      }
    }

    private static int run(String text, int from) {
      int end = from;
      while (end < text.length() && text.charAt(end) == text.charAt(from)) {
        end++;
      }
      return end;
    }

    /** Code ends where as many backticks stand as it began with. */
    private int readCode(String text, int from) {
      int start = run(text, from);
      int last = Math.min(text.length(), start + LONGEST);
      int at = start;
      while (at < last) {
        int end = text.charAt(at) == '`' ? run(text, at) : at + 1;
        if (text.charAt(at) == '`' && end - at == start - from) {
          String code = text.substring(start, at);
          boolean padded = code.startsWith(" ") && code.endsWith(" ") && !code.trim().isEmpty();
          endWords();
          pieces.add(new Piece(padded ? code.substring(1, code.length() - 1) : code, Style.CODE));
          return end;
        }
        at = end;
      }
      words.append(text, from, start);
      return start;
    }

    /** Words in brackets and an address in parentheses behind them; of a picture, its words. */
    private int readLink(String text, int from) {
      boolean picture = text.charAt(from) == '!';
      int start = picture ? from + 2 : from + 1;
      int close = closing(text, start, '[', ']');
      if (close < 0 || !text.startsWith("(", close + 1)) {
        return from;
      }
      int end = closing(text, close + 2, '(', ')');
      if (end < 0) {
        return from;
      }
      String label = text.substring(start, close);
      String address = text.substring(close + 2, end).trim().split("[ \t\n]", 2)[0];
      read(label, false);
      if (!picture && isAddress(address) && !label.equals(address)) {
        words.append(" (").append(address).append(')');
      }
      return end + 1;
    }

    private static int closing(String text, int from, char opens, char closes) {
      int depth = 0;
      int last = Math.min(text.length(), from + LONGEST);
      for (int at = from; at < last; at++) {
        char c = text.charAt(at);
        if (c == '\\') {
          at++;
        } else if (c == opens) {
          depth++;
        } else if (c == closes && depth-- == 0) {
          return at;
        }
      }
      return -1;
    }

    private static boolean isAddress(String text) {
      return text.startsWith("https://")
          || text.startsWith("http://")
          || text.startsWith("mailto:");
    }

    private int readAddress(String text, int from) {
      int end = text.substring(from, Math.min(text.length(), from + LONGEST)).indexOf('>');
      String address = end < 0 ? "" : text.substring(from + 1, from + end);
      if (!isAddress(address) || address.contains(" ")) {
        return from;
      }
      words.append(address);
      return from + end + 1;
    }

    private int readEntity(String text, int from) {
      for (Map.Entry<String, String> entity : ENTITIES.entrySet()) {
        if (text.startsWith(entity.getKey(), from)) {
          words.append(entity.getValue());
          return from + entity.getKey().length();
        }
      }
      return from;
    }

    /** Marks open before words and close behind them; {@code _} not within a word. */
    private int readMarks(String text, int from) {
      char mark = text.charAt(from);
      int end = run(text, from);
      char before = from == 0 ? ' ' : text.charAt(from - 1);
      char behind = end == text.length() ? ' ' : text.charAt(end);
      boolean opens = !isSpace(behind) && (mark != '_' || !Character.isLetterOrDigit(before));
      boolean closes = !isSpace(before) && (mark != '_' || !Character.isLetterOrDigit(behind));
      int count = end - from;
      if (count > 3 || (mark == '~' && count != 2) || !(opens || closes)) {
        words.append(text, from, end);
        return end;
      }
      endWords();
      boolean oneFirst = closes && count == 3;
      for (int left = count; left > 0; ) {
        int some = left == 3 && oneFirst ? 1 : Math.min(2, left);
        mark(text.substring(from, from + some), opens, closes);
        left -= some;
      }
      return end;
    }

    private static boolean isSpace(char c) {
      return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }

    private void mark(String text, boolean opens, boolean closes) {
      Style style =
          text.charAt(0) == '~' ? Style.STRUCK : text.length() == 2 ? Style.BOLD : Style.ITALIC;
      Piece piece = new Piece(text, style);
      pieces.add(piece);
      Piece opener = closes ? opener(text) : null;
      if (opener != null) {
        opener.paired = true;
        piece.paired = true;
        piece.opener = opener;
        while (open.pop() != opener) {
          // What was opened since then isn't closed.
        }
      } else if (opens) {
        open.push(piece);
        if (open.size() > MOST_OPEN) {
          open.removeLast();
        }
      }
    }

    private Piece opener(String text) {
      for (Piece one : open) {
        if (one.text.equals(text)) {
          return one;
        }
      }
      return null;
    }

    Inline joined() {
      StringBuilder text = new StringBuilder();
      List<Styled> styles = new ArrayList<>();
      for (Piece piece : pieces) {
        piece.start = piece.opener == null ? text.length() : piece.opener.start;
        if (!piece.paired) {
          text.append(piece.text);
        }
        boolean ends = piece.opener != null || piece.style == Style.CODE;
        if (ends && piece.start < text.length()) {
          styles.add(new Styled(piece.style, piece.start, text.length()));
        }
      }
      return new Inline(text.toString(), List.copyOf(styles));
    }
  }
}
