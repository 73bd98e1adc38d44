package org.malgwi.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Words and phrases that a search is to prefer, as a tree of characters; section 4 of
 * docs/language-model.md. Immutable.
 */
final class Hotwords {
  private static final String SPACE = " ";
  static final int MOST = 100_000;
  private static final int NO_UNIT = -1;

  /** Which character each unit of the tree is. */
  private final Map<String, Integer> units = new HashMap<>();

  private final int space;

  /** For each token the characters that it adds; -1: no hotword has it. */
  private final int[][] letters;

  private final Node root = new Node(NO_UNIT, 0);
  private final Set<String> words = new HashSet<>();

  /** A beginning of hotwords. */
  private static final class Node {
    final int unit;

    /** Its characters. */
    final int depth;

    boolean ends;
    @Nullable Node firstChild;
    @Nullable Node sibling;

    Node(int unit, int depth) {
      this.unit = unit;
      this.depth = depth;
    }

    @Nullable Node child(int wanted) {
      Node child = firstChild;
      while (child != null && child.unit != wanted) {
        child = child.sibling;
      }
      return child;
    }
  }

  /**
   * Where in the hotwords a prefix may stand, and the characters of those that it has completed.
   * Immutable.
   */
  static final class Place {
    private final List<Node> nodes;
    private final int paid;

    private Place(List<Node> nodes, int paid) {
      this.nodes = nodes;
      this.paid = paid;
    }

    /** The characters that count now: those completed, and the longest beginning of another. */
    int characters() {
      int deepest = 0;
      for (Node node : nodes) {
        deepest = Math.max(deepest, node.depth);
      }
      return paid + deepest;
    }

    /** The characters of hotwords that are complete and closed. */
    int paid() {
      return paid;
    }

    /** Says whether the spelling may still become a hotword. */
    boolean isOnTheWay() {
      return !nodes.isEmpty();
    }

    /** The characters that count once the open word is closed. */
    private int closed() {
      int sum = paid;
      for (Node node : nodes) {
        sum += node.ends ? node.depth : 0;
      }
      return sum;
    }
  }

  /**
   * @param hotwords as people write them; empty ones and second copies are dropped
   * @return null when none is left
   * @throws MalgwiException for one with a character that no token spells, or for too many
   */
  static @Nullable Hotwords of(List<String> hotwords, Vocab vocab) throws MalgwiException {
    Map<String, String> different = new LinkedHashMap<>();
    hotwords.forEach(hotword -> different.putIfAbsent(vocab.normalise(hotword), hotword));
    different.remove("");
    if (different.size() > MOST) {
      throw new MalgwiException(
          different.size() + " hotwords; expected at most " + MOST + ". Leave the rarest out");
    }
    for (Map.Entry<String, String> hotword : different.entrySet()) {
      Set<String> missing = new LinkedHashSet<>(Text.split(hotword.getKey(), vocab.unit()));
      missing.removeAll(vocab.letters());
      if (!missing.isEmpty()) {
        throw new MalgwiException(
            "hotword \""
                + Text.collapseSpace(hotword.getValue())
                + "\": the model has no letter "
                + String.join(", ", missing)
                + "; it can't be heard. Spell it with the letters that the model was trained on");
      }
    }
    return different.isEmpty() ? null : new Hotwords(different.keySet(), vocab);
  }

  private Hotwords(Set<String> normalised, Vocab vocab) {
    this.space = unit(SPACE);
    for (String hotword : normalised) {
      add(Text.split(hotword, vocab.unit()));
      words.addAll(List.of(hotword.split(SPACE)));
    }
    this.letters = new int[vocab.size()][];
    for (int id = 0; id < letters.length; id++) {
      letters[id] =
          vocab.spelling(id).stream().mapToInt(unit -> units.getOrDefault(unit, NO_UNIT)).toArray();
    }
  }

  private int unit(String unit) {
    return units.computeIfAbsent(unit, key -> units.size());
  }

  private void add(List<String> spelling) {
    Node node = root;
    for (String letter : spelling) {
      int unit = unit(letter);
      Node child = node.child(unit);
      if (child == null) {
        child = new Node(unit, node.depth + 1);
        child.sibling = node.firstChild;
        node.firstChild = child;
      }
      node = child;
    }
    node.ends = true;
  }

  /** Says whether a normalised word stands in a hotword. */
  boolean hold(String word) {
    return words.contains(word);
  }

  /** Before the first letter. */
  Place start() {
    return new Place(List.of(root), 0);
  }

  /** After a letter more. */
  Place afterLetter(Place place, int token) {
    List<Node> nodes = new ArrayList<>(place.nodes.size());
    for (Node node : place.nodes) {
      Node reached = node;
      for (int i = 0; i < letters[token].length && reached != null; i++) {
        reached = reached.child(letters[token][i]);
      }
      if (reached != null) {
        nodes.add(reached);
      }
    }
    return new Place(nodes, place.paid);
  }

  /** After a separator. */
  Place afterSeparator(Place place) {
    List<Node> nodes = new ArrayList<>(place.nodes.size() + 1);
    for (Node node : place.nodes) {
      Node reached = node.child(space);
      if (reached != null) {
        nodes.add(reached);
      }
    }
    nodes.add(root);
    return new Place(nodes, place.closed());
  }
}
