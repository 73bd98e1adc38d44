package org.malgwi.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What may be said at all, for commands: a graph of tokens without circles, made of a list of
 * sentences or of rules (docs/grammar.md); {@link Recognizer#grammar} makes one. The twin of {@code
 * grammar.py}. Immutable.
 */
public final class Grammar {
  /** The least score of a sentence that was said, in nats a letter, unless another is asked for. */
  public static final double NONE_BELOW = -1.2;

  /** The node before the first token. */
  static final int START = 0;

  static final int MOST_NODES = 50_000;
  static final int MOST_ARCS = 500_000;
  static final int MOST_WORK = 1_000_000;

  private final int[] tokens;
  private final int[][] sources;
  private final int[] finals;
  private final double noneBelow;
  private final Vocab vocab;

  private Grammar(int[] tokens, int[][] sources, int[] finals, double noneBelow, Vocab vocab) {
    this.vocab = vocab;
    this.tokens = tokens;
    this.sources = sources;
    this.finals = finals;
    this.noneBelow = noneBelow;
  }

  /**
   * Reads and compiles a grammar.
   *
   * @throws MalgwiException says what is wrong, in which line
   */
  static Grammar of(String text, Vocab vocab) throws MalgwiException {
    GrammarText written = GrammarText.parse(text);
    Graph graph = new Graph(written.rules(), vocab);
    int[] ends = graph.extend(new int[] {START}, written.sentences(), new ArrayList<>());
    // The empty sentence is never allowed.
    int[] finals = Arrays.stream(ends).filter(end -> end != START).toArray();
    if (finals.length == 0) {
      throw new MalgwiException("no sentence in it; write one a line, or rules after #JSGF V1.0;");
    }
    return new Grammar(
        graph.tokens.stream().mapToInt(token -> token).toArray(),
        graph.sources.toArray(new int[0][]),
        finals,
        NONE_BELOW,
        vocab);
  }

  /**
   * The same sentences with another threshold.
   *
   * @param score the least of a sentence that was said, in nats a letter, 0 or less
   * @return another grammar; this one stays as it is
   */
  public Grammar withNoneBelow(double score) {
    if (!(score <= 0)) {
      throw new IllegalArgumentException("noneBelow is " + score + "; expected 0 or less");
    }
    return new Grammar(tokens, sources, finals, score, vocab);
  }

  /** Whose tokens these are. */
  Vocab vocab() {
    return vocab;
  }

  double noneBelow() {
    return noneBelow;
  }

  /** How many nodes there are. */
  int size() {
    return tokens.length;
  }

  /** The token of a node; that of node 0 means nothing. */
  int token(int node) {
    return tokens[node];
  }

  /** The nodes that a node may follow, ascending. */
  int[] sources(int node) {
    return sources[node];
  }

  /** The nodes in which a sentence may end, ascending. */
  int[] finals() {
    return finals;
  }

  /** Nodes, numbered as they are made; two with the same token after the same nodes are one. */
  private static final class Graph {
    private final Map<String, GrammarText.Choice> rules;
    private final Vocab vocab;
    private final Map<Key, Integer> known = new HashMap<>();
    private int arcs;
    private int work;
    final List<Integer> tokens = new ArrayList<>();
    final List<int[]> sources = new ArrayList<>();

    private static final class Key {
      private final int[] sources;
      private final int token;

      Key(int[] sources, int token) {
        this.sources = sources;
        this.token = token;
      }

      @Override
      public boolean equals(Object other) {
        return other instanceof Key key
            && key.token == token
            && Arrays.equals(key.sources, sources);
      }

      @Override
      public int hashCode() {
        return 31 * Arrays.hashCode(sources) + token;
      }
    }

    Graph(Map<String, GrammarText.Choice> rules, Vocab vocab) {
      this.rules = rules;
      this.vocab = vocab;
      tokens.add(vocab.blank());
      sources.add(new int[0]);
    }

    /**
     * Puts {@code part} behind the nodes {@code ends}; returns those in which it may end,
     * ascending.
     */
    int[] extend(int[] ends, GrammarText.Part part, List<String> within) throws MalgwiException {
      work += 1 + ends.length / 20;
      if (work > MOST_WORK) {
        throw tooLarge();
      }
      if (part instanceof GrammarText.Word word) {
        return new int[] {word(ends, word)};
      }
      if (part instanceof GrammarText.Rule rule) {
        return rule(ends, rule, within);
      }
      TreeSet<Integer> found = new TreeSet<>();
      for (List<GrammarText.Part> alternative : ((GrammarText.Choice) part).of()) {
        int[] reached = ends;
        for (GrammarText.Part each : alternative) {
          reached = extend(reached, each, within);
        }
        for (int end : reached) {
          found.add(end);
        }
      }
      return found.stream().mapToInt(end -> end).toArray();
    }

    private int[] rule(int[] ends, GrammarText.Rule rule, List<String> within)
        throws MalgwiException {
      String line = "line " + rule.line() + ": ";
      GrammarText.Choice choice = rules.get(rule.name());
      if (choice == null) {
        throw new MalgwiException(line + "there is no rule " + rule.name());
      }
      List<String> deeper = new ArrayList<>(within);
      deeper.add(rule.name());
      if (within.contains(rule.name())) {
        String circle =
            String.join(" → ", deeper.subList(within.indexOf(rule.name()), deeper.size()));
        throw new MalgwiException(
            line + rule.name() + " holds itself (" + circle + "); sentences must end");
      }
      if (within.size() >= GrammarText.MOST_DEPTH) {
        throw new MalgwiException(line + "over " + GrammarText.MOST_DEPTH + " rules in each other");
      }
      return extend(ends, choice, deeper);
    }

    private int word(int[] before, GrammarText.Word word) throws MalgwiException {
      String line = "line " + word.line() + ": ";
      String spoken = vocab.normalise(word.text());
      if (spoken.isEmpty()) {
        throw new MalgwiException(line + "nothing is spoken in '" + word.text() + "'; remove it");
      }
      List<String> missing = vocab.missing(spoken);
      if (!missing.isEmpty()) {
        throw new MalgwiException(
            line
                + "the model has no token for '"
                + String.join("", missing)
                + "' in '"
                + word.text()
                + "'; write it as it is spoken, in letters of the model's language");
      }
      int[] ends = before;
      for (String each : spoken.split(" ", -1)) {
        ends = gap(ends);
        for (String part : Text.split(each, vocab.unit())) {
          ends = new int[] {node(ends, vocab.id(part))};
        }
      }
      return ends[0];
    }

    /** Puts a delimiter behind the ends of words. */
    private int[] gap(int[] ends) throws MalgwiException {
      boolean atStart = ends[0] == START;
      int[] after = atStart ? Arrays.copyOfRange(ends, 1, ends.length) : ends;
      if (vocab.delimiter() == Vocab.NONE || after.length == 0) {
        return ends;
      }
      int gap = node(after, vocab.delimiter());
      return atStart ? new int[] {START, gap} : new int[] {gap};
    }

    private int node(int[] from, int token) throws MalgwiException {
      Key key = new Key(from, token);
      Integer there = known.get(key);
      if (there != null) {
        return there;
      }
      int node = tokens.size();
      known.put(key, node);
      tokens.add(token);
      sources.add(from);
      arcs += from.length;
      if (node > MOST_NODES || arcs > MOST_ARCS) {
        throw tooLarge();
      }
      return node;
    }

    private static MalgwiException tooLarge() {
      return new MalgwiException(
          "over "
              + MOST_NODES
              + " letters or "
              + MOST_ARCS
              + " ways between them when all rules are filled in; allow fewer sentences");
    }
  }
}
