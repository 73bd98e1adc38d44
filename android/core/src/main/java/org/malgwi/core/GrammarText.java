package org.malgwi.core;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A grammar as it was written: a list of sentences, or rules in the part of the Java Speech Grammar
 * Format that docs/grammar.md describes.
 *
 * @param rules by name, with the angle brackets
 * @param sentences what makes a whole sentence
 */
record GrammarText(Map<String, Choice> rules, Choice sentences) {
  static final int MOST_DEPTH = 50;
  static final int MOST_CHARACTERS = 1_000_000;
  private static final String JSGF = "#JSGF";

  /** A piece of a sentence. */
  sealed interface Part permits Word, Rule, Choice {}

  /** A word as it was written, and its line, from 1. */
  record Word(String text, int line) implements Part {}

  /** A reference to a rule. */
  record Rule(String name, int line) implements Part {}

  /** Alternatives, each a sequence; one that may be left out has an empty one, the last. */
  record Choice(List<List<Part>> of) implements Part {}

  /**
   * Reads a grammar: JSGF where it begins with {@code #JSGF}, else a sentence a line.
   *
   * @throws MalgwiException says what is wrong, in which line
   */
  static GrammarText parse(String written) throws MalgwiException {
    String text = written.startsWith("\uFEFF") ? written.substring(1) : written;
    int characters = text.codePointCount(0, text.length());
    if (characters > MOST_CHARACTERS) {
      throw new MalgwiException(characters + " characters; a grammar may have " + MOST_CHARACTERS);
    }
    int start = 0;
    while (start < text.length() && Text.isSpace(text.charAt(start))) {
      start++;
    }
    return text.startsWith(JSGF, start) ? new Jsgf(text, start).grammar() : list(text);
  }

  private static GrammarText list(String text) {
    List<List<Part>> sentences = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\r\n?|\n", -1)) {
      number++;
      String sentence = Text.collapseSpace(line);
      if (!sentence.isEmpty() && !sentence.startsWith("#")) {
        List<Part> words = new ArrayList<>();
        for (String word : sentence.split(" ", -1)) {
          words.add(new Word(word, number));
        }
        sentences.add(words);
      }
    }
    return new GrammarText(Map.of(), new Choice(sentences));
  }

  /** Reads rules. */
  private static final class Jsgf {
    private static final Pattern NOT_SUPPORTED = Pattern.compile("[*+/{}\\\\\"]|^import$");
    private static final String SIGNS = "[]()|;=";

    private final List<Word> tokens = new ArrayList<>();
    private final Map<String, Choice> rules = new LinkedHashMap<>();
    private int at;

    Jsgf(String text, int start) throws MalgwiException {
      int end = text.indexOf(';', start);
      String header = text.substring(start, end < 0 ? text.length() : end);
      if (!header.codePoints().skip(1).allMatch(Jsgf::belongsInHeader)) {
        throw new MalgwiException("line 1: '" + shown(header) + "'; expected #JSGF V1.0;");
      }
      int body = end < 0 ? text.length() : end + 1;
      int line = 1 + lineFeeds(text.substring(0, body));
      for (String content : withoutComments(text.substring(body)).split("\n", -1)) {
        tokenise(content, line++);
      }
    }

    private static boolean belongsInHeader(int c) {
      return Character.isLetterOrDigit(c) || " \t.-_".indexOf(c) >= 0;
    }

    private static String withoutComments(String text) {
      StringBuilder kept = new StringBuilder(text.length());
      int at = 0;
      while (at < text.length()) {
        int end = commentEnd(text, at);
        if (end > at) {
          int lines = lineFeeds(text.substring(at, end));
          kept.append(lines == 0 ? " " : text.substring(at, end).replaceAll("[^\n]", ""));
          at = end;
        } else {
          kept.append(text.charAt(at++));
        }
      }
      return kept.toString();
    }

    /** Where the comment ends that begins at {@code at}; {@code at} when none does. */
    private static int commentEnd(String text, int at) {
      int end = at;
      if (text.startsWith("//", at)) {
        end = text.indexOf('\n', at);
        return end < 0 ? text.length() : end;
      }
      if (text.startsWith("/*", at)) {
        end = text.indexOf("*/", at + 2);
        return end < 0 ? at : end + 2;
      }
      return end;
    }

    private static int lineFeeds(String text) {
      return (int) text.chars().filter(c -> c == '\n').count();
    }

    private void tokenise(String content, int line) {
      int from = 0;
      while (from < content.length()) {
        int to = from + 1;
        char first = content.charAt(from);
        if (first == '<') {
          to = nameEnd(content, from);
        } else if (!Text.isSpace(first) && first != '>' && SIGNS.indexOf(first) < 0) {
          while (to < content.length() && isWord(content.charAt(to))) {
            to++;
          }
        }
        if (!Text.isSpace(first)) {
          tokens.add(new Word(content.substring(from, to), line));
        }
        from = to;
      }
    }

    private static boolean isWord(char c) {
      return !Text.isSpace(c) && c != '<' && c != '>' && SIGNS.indexOf(c) < 0;
    }

    /** Where {@code <name>} ends that begins at {@code from}; a lone bracket is one long. */
    private static int nameEnd(String content, int from) {
      int to = from + 1;
      while (to < content.length()
          && content.charAt(to) != '<'
          && content.charAt(to) != '>'
          && !Text.isSpace(content.charAt(to))) {
        to++;
      }
      return to < content.length() && content.charAt(to) == '>' ? to + 1 : from + 1;
    }

    GrammarText grammar() throws MalgwiException {
      List<List<Part>> sentences = new ArrayList<>();
      if (isNext("grammar")) {
        while (!take().text().equals(";")) {
          // Its name means nothing here.
        }
      }
      while (at < tokens.size()) {
        boolean isPublic = isNext("public");
        at += isPublic ? 1 : 0;
        Word name = take();
        if (!isName(name.text())) {
          refuseUnsupported(name);
          throw wrong(name, "; expected a rule such as public <command> = ...;");
        }
        if (rules.containsKey(name.text())) {
          throw wrong(name, " is there twice; give it another name");
        }
        Word equals = take();
        if (!equals.text().equals("=")) {
          throw wrong(equals, "; expected '='");
        }
        rules.put(name.text(), choice(";", 0));
        if (isPublic) {
          sentences.add(List.of(new Rule(name.text(), name.line())));
        }
      }
      if (sentences.isEmpty()) {
        throw new MalgwiException(
            "no public rule; write public before the rule of whole sentences");
      }
      return new GrammarText(rules, new Choice(sentences));
    }

    private Choice choice(String closing, int depth) throws MalgwiException {
      if (depth > MOST_DEPTH) {
        throw new MalgwiException(
            "line " + line() + ": over " + MOST_DEPTH + " brackets in each other; use rules");
      }
      List<List<Part>> alternatives = new ArrayList<>();
      List<Part> last = new ArrayList<>();
      alternatives.add(last);
      for (Word token = take(); !token.text().equals(closing); token = take()) {
        if (token.text().equals("|")) {
          last = new ArrayList<>();
          alternatives.add(last);
        } else if (token.text().equals("(")) {
          last.add(choice(")", depth + 1));
        } else if (token.text().equals("[")) {
          List<List<Part>> optional = new ArrayList<>(choice("]", depth + 1).of());
          optional.add(List.of());
          last.add(new Choice(optional));
        } else if (isName(token.text())) {
          last.add(new Rule(token.text(), token.line()));
        } else if ((SIGNS + "<>").contains(token.text())) {
          throw wrong(token, " where '" + closing + "' or a word belongs");
        } else {
          refuseUnsupported(token);
          last.add(token);
        }
      }
      if (alternatives.stream().anyMatch(List::isEmpty)) {
        throw new MalgwiException(
            "line "
                + line()
                + ": nothing beside a |, or between brackets; write [ ... ] for what may be left"
                + " out");
      }
      return new Choice(alternatives);
    }

    private static boolean isName(String token) {
      return token.startsWith("<") && token.length() > 2;
    }

    private static void refuseUnsupported(Word token) throws MalgwiException {
      if (NOT_SUPPORTED.matcher(token.text()).find()) {
        throw wrong(
            token,
            "; weights, tags, repetition, quotes, escapes and imports aren't supported. Write the"
                + " sentences out with ( | ), [ ] and <rules>");
      }
    }

    private boolean isNext(String text) {
      return at < tokens.size() && tokens.get(at).text().equals(text);
    }

    private Word take() throws MalgwiException {
      if (at == tokens.size()) {
        throw new MalgwiException("line " + line() + ": ends within a rule; expected ';'");
      }
      return tokens.get(at++);
    }

    /** The line of the token taken last. */
    private int line() {
      return at == 0 ? 1 : tokens.get(at - 1).line();
    }

    private static MalgwiException wrong(Word token, String what) {
      return new MalgwiException("line " + token.line() + ": '" + shown(token.text()) + "'" + what);
    }

    private static String shown(String text) {
      return text.length() <= 40 ? text : text.substring(0, 40);
    }
  }
}
