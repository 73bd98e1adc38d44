package org.malgwi.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** One text on its way to what is spelt of it: the rules of docs/data.md, as text.py has them. */
final class Spelling {
  private static final int CAPITAL_SIGMA = 'Σ';
  private static final int FINAL_SIGMA = 'ς';
  private static final int DOT_ABOVE = 0x0307;
  private static final String SPOKEN = "LACN";
  private static final String LETTERS = "LAC";

  private final Characters table = Characters.table();
  private final Normalisation rules;
  private final boolean dotless;
  private final int[] out;
  private final StringBuilder kinds = new StringBuilder();
  private final List<Integer> sigmas = new ArrayList<>();
  private char base = ' ';
  private boolean doubled;

  private Spelling(Normalisation rules, int length) {
    this.rules = rules;
    this.dotless = rules.isDotless();
    this.out = new int[2 * length];
  }

  static String of(String text, Normalisation rules) {
    int[] composed = Characters.table().composed(text).codePoints().toArray();
    Spelling spelling = new Spelling(rules, composed.length);
    spelling.read(composed);
    // Taking back an apostrophe may leave a space before it and one behind.
    String spelt = Text.collapseSpace(spelling.text());
    return rules.keeps('\'') ? spelt : unquoted(spelt);
  }

  /** What a token adds to a text; what an apostrophe or a joiner is depends on the others. */
  static String ofToken(String token, Normalisation rules) {
    int[] composed = Characters.table().composed(token).codePoints().toArray();
    Spelling spelling = new Spelling(rules, composed.length);
    if (composed.length == 1 && spelling.kind(composed[0]) == 'J') {
      return token;
    }
    spelling.read(composed);
    return spelling.text();
  }

  private void read(int[] text) {
    boolean ends = false;
    boolean spaced = false;
    for (int i = 0; i < text.length; i++) {
      int c = text[i];
      char kind = kind(c);
      if (kind == 'J') {
        char after = i + 1 < text.length ? kind(text[i + 1]) : ' ';
        if (kinds.length() == 0 || ends || spaced || !joins(after)) {
          continue;
        }
      } else if (kind == 'S') {
        spaced = true;
        doubled = false;
        base = ' ';
        continue;
      } else if (kind == 'P') {
        ends = true;
        doubled = false;
        continue;
      } else if (kind == ' ' || kind == 'I' || (c == DOT_ABOVE && isDotted(spaced))) {
        continue;
      }
      boolean mark = kind == 'M' || kind == 'V';
      boolean unspaced = base == 'C' && kind == 'C';
      if (kinds.length() > 0 && (spaced || (ends && !mark && !unspaced))) {
        add(' ', ' ');
      }
      ends = false;
      spaced = false;
      if (SPOKEN.indexOf(kind) >= 0) {
        base = kind;
      }
      if (c == CAPITAL_SIGMA) {
        sigmas.add(kinds.length());
      }
      add(kind == 'Q' ? '\'' : small(c), kind);
    }
    for (int at : sigmas) {
      if (endsWord(at)) {
        out[at] = FINAL_SIGMA;
      }
    }
  }

  private char kind(int c) {
    return rules.keeps(c) ? 'L' : table.kind(c);
  }

  private int small(int c) {
    return dotless && c == 'I' ? 'ı' : table.small(c);
  }

  private void add(int c, char kind) {
    if (kind == 'Q' && isDoubled()) {
      return;
    }
    doubled = false;
    out[kinds.length()] = c;
    kinds.append(kind);
  }

  /** Takes back an apostrophe before this one: several in a row are a quotation mark. */
  private boolean isDoubled() {
    int last = kinds.length() - 1;
    if (last >= 0 && kinds.charAt(last) == 'Q') {
      kinds.setLength(last);
      doubled = true;
    }
    return doubled;
  }

  private String text() {
    return table.composed(new String(out, 0, kinds.length()));
  }

  /** A joiner is spelling after a virama, or between letters that join. */
  private boolean joins(char after) {
    int at = kinds.length() - 1;
    while (at > 0 && kinds.charAt(at) == 'M') {
      at--;
    }
    char last = kinds.charAt(at);
    return last == 'V' || (last == 'A' && base == 'A' && after == 'A');
  }

  /** Says whether the marks at the end belong to an i, which has a dot of its own. */
  private boolean isDotted(boolean spaced) {
    int at = kinds.length() - 1;
    while (at >= 0 && "MV".indexOf(kinds.charAt(at)) >= 0) {
      at--;
    }
    return !spaced && at >= 0 && table.base(out[at]) == 'i';
  }

  /** Says whether a letter that others precede is the last of its word. */
  private boolean endsWord(int at) {
    int before = at - 1;
    while (before >= 0 && "MVQ".indexOf(kinds.charAt(before)) >= 0) {
      before--;
    }
    int after = at + 1;
    while (after < kinds.length() && "MVQJ".indexOf(kinds.charAt(after)) >= 0) {
      after++;
    }
    return before >= 0
        && LETTERS.indexOf(kinds.charAt(before)) >= 0
        && (after == kinds.length() || SPOKEN.indexOf(kinds.charAt(after)) < 0);
  }

  /** Takes off the apostrophes that are quotation marks: alone, or in pairs around words. */
  private static String unquoted(String text) {
    if (text.indexOf('\'') < 0) {
      return text;
    }
    List<String> words = new ArrayList<>();
    for (String word : text.split(" ", -1)) {
      if (!word.isEmpty() && !word.equals("'")) {
        words.add(word);
      }
    }
    Deque<Integer> opened = new ArrayDeque<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.startsWith("'")) {
        opened.push(i);
      }
      if (word.endsWith("'") && !opened.isEmpty()) {
        int at = opened.pop();
        words.set(i, word.substring(0, word.length() - 1));
        words.set(at, words.get(at).substring(1));
      }
    }
    return String.join(" ", words);
  }
}
