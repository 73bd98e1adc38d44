package org.malgwi.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;

/**
 * A spelling that a {@link BeamSearch} follows or followed: the symbols on the way to it in the
 * tree of all.
 */
// Whoever goes up the tree knows that it doesn't begin there yet.
@NullUnmarked
final class Prefix {
  /** Its last symbol; means nothing in the empty prefix. */
  final int symbol;

  /** How many symbols it has. */
  final int length;

  /** Null where the tree begins. */
  private Prefix parent;

  private Prefix firstChild;
  private Prefix sibling;

  /** What the last symbol brings besides its probability in the frames. */
  final double factor;

  final Fusion.Said said;

  /** Scaled probability of the paths whose last frame is blank, or else holds the last symbol. */
  double blankMass;

  double symbolMass;

  /** The same after the frame that is being taken; they count when {@code frame} is its number. */
  double nextBlankMass;

  double nextSymbolMass;
  long frame = -1;

  /** The empty one. */
  Prefix(Fusion.Said said) {
    this(null, Vocab.NONE, 0, said, 1);
  }

  Prefix(Prefix parent, int symbol, Fusion.Said said, double factor) {
    this(parent, symbol, parent.length + 1, said, factor);
  }

  private Prefix(Prefix parent, int symbol, int length, Fusion.Said said, double factor) {
    this.parent = parent;
    this.symbol = symbol;
    this.length = length;
    this.said = said;
    this.factor = factor;
    if (parent != null) {
      parent.adopt(this);
    }
  }

  private void adopt(Prefix child) {
    child.sibling = firstChild;
    firstChild = child;
  }

  /** The one that continues this with {@code symbol}, or null. */
  Prefix child(int wanted) {
    Prefix child = firstChild;
    while (child != null && child.symbol != wanted) {
      child = child.sibling;
    }
    return child;
  }

  double mass() {
    return blankMass + symbolMass;
  }

  /**
   * Takes all out of the tree but what {@code beam} begins with.
   *
   * @param root where the tree is to begin: all of the beam begins with it
   */
  static void keep(List<Prefix> beam, Prefix root) {
    root.parent = null;
    for (Prefix prefix : beam) {
      prefix.firstChild = null;
      for (Prefix one : prefix.way()) {
        one.parent.firstChild = null;
      }
    }
    for (Prefix prefix : beam) {
      for (Prefix one : prefix.way()) {
        if (one.parent.child(one.symbol) == null) {
          one.parent.adopt(one);
        }
      }
    }
  }

  /** A copy in another tree. */
  Prefix copy(Prefix otherParent) {
    Prefix copy = new Prefix(otherParent, symbol, length, said, factor);
    copy.blankMass = blankMass;
    copy.symbolMass = symbolMass;
    return copy;
  }

  /** The symbols from {@code start}, which this begins with, on. */
  int[] symbolsAfter(Prefix start) {
    int[] symbols = new int[length - start.length];
    Prefix prefix = this;
    for (int i = symbols.length - 1; i >= 0; i--) {
      symbols[i] = prefix.symbol;
      prefix = prefix.parent;
    }
    return symbols;
  }

  /** The prefixes on the way from the beginning of the tree to this, that one left out. */
  Deque<Prefix> way() {
    Deque<Prefix> way = new ArrayDeque<>();
    for (Prefix prefix = this; prefix.parent != null; prefix = prefix.parent) {
      way.push(prefix);
    }
    return way;
  }

  /** Where the tree begins. */
  Prefix root() {
    Prefix root = this;
    while (root.parent != null) {
      root = root.parent;
    }
    return root;
  }

  /** This, or the longest beginning of it that ends with {@code symbol}, or the root. */
  Prefix upToLast(int wanted) {
    Prefix prefix = this;
    while (prefix.parent != null && prefix.symbol != wanted) {
      prefix = prefix.parent;
    }
    return prefix;
  }

  /** The longest common beginning of two prefixes of one tree. */
  static Prefix common(Prefix a, Prefix b) {
    Prefix x = a.upTo(b.length);
    Prefix y = b.upTo(a.length);
    while (x != y) {
      x = x.parent;
      y = y.parent;
    }
    return x;
  }

  private Prefix upTo(int longest) {
    Prefix prefix = this;
    while (prefix.length > longest) {
      prefix = prefix.parent;
    }
    return prefix;
  }

  /** The order of the ids: a prefix before what it begins. */
  static int compareIds(Prefix a, Prefix b) {
    Prefix x = a.upTo(b.length);
    Prefix y = b.upTo(a.length);
    if (x == y) {
      return Integer.compare(a.length, b.length);
    }
    while (x.parent != y.parent) {
      x = x.parent;
      y = y.parent;
    }
    return Integer.compare(x.symbol, y.symbol);
  }
}
