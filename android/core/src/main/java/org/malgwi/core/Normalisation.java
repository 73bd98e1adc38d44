package org.malgwi.core;

import org.jspecify.annotations.Nullable;

/**
 * What of normalising text a corpus decides; it travels with its models. Immutable.
 *
 * @param language BCP 47 tag; in Turkish and its like the small letter of I is ı
 * @param keepLetters characters that are letters there although they look like punctuation
 * @param keepDigits whether digits are letters or tones
 */
public record Normalisation(String language, String keepLetters, boolean keepDigits) {
  /** The rules; texts of another version are spelt differently. */
  public static final int VERSION = 2;

  private static final int MOST_KEPT = 100;

  /** Of no particular language. */
  public static final Normalisation PLAIN = new Normalisation(Language.UNKNOWN, "", false);

  /**
   * What a file says of it; without a version it is 1.
   *
   * @throws MalgwiException when it is of another version, or damaged
   */
  static Normalisation of(Fields found) throws MalgwiException {
    Object version = found.has("version") ? found.get("version") : Long.valueOf(1);
    if (!Long.valueOf(VERSION).equals(version)) {
      throw found.wrong(
          "version", VERSION + ", since others spell otherwise; make the file again with malgwi");
    }
    String kept = found.has("keep_letters") ? found.string("keep_letters") : "";
    Object digits = found.has("keep_digits") ? found.get("keep_digits") : false;
    if (kept.codePointCount(0, kept.length()) > MOST_KEPT) {
      throw found.wrong("keep_letters", "at most " + MOST_KEPT + " characters");
    }
    if (!(digits instanceof Boolean keepDigits)) {
      throw found.wrong("keep_digits", "true or false");
    }
    String language = found.has("language") ? found.string("language") : Language.UNKNOWN;
    return new Normalisation(language, kept, keepDigits);
  }

  /**
   * By what both make different texts, in the options of {@code malgwi prepare}; null: by nothing.
   * Languages may differ without that.
   */
  @Nullable String differs(Normalisation other) {
    boolean same =
        isDotless() == other.isDotless()
            && keepLetters.equals(other.keepLetters)
            && keepDigits == other.keepDigits;
    return same ? null : options() + "; " + other.options();
  }

  private String options() {
    String kept = keepLetters.isEmpty() ? "" : " --keep-letters '" + keepLetters + "'";
    return "--language " + language + kept + (keepDigits ? " --keep-digits" : "");
  }

  boolean isDotless() {
    return Characters.table().isDotless(language);
  }

  boolean keeps(int c) {
    return keepLetters.indexOf(c) >= 0;
  }
}
