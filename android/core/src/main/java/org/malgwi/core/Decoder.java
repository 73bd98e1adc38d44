package org.malgwi.core;

import java.util.List;

/** Makes words of the frames of one recording while they come. For one thread. */
interface Decoder {
  /** Takes the frames {@code from} up to {@code to}: they follow those taken so far. */
  void add(Frames frames, int from, int to) throws MalgwiException;

  /** The text that no later frame changes; grows by whole words. */
  String stable();

  /** The text after {@link #stable} if these frames came next and were the last. */
  String moving(Frames frames, int from, int to) throws MalgwiException;

  /** The words of all frames taken. */
  List<Word> words() throws MalgwiException;

  /** The best texts of all frames taken, best first; none if none was asked for. */
  List<Transcript.Alternative> alternatives() throws MalgwiException;
}
