package org.malgwi.core;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What people and apps call a language, resolved to its BCP 47 tag; the twin of {@code
 * language.py}, held to the same golden cases ({@code language.json}).
 *
 * <p>{@link Locale#forLanguageTag} finds no language in "en_US", and gives "iw" for "he" on some
 * versions of Android: both sides of a comparison go through here.
 */
public final class Language {
  /** The tag of a language that nobody named, or that isn't known. */
  public static final String UNKNOWN = "und";

  private static final Set<String> NOTHING = Set.of("", UNKNOWN, "c", "posix", "unknown", "none");
  // A second subtag may name these closer: zh-cmn.
  private static final Set<String> EXTENDED =
      Set.of("ar", "kok", "lv", "ms", "sgn", "sw", "uz", "zh");
  private static final Pattern PRIMARY = Pattern.compile("[a-z]{2,3}");
  private static final Pattern CLOSER = Pattern.compile("[a-z]{3}");
  private static final Pattern SCRIPT = Pattern.compile("[a-z]{4}");
  private static final Pattern REGION = Pattern.compile("[a-z]{2}|[0-9]{3}");
  private static final Pattern VARIANT = Pattern.compile("[a-z0-9]{5,8}|[0-9][a-z0-9]{3}");
  private static final Pattern LOCALE_ENCODING = Pattern.compile("[.@].*", Pattern.DOTALL);

  private Language() {}

  /**
   * The BCP 47 tag of a tag, a locale, a code of three letters, an English name or a language's own
   * name.
   *
   * @param name whichever of these, in large or small letters
   * @return such as "en-US"; {@link #UNKNOWN} for any other text
   */
  public static String tag(String name) {
    String said =
        Text.collapseSpace(LOCALE_ENCODING.matcher(name).replaceFirst("")).toLowerCase(Locale.ROOT);
    if (NOTHING.contains(said)) {
      return UNKNOWN;
    }
    String known = Names.TAGS.get(said);
    if (known != null) {
      return known;
    }
    String[] parts = said.split("[-_]", -1);
    boolean closer =
        parts.length > 1 && EXTENDED.contains(parts[0]) && CLOSER.matcher(parts[1]).matches();
    String first = parts[closer ? 1 : 0];
    if (!Names.TAGS.containsKey(first) && !PRIMARY.matcher(first).matches()) {
      return UNKNOWN;
    }
    StringBuilder tag = new StringBuilder(Names.TAGS.getOrDefault(first, first));
    for (int i = closer ? 2 : 1; i < parts.length && parts[i].length() != 1; i++) {
      if (SCRIPT.matcher(parts[i]).matches()) {
        tag.append('-').append(parts[i].substring(0, 1).toUpperCase(Locale.ROOT));
        tag.append(parts[i].substring(1));
      } else if (REGION.matcher(parts[i]).matches()) {
        tag.append('-').append(parts[i].toUpperCase(Locale.ROOT));
      } else if (VARIANT.matcher(parts[i]).matches()) {
        tag.append('-').append(parts[i]);
      }
    }
    return tag.toString();
  }

  /**
   * The language of a name or tag without script and region.
   *
   * @param name as for {@link #tag}
   * @return such as "en"; {@link #UNKNOWN} when not known
   */
  public static String primary(String name) {
    String tag = tag(name);
    int end = tag.indexOf('-');
    return end < 0 ? tag : tag.substring(0, end);
  }

  /** The table is read when a language is asked for first. */
  private static final class Names {
    static final Map<String, String> TAGS = new HashMap<>();

    static {
      for (String line : Resource.lines("languages.tsv")) {
        int tab = line.indexOf('\t');
        TAGS.put(line.substring(0, tab), line.substring(tab + 1));
      }
    }
  }
}
