package org.malgwi.app.history;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A model's letters as keys: which are worth one, what they are called, and how one is found. */
final class Letters {
  private Letters() {}

  /**
   * The letters that a keyboard may lack.
   *
   * @param alphabet letters of a model, each once
   * @return all but those of ASCII, which every keyboard has, and the letters within Korean
   *     syllables, which aren't written one by one; in the same order
   */
  static List<String> worthKeys(List<String> alphabet) {
    List<String> letters = new ArrayList<>();
    for (String letter : alphabet) {
      int first = letter.codePointAt(0);
      boolean jamo = Character.UnicodeBlock.HANGUL_JAMO.equals(Character.UnicodeBlock.of(first));
      if (first > 0x7F && !jamo) {
        letters.add(letter);
      }
    }
    return letters;
  }

  /** A letter as it is drawn: a mark that belongs above or below another one gets a circle. */
  static String shown(String letter) {
    return isMark(letter.codePointAt(0)) ? "\u25CC" + letter : letter;
  }

  private static boolean isMark(int letter) {
    return switch (Character.getType(letter)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
          true;
      default -> false;
    };
  }

  /**
   * What screen readers say: the letter and its Unicode name, since voices leave out the letters of
   * languages that they don't speak; of a syllable or a Chinese character the name says nothing.
   */
  static String spoken(String letter) {
    int first = letter.codePointAt(0);
    return switch (Character.UnicodeScript.of(first)) {
      case HANGUL, HAN, HIRAGANA, KATAKANA -> letter;
      default -> letter + ", " + name(first);
    };
  }

  private static String name(int letter) {
    String name = Character.getName(letter);
    return name == null ? "" : name.toLowerCase(Locale.ROOT);
  }

  /**
   * Finds letters by what can be typed: "e" finds "é" and "ㅁ" finds "말", since they are in it, and
   * "hook" finds "ƙ", by its Unicode name.
   *
   * @return those of {@code letters} that {@code typed} finds, in their order; all for nothing
   */
  static List<String> find(List<String> letters, String typed) {
    String wanted = parts(typed.trim());
    List<String> found = new ArrayList<>();
    for (String letter : letters) {
      boolean named = wanted.length() > 1 && name(letter.codePointAt(0)).contains(wanted);
      if (named || parts(letter).contains(wanted)) {
        found.add(letter);
      }
    }
    return found;
  }

  /** Small letters, taken apart: accents stand by themselves, and syllables as their letters. */
  private static String parts(String text) {
    return Normalizer.normalize(text.toLowerCase(Locale.ROOT), Normalizer.Form.NFKD);
  }
}
