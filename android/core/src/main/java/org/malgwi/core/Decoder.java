package org.malgwi.core;

import java.util.List;

/** Makes words of the frames of one recording while they come. For one thread. */
interface Decoder {
  /** Takes the frames {@code from} up to {@code to}: they follow those taken so far. */
  void add(Frames frames, int from, int to);

  /** The text that no later frame changes; grows by whole words. */
  String stable();

  /** The text after {@link #stable} if these frames came next and were the last. */
  String moving(Frames frames, int from, int to);

  /** The words of all frames taken. */
  List<Word> words();

  /** The best texts of all frames taken, best first; none if only one was looked for. */
  List<Transcript.Alternative> alternatives();
}
