package org.malgwi.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Hotwords as users write them: words on the command line, files with one a line. The twin of
 * {@code hotword_text.py}. For files, apps read them by {@link #ofFile}.
 */
public final class HotwordText {
  /** A path, or a word with an ending. */
  private static final Pattern FILE_NAME =
      Pattern.compile("^@|[/\\\\]|\\.[\\p{L}\\p{N}_]{2,}[^\\p{L}\\p{N}_]*$");

  /** What lists of words are written with, but for the comma. */
  private static final String BETWEEN = ";|\t\n\r，；、､｜،؛";

  private static final int SHOWN = 40;

  private HotwordText() {}

  /**
   * The phrases between the commas; empty ones are left out.
   *
   * @throws MalgwiException when there is none, or one isn't words
   */
  static List<String> ofWords(String value) throws MalgwiException {
    List<String> phrases = new ArrayList<>();
    for (String part : value.split(",", -1)) {
      String phrase = stripped(part);
      if (phrase.isEmpty()) {
        continue;
      }
      if (FILE_NAME.matcher(phrase).find()) {
        throw new MalgwiException(
            shown(phrase)
                + ": looks like the name of a file; give a file with --hotwords-file, and words as"
                + " they are spoken");
      }
      check(phrase, BETWEEN, "put commas between words");
      phrases.add(phrase);
    }
    if (phrases.isEmpty()) {
      throw new MalgwiException(shown(value) + ": no word in it; give words with commas between");
    }
    return phrases;
  }

  /**
   * Reads a text file with a word or phrase a line; empty lines and those that begin with {@code #}
   * don't count.
   *
   * @param name what errors call it
   * @param content UTF-8, or UTF-16 or UTF-32 with a mark at its head
   * @return the words and phrases, in order
   * @throws MalgwiException when it isn't that, or holds no words
   */
  public static List<String> ofFile(String name, byte[] content) throws MalgwiException {
    String text = TextFile.read(name, content);
    try {
      return ofLines(text);
    } catch (MalgwiException e) {
      throw new MalgwiException(name + ": " + e.getMessage(), e);
    }
  }

  /**
   * The lines that aren't empty and don't begin with {@code #}.
   *
   * @param text the ends of its lines are line feeds
   * @throws MalgwiException when there is none, or one isn't a word or phrase; names the line
   */
  static List<String> ofLines(String text) throws MalgwiException {
    List<String> phrases = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String phrase = stripped(line);
      if (phrase.isEmpty() || phrase.startsWith("#")) {
        continue;
      }
      try {
        check(phrase, BETWEEN + ",", "write one word or phrase a line");
      } catch (MalgwiException e) {
        throw new MalgwiException("line " + number + ": " + e.getMessage(), e);
      }
      phrases.add(phrase);
    }
    if (phrases.isEmpty()) {
      throw new MalgwiException("no word in it; write one word or phrase a line");
    }
    return phrases;
  }

  /** Refuses several words, characters that are no text, and what is never spoken. */
  private static void check(String phrase, String between, String remedy) throws MalgwiException {
    for (int c : phrase.codePoints().toArray()) {
      if (between.indexOf(c) >= 0) {
        String sign = new String(Character.toChars(c));
        throw new MalgwiException(shown(phrase) + ": '" + escaped(sign) + "' in it; " + remedy);
      }
      if (c == 0xFFFD || isNoText(c)) {
        throw new MalgwiException(
            String.format(
                Locale.ROOT,
                "%s: U+%04X in it, which is no text; write it in UTF-8",
                shown(phrase),
                c));
      }
    }
    if (Text.normalise(phrase, Normalisation.PLAIN).isEmpty()) {
      throw new MalgwiException(shown(phrase) + ": nothing is spoken in it; remove it");
    }
  }

  private static boolean isNoText(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private static String stripped(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && Text.isSpace(text.charAt(start))) {
      start++;
    }
    while (start < end && Text.isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static String shown(String phrase) {
    int most = Math.min(SHOWN, phrase.codePointCount(0, phrase.length()));
    return "'" + escaped(phrase.substring(0, phrase.offsetByCodePoints(0, most))) + "'";
  }

  private static String escaped(String text) {
    return text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r");
  }
}
