package org.malgwi.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Tokens and ids: which id is the CTC blank, and what each id adds to the text. Immutable. */
public final class Vocab {
  /** The delimiter's id of a vocabulary that has none. */
  public static final int NONE = -1;

  // UNIX_LINES: "." and "$" as in Python.
  private static final Pattern SPECIAL =
      Pattern.compile("^(<.+>|\\[[A-Z]+\\])$", Pattern.UNIX_LINES);

  private final List<String> tokens;
  private final Map<String, Integer> ids = new HashMap<>();
  // Which id spells each character of normalised text: the character itself, else the first. Many
  // checkpoints have capital letters only.
  private final Map<String, Integer> spellers = new HashMap<>();
  private final List<String> emits;
  private final int blank;
  private final int delimiter;
  private final Text.Unit unit;
  private final Normalisation rules;
  private final Set<String> letters = new LinkedHashSet<>(Set.of(" "));

  /**
   * @param tokens token of id 0, 1, ...; none twice
   * @param blank id of the CTC blank
   * @param delimiter id of the token between words, or {@link #NONE}
   * @param unit what one token stands for
   * @param rules how the texts were normalised that the model learnt from
   * @throws IllegalArgumentException for a token that occurs twice, or an id out of range
   */
  public Vocab(List<String> tokens, int blank, int delimiter, Text.Unit unit, Normalisation rules) {
    this.tokens = List.copyOf(tokens);
    this.blank = blank;
    this.delimiter = delimiter;
    this.unit = unit;
    this.rules = rules;
    List<String> emitted = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      if (ids.put(tokens.get(id), id) != null) {
        throw new IllegalArgumentException("token \"" + tokens.get(id) + "\" occurs twice");
      }
      emitted.add(emit(id));
    }
    this.emits = List.copyOf(emitted);
    if (blank < 0 || blank >= size() || delimiter < NONE || delimiter >= size()) {
      throw new IllegalArgumentException(
          "blank " + blank + ", delimiter " + delimiter + "; expected ids 0 to " + (size() - 1));
    }
    for (int id = 0; id < size(); id++) {
      List<String> spelling = spelling(id);
      letters.addAll(spelling);
      if (spelling.size() == 1) {
        spellers.putIfAbsent(spelling.get(0), id);
      }
    }
    spellers.putAll(ids);
  }

  private String emit(int id) {
    String token = tokens.get(id);
    if (id == blank) {
      return "";
    }
    if (id == delimiter) {
      return " ";
    }
    return SPECIAL.matcher(token).find() ? "" : token;
  }

  /**
   * The token of an id.
   *
   * @param id 0 or more, below {@link #size}
   * @return as it stands in bundle.json
   */
  public String token(int id) {
    return tokens.get(id);
  }

  /** The id of the token that spells a character of normalised text, or {@link #NONE}. */
  int id(String letter) {
    return spellers.getOrDefault(letter, NONE);
  }

  /** The characters of normalised text that have no token, each once, sorted. */
  List<String> missing(String text) {
    Set<String> missing = new TreeSet<>(Text.split(text, unit));
    missing.remove(" ");
    missing.removeAll(spellers.keySet());
    return List.copyOf(missing);
  }

  /** What a token adds to normalised text. */
  String spelt(int id) {
    return Spelling.ofToken(emits(id), rules);
  }

  /** The characters that a token adds to normalised text. */
  List<String> spelling(int id) {
    return Text.split(spelt(id), unit);
  }

  /** The space, and the characters that the tokens can spell, in the tokens' order. */
  Set<String> letters() {
    return letters;
  }

  /** {@return how many tokens there are, special ones included} */
  public int size() {
    return tokens.size();
  }

  /** {@return the id of the CTC blank} */
  public int blank() {
    return blank;
  }

  /** {@return the id of the token between words, or {@link #NONE}} */
  public int delimiter() {
    return delimiter;
  }

  /**
   * A text as the model spells it.
   *
   * @param text as people write it
   * @return normalised by {@link #rules}
   */
  public String normalise(String text) {
    return Text.normalise(text, rules);
  }

  /** {@return how the texts were normalised that the model learnt from} */
  public Normalisation rules() {
    return rules;
  }

  /** {@return what one token stands for} */
  public Text.Unit unit() {
    return unit;
  }

  /** What an id adds to the text: itself, a space for the delimiter, else nothing. */
  String emits(int id) {
    return emits.get(id);
  }

  /**
   * The text of one best token id per frame: runs collapse, special tokens separate.
   *
   * @param frameIds each 0 or more, below {@link #size}
   * @return the words with single spaces between them
   */
  public String decode(int[] frameIds) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < frameIds.length; i++) {
      if (i == 0 || frameIds[i] != frameIds[i - 1]) {
        parts.add(emits(frameIds[i]));
      }
    }
    return Text.collapseSpace(Text.join(parts));
  }
}
