package org.malgwi.core;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The normalisation of text and the units that a model spells with; the twin of {@code text.py},
 * held to the same golden cases ({@code text.json}, {@code jamo.json}).
 */
public final class Text {
  private static final String APOSTROPHES = "’ʼ‘ʻ`´ʹ′＇ʾʿ‛";
  private static final int MINUS = 0x2212;
  private static final int FIRST_SYLLABLE = 0xAC00;
  private static final int LAST_SYLLABLE = 0xD7A3;
  private static final int VOWELS = 21;
  private static final int TRAILS = 28;

  private Text() {}

  /** What one token stands for. */
  public enum Unit {
    CHARACTER,
    /** The letters of a Korean syllable, U+1100 to U+11FF. */
    JAMO
  }

  /**
   * Lower case, NFC, dashes as spaces, one kind of apostrophe, no other punctuation, symbol or
   * control character (Unicode categories P, S and C), single spaces. Characters younger than the
   * Unicode version of this Java or Android count as unassigned and go.
   */
  public static String normalise(String text) {
    StringBuilder replaced = new StringBuilder(text.length());
    composed(text).codePoints().map(Text::replaced).forEach(replaced::appendCodePoint);
    StringBuilder kept = new StringBuilder(text.length());
    replaced
        .toString()
        .toLowerCase(Locale.ROOT)
        .codePoints()
        .filter(c -> !isDropped(c))
        .forEach(kept::appendCodePoint);
    return collapseSpace(composed(kept.toString()));
  }

  /** Splits normalised text into the characters that a vocabulary is made of. */
  public static List<String> split(String text, Unit unit) {
    List<String> parts = new ArrayList<>();
    text.codePoints()
        .forEach(
            c -> {
              if (unit == Unit.JAMO && c >= FIRST_SYLLABLE && c <= LAST_SYLLABLE) {
                splitSyllable(c - FIRST_SYLLABLE, parts);
              } else {
                parts.add(new String(Character.toChars(c)));
              }
            });
    return parts;
  }

  /** Joins tokens into text: NFC puts the letters of Korean syllables together again. */
  public static String join(Iterable<String> tokens) {
    return composed(String.join("", tokens));
  }

  /** Makes every run of white space one space, and none at the ends. */
  static String collapseSpace(CharSequence text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean space = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isSpace(c)) {
        space = true;
      } else {
        if (space && out.length() > 0) {
          out.append(' ');
        }
        space = false;
        out.append(c);
      }
    }
    return out.toString();
  }

  static boolean isBlank(String text) {
    return text.chars().allMatch(Text::isSpace);
  }

  /** White space as Python's str.isspace has it; Character.isWhitespace leaves out U+00A0. */
  static boolean isSpace(int c) {
    return (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x20)
        || c == 0x85
        || Character.isSpaceChar(c);
  }

  private static String composed(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC);
  }

  private static int replaced(int c) {
    if (isSpace(c) || c == MINUS || Character.getType(c) == Character.DASH_PUNCTUATION) {
      return ' ';
    }
    return APOSTROPHES.indexOf(c) >= 0 ? '\'' : c;
  }

  private static boolean isDropped(int c) {
    if (c == '\'' || c == ' ') {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION,
          Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL,
          Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }

  private static void splitSyllable(int index, List<String> parts) {
    parts.add(String.valueOf((char) (0x1100 + index / (VOWELS * TRAILS))));
    parts.add(String.valueOf((char) (0x1161 + index / TRAILS % VOWELS)));
    if (index % TRAILS != 0) {
      parts.add(String.valueOf((char) (0x11A7 + index % TRAILS)));
    }
  }
}
