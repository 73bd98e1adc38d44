package org.malgwi.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The normalisation of text and the units that a model spells with; the twin of {@code text.py},
 * held to the same golden cases ({@code text.json}, {@code jamo.json}).
 */
public final class Text {
  private Text() {}

  /** What one token stands for. */
  public enum Unit {
    /** A character of normalised text. */
    CHARACTER,
    /** The letters of a Korean syllable, U+1100 to U+11FF. */
    JAMO
  }

  /**
   * Small letters, NFC, dashes and ends of sentences as spaces, one kind of apostrophe, no other
   * punctuation, symbol or control character, single spaces, by the Unicode version that Python
   * uses too, whichever this Java or Android carries.
   *
   * @param text as people write it
   * @param rules what a corpus decides of it
   * @return as a vocabulary spells it
   */
  public static String normalise(String text, Normalisation rules) {
    return Spelling.of(text, rules);
  }

  /**
   * Splits normalised text into the characters that a vocabulary is made of.
   *
   * @param text as {@link #normalise} gives it
   * @param unit what one token stands for
   * @return a code point each
   */
  public static List<String> split(String text, Unit unit) {
    List<String> parts = new ArrayList<>();
    text.codePoints()
        .forEach(
            c -> {
              if (unit == Unit.JAMO
                  && c >= Characters.FIRST_SYLLABLE
                  && c <= Characters.LAST_SYLLABLE) {
                parts.addAll(Arrays.asList(Characters.lettersOf(c).split("")));
              } else {
                parts.add(new String(Character.toChars(c)));
              }
            });
    return parts;
  }

  /**
   * Joins tokens into text: NFC puts the letters of Korean syllables together again.
   *
   * @param tokens what they add to the text, in order
   * @return the text
   */
  public static String join(Iterable<String> tokens) {
    return Characters.table().composed(String.join("", tokens));
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
}
