package org.malgwi.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * CTC prefix beam search (Graves 2012; Hannun et al. 2014) with a word language model and hotwords,
 * frame by frame; sections 2 and 3 of docs/language-model.md. The twin of {@code beam.py}. For one
 * thread.
 *
 * <p>Masses are probabilities with one scale for all: a multiplication is cheaper than the sum of
 * two logarithms.
 */
final class BeamSearch {
  static final double FLOOR = 0.01;
  static final double REACH = Math.exp(-8);

  /** Binary exponent of masses that are scaled. */
  private static final int LARGE = 100;

  /** What one symbol may add to the score or take away, so that no mass becomes 0 or infinite. */
  private static final double MOST_GAIN = 500;

  /** Frames after which prefixes are forgotten that led to nothing. Changes no result. */
  private static final int SWEEP = 50;

  private static final double SPLIT = (1 << 22) + 1;

  private static final Comparator<Prefix> BEST_FIRST =
      (a, b) -> {
        int byMass = Double.compare(rounded(b.mass()), rounded(a.mass()));
        return byMass != 0 ? byMass : Prefix.compareIds(a, b);
      };

  private final Fusion fusion;
  private final int blank;
  private final int separator;
  private final int width;

  private Prefix[] beam;
  private int size;
  private Prefix[] next;
  private int count;
  private double scale;
  private long frames;

  /** What the beginning of the tree spells, apart from the word that it leaves open. */
  private String rootText;

  /** The symbols that the frame is likely to hold, and the probabilities of all: 0 for the rest. */
  private final int[] likely;

  private final double[] probabilities;

  /** One reading of the frames so far. */
  record Hypothesis(Prefix prefix, String text, double score) {}

  /**
   * Begins.
   *
   * @param width prefixes to follow
   */
  BeamSearch(Fusion fusion, int width) throws MalgwiException {
    this(fusion, width, 0, 0, "");
    Prefix empty = new Prefix(fusion.start());
    empty.blankMass = 1;
    beam[size++] = empty;
  }

  private BeamSearch(Fusion fusion, int width, double scale, long frames, String rootText) {
    this.fusion = fusion;
    this.blank = fusion.symbols().vocab().blank();
    this.separator = fusion.symbols().separator();
    this.width = width;
    this.beam = new Prefix[4 * width];
    this.next = new Prefix[4 * width];
    this.scale = scale;
    this.frames = frames;
    this.rootText = rootText;
    this.likely = new int[fusion.symbols().vocab().size()];
    this.probabilities = new double[likely.length];
  }

  /** The same search, to go on with by itself. */
  BeamSearch copy() {
    BeamSearch copy = new BeamSearch(fusion, width, scale, frames, rootText);
    Map<Prefix, Prefix> copies = new HashMap<>();
    for (int i = 0; i < size; i++) {
      Prefix root = beam[i].root();
      Prefix twin = copies.computeIfAbsent(root, prefix -> prefix.copy(null));
      for (Prefix prefix : beam[i].way()) {
        Prefix parent = twin;
        twin = copies.computeIfAbsent(prefix, p -> p.copy(parent));
      }
      copy.beam[copy.size++] = twin;
    }
    return copy;
  }

  /** Rounds to 31 bits (Veltkamp 1968): what is equal but for rounding is to tie everywhere. */
  private static double rounded(double value) {
    double high = value * SPLIT;
    return high - (high - value);
  }

  /** Frames taken so far. */
  long frames() {
    return frames;
  }

  /**
   * Takes the next frame.
   *
   * @param chances what {@link Symbols#probabilities} gives
   */
  void advance(double[] chances) throws MalgwiException {
    frames++;
    double nothing = chances[blank];
    double highest = nothing;
    for (double chance : chances) {
      highest = Math.max(highest, chance);
    }
    double floor = Math.min(FLOOR, highest);
    int followed = 0;
    for (int id = 0; id < chances.length; id++) {
      boolean follows = chances[id] >= floor && id != blank;
      probabilities[id] = follows ? chances[id] : 0;
      if (follows) {
        likely[followed++] = id;
      }
    }
    if (followed == 0) {
      for (int i = 0; i < size; i++) {
        beam[i].blankMass = beam[i].mass();
        beam[i].symbolMass = 0;
      }
      scale += Math.log(nothing);
      return;
    }
    double reach = REACH * largest() * highest;
    count = 0;
    for (int i = 0; i < size; i++) {
      stay(beam[i], nothing);
      for (int j = 0; j < followed; j++) {
        extend(beam[i], likely[j], reach);
      }
    }
    select();
  }

  private double largest() {
    double largest = 0;
    for (int i = 0; i < size; i++) {
      largest = Math.max(largest, beam[i].mass());
    }
    return largest;
  }

  private void stay(Prefix prefix, double nothing) {
    consider(prefix);
    if (isOpen(prefix)) {
      prefix.nextBlankMass += prefix.mass() * nothing;
      prefix.nextSymbolMass += prefix.symbolMass * probabilities[prefix.symbol];
    } else {
      double more = separator == Vocab.NONE ? 0 : probabilities[separator];
      prefix.nextBlankMass += prefix.mass() * (nothing + more);
    }
  }

  private void extend(Prefix prefix, int symbol, double reach) throws MalgwiException {
    if (symbol == separator && !isOpen(prefix)) {
      return;
    }
    boolean repeats = prefix.length > 0 && symbol == prefix.symbol;
    double mass = (repeats ? prefix.blankMass : prefix.mass()) * probabilities[symbol];
    if (mass < reach) {
      return;
    }
    Prefix longer = prefix.child(symbol);
    if (longer == null) {
      longer = longer(prefix, symbol);
    }
    consider(longer);
    longer.nextSymbolMass += mass * longer.factor;
  }

  private Prefix longer(Prefix prefix, int symbol) throws MalgwiException {
    Fusion.Said said =
        symbol == separator ? fusion.separator(prefix.said) : fusion.letter(prefix.said, symbol);
    double gain = said.worth - prefix.said.worth;
    double factor = Math.exp(Math.max(-MOST_GAIN, Math.min(gain, MOST_GAIN)));
    return new Prefix(prefix, symbol, said, factor);
  }

  /** Says whether a prefix ends in a word that a separator can close. */
  private boolean isOpen(Prefix prefix) {
    return prefix.length > 0 && prefix.symbol != separator;
  }

  /** Makes a prefix one of those that the next beam is chosen from. */
  private void consider(Prefix prefix) {
    if (prefix.frame == frames) {
      return;
    }
    prefix.frame = frames;
    prefix.nextBlankMass = 0;
    prefix.nextSymbolMass = 0;
    if (count == next.length) {
      next = Arrays.copyOf(next, 2 * count);
    }
    next[count++] = prefix;
  }

  private void select() {
    double largest = 0;
    for (int i = 0; i < count; i++) {
      next[i].blankMass = next[i].nextBlankMass;
      next[i].symbolMass = next[i].nextSymbolMass;
      largest = Math.max(largest, next[i].mass());
    }
    // Powers of two round nothing.
    int exponent = Math.getExponent(largest) + 1;
    if (Math.abs(exponent) > LARGE) {
      rescale(exponent);
      largest = Math.scalb(largest, -exponent);
    }
    double least = REACH * largest;
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (next[i].mass() >= least) {
        Prefix swap = next[kept];
        next[kept++] = next[i];
        next[i] = swap;
      }
    }
    if (kept > width) {
      Arrays.sort(next, 0, kept, BEST_FIRST);
      kept = width;
    }
    Prefix[] swap = beam;
    beam = next;
    next = swap;
    size = kept;
    if (frames % SWEEP == 0) {
      Prefix.keep(beam(), beam[0].root());
      Arrays.fill(beam, size, count, null);
      Arrays.fill(next, null);
    }
  }

  private void rescale(int exponent) {
    for (int i = 0; i < count; i++) {
      next[i].blankMass = Math.scalb(next[i].blankMass, -exponent);
      next[i].symbolMass = Math.scalb(next[i].symbolMass, -exponent);
    }
    scale += exponent * Math.log(2);
  }

  /** The prefix of the largest mass; among equals the first by its ids. */
  Prefix best() {
    Prefix best = beam[0];
    for (int i = 1; i < size; i++) {
      best = BEST_FIRST.compare(beam[i], best) < 0 ? beam[i] : best;
    }
    return best;
  }

  /** Gives up all but one prefix of the beam. */
  void keepOnly(Prefix only) {
    beam[0] = only;
    size = 1;
  }

  /** The prefixes that are followed. */
  List<Prefix> beam() {
    return Arrays.asList(beam).subList(0, size);
  }

  /** What all prefixes begin with. */
  Prefix common() {
    Prefix common = beam[0];
    for (int i = 1; i < size; i++) {
      common = Prefix.common(common, beam[i]);
    }
    return common;
  }

  /** Forgets what stands before the last word of {@link #common}: it no longer changes. */
  void forget() {
    Prefix start = common().upToLast(separator);
    rootText = joined(rootText, text(start));
    Prefix.keep(beam(), start);
  }

  /** The words of {@link #common} that are closed: every later text begins with them. */
  String stable() {
    return joined(rootText, text(common().upToLast(separator)));
  }

  /**
   * The likeliest texts if the recording ended here, best first, none twice; changes nothing.
   *
   * @param most how many at most
   */
  List<Hypothesis> best(int most) throws MalgwiException {
    List<Hypothesis> all = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      Prefix prefix = beam[i];
      double atEnd = fusion.atEnd(prefix.said, isOpen(prefix));
      double score = scale + Math.log(prefix.mass()) + atEnd - prefix.said.worth;
      all.add(new Hypothesis(prefix, "", score));
    }
    all.sort(
        (a, b) -> {
          int byScore = Double.compare(rounded(b.score), rounded(a.score));
          return byScore != 0 ? byScore : Prefix.compareIds(a.prefix, b.prefix);
        });
    List<Hypothesis> different = new ArrayList<>();
    Set<String> texts = new HashSet<>();
    for (Hypothesis one : all) {
      String text = joined(rootText, text(one.prefix));
      if (different.size() < most && texts.add(text)) {
        different.add(new Hypothesis(one.prefix, text, one.score));
      }
    }
    return different;
  }

  private String text(Prefix prefix) {
    return fusion.symbols().text(prefix.symbolsAfter(prefix.root()));
  }

  private static String joined(String before, String after) {
    return before.isEmpty() || after.isEmpty() ? before + after : before + " " + after;
  }
}
