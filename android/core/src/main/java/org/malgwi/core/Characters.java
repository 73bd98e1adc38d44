package org.malgwi.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Characters as one pinned version of Unicode has them: class, small letter, composition; the twin
 * of {@code characters.py}. Android 8 carries Unicode 9, the Java that tests run on another: both
 * languages read one table instead, which {@code tools/unicode_table.py} describes.
 */
final class Characters {
  static final int FIRST_SYLLABLE = 0xAC00;
  static final int LAST_SYLLABLE = 0xD7A3;

  private static final int LEAD = 0x1100;
  private static final int VOWEL = 0x1161;
  private static final int TRAIL = 0x11A7;
  private static final int LEADS = 19;
  private static final int VOWELS = 21;
  private static final int TRAILS = 28;
  private static final int NONE = -1;

  private final Set<String> dotless = new HashSet<>();
  private final Map<Integer, Integer> small = new HashMap<>();
  private final Map<Integer, Integer> orders = new HashMap<>();
  private final Map<Integer, int[]> pairs = new HashMap<>();
  private final Map<Long, Integer> composed = new HashMap<>();
  private final int[] starts;
  private final int[] lengths;
  private final char[] kinds;

  private Characters(List<String> lines) {
    List<String[]> runs = new ArrayList<>();
    for (String line : lines) {
      String[] fields = line.split(" ", -1);
      switch (fields[0]) {
        case "class" -> runs.add(fields);
        case "lower" -> addSmall(fields);
        case "mark" -> addMarks(fields);
        case "pair", "single" -> addPair(fields);
        case "dotless" -> dotless.addAll(Arrays.asList(fields).subList(1, fields.length));
        default -> {} // the version, for people
      }
    }
    starts = new int[runs.size()];
    lengths = new int[runs.size()];
    kinds = new char[runs.size()];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = hex(runs.get(i)[1]);
      lengths[i] = hex(runs.get(i)[2]);
      kinds[i] = runs.get(i)[3].charAt(0);
    }
  }

  private void addSmall(String[] fields) {
    int code = hex(fields[1]);
    for (int n = hex(fields[2]); n > 0; n--, code += hex(fields[3])) {
      small.put(code, code + hex(fields[4]));
    }
  }

  private void addMarks(String[] fields) {
    for (int i = 0; i < hex(fields[2]); i++) {
      orders.put(hex(fields[1]) + i, hex(fields[3]));
    }
  }

  private void addPair(String[] fields) {
    int whole = hex(fields[1]);
    int[] parts = new int[fields.length - 2];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = hex(fields[i + 2]);
    }
    pairs.put(whole, parts);
    if (fields[0].equals("pair")) {
      composed.put(key(parts[0], parts[1]), whole);
    }
  }

  private static int hex(String field) {
    return Integer.parseInt(field, 16);
  }

  private static long key(int first, int second) {
    return (long) first << 32 | second;
  }

  /** The table, read when it is asked for first. */
  static Characters table() {
    return Table.ONE;
  }

  private static final class Table {
    static final Characters ONE = new Characters(Resource.lines("unicode.txt"));
  }

  /** The class of a character as the table describes it; a space for those that are dropped. */
  char kind(int c) {
    int at = Arrays.binarySearch(starts, c);
    int run = at >= 0 ? at : -at - 2;
    return run >= 0 && c - starts[run] < lengths[run] ? kinds[run] : ' ';
  }

  /** The small letter of one character; other characters stay. */
  int small(int c) {
    return small.getOrDefault(c, c);
  }

  /** Says whether the small letter of I is ı in a language. */
  boolean isDotless(String tag) {
    String[] parts = tag.split("-", 3);
    return dotless.contains(parts[0])
        || (parts.length > 1 && dotless.contains(parts[0] + "-" + parts[1]));
  }

  /** A letter without its marks. */
  int base(int c) {
    int base = c;
    for (int[] pair = pairs.get(base); pair != null; pair = pairs.get(base)) {
      base = pair[0];
    }
    return base;
  }

  /** A text in NFC. */
  String composed(String text) {
    if (text.chars().allMatch(c -> c < 0x80)) {
      return text;
    }
    int[] apart = ordered(text);
    int[] out = new int[apart.length];
    int size = 0;
    int base = NONE;
    int highest = 0;
    for (int c : apart) {
      int order = order(c);
      boolean meets = base != NONE && (highest < order || (order == 0 && base == size - 1));
      int whole = meets ? whole(out[base], c) : NONE;
      if (whole != NONE) {
        out[base] = whole;
        continue;
      }
      out[size++] = c;
      if (order > 0) {
        highest = order;
      } else {
        base = size - 1;
        highest = 0;
      }
    }
    return new String(out, 0, size);
  }

  private int order(int c) {
    return orders.getOrDefault(c, 0);
  }

  /** Decomposed, the marks of each letter in canonical order. */
  private int[] ordered(String text) {
    List<Integer> apart = new ArrayList<>();
    text.codePoints().forEach(c -> addApart(c, apart));
    for (int from = 0; from < apart.size(); from++) {
      int to = from;
      while (to < apart.size() && order(apart.get(to)) > 0) {
        to++;
      }
      apart.subList(from, to).sort((a, b) -> Integer.compare(order(a), order(b)));
      from = to;
    }
    return apart.stream().mapToInt(Integer::intValue).toArray();
  }

  private void addApart(int c, List<Integer> apart) {
    int[] pair = pairs.get(c);
    if (c >= FIRST_SYLLABLE && c <= LAST_SYLLABLE) {
      lettersOf(c).codePoints().forEach(apart::add);
    } else if (pair == null) {
      apart.add(c);
    } else {
      for (int part : pair) {
        addApart(part, apart);
      }
    }
  }

  private int whole(int first, int second) {
    int lead = first - LEAD;
    int vowel = second - VOWEL;
    if (lead >= 0 && lead < LEADS && vowel >= 0 && vowel < VOWELS) {
      return FIRST_SYLLABLE + (lead * VOWELS + vowel) * TRAILS;
    }
    boolean open =
        first >= FIRST_SYLLABLE && first <= LAST_SYLLABLE && (first - FIRST_SYLLABLE) % TRAILS == 0;
    if (open && second > TRAIL && second < TRAIL + TRAILS) {
      return first + second - TRAIL;
    }
    return composed.getOrDefault(key(first, second), NONE);
  }

  /** The two or three letters of a Korean syllable. */
  static String lettersOf(int syllable) {
    int index = syllable - FIRST_SYLLABLE;
    StringBuilder letters = new StringBuilder();
    letters.append((char) (LEAD + index / (VOWELS * TRAILS)));
    letters.append((char) (VOWEL + index / TRAILS % VOWELS));
    if (index % TRAILS != 0) {
      letters.append((char) (TRAIL + index % TRAILS));
    }
    return letters.toString();
  }
}
