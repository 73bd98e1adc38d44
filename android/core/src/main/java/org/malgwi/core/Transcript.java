package org.malgwi.core;

import java.util.ArrayList;
import java.util.List;

/**
 * What was recognised in one recording. Immutable.
 *
 * @param text the words with single spaces between them
 * @param words in the order in which they were said
 * @param frameTokens the id of the best token of every frame
 * @param samples length of the recording at the grid's rate
 * @param grid where the frames lie
 * @param tooShort the recording holds fewer samples than the model needs, so nothing was recognised
 * @param alternatives the texts that {@link Search#nbest} asks for, best first
 * @param notSpeech what isn't quiet and was left out, since the voice detector took it for no
 *     speech
 */
public record Transcript(
    String text,
    List<Word> words,
    List<Integer> frameTokens,
    long samples,
    FrameGrid grid,
    boolean tooShort,
    List<Alternative> alternatives,
    List<Stretch> notSpeech) {

  /**
   * One text that the recording may hold.
   *
   * @param text its words with single spaces between them
   * @param score natural logarithm; only differences between those of one recording mean something
   */
  public record Alternative(String text, double score) {}

  /**
   * A part of the recording.
   *
   * @param startMs in ms from the start of the recording
   * @param endMs in ms, one past the last
   */
  public record Stretch(long startMs, long endMs) {}

  /** Copies the lists. */
  public Transcript {
    alternatives = List.copyOf(alternatives);
    notSpeech = List.copyOf(notSpeech);
    words = List.copyOf(words);
    frameTokens = List.copyOf(frameTokens);
  }

  /**
   * What one text was found in, with nothing left out.
   *
   * @param text the words with single spaces between them
   * @param words in the order in which they were said
   * @param frameTokens the id of the best token of every frame
   * @param samples length of the recording at the grid's rate
   * @param grid where the frames lie
   * @param tooShort the recording holds fewer samples than the model needs
   */
  public Transcript(
      String text,
      List<Word> words,
      List<Integer> frameTokens,
      long samples,
      FrameGrid grid,
      boolean tooShort) {
    this(text, words, frameTokens, samples, grid, tooShort, List.of(), List.of());
  }

  /** {@return the length of the recording in whole milliseconds} */
  public long durationMs() {
    return samples * 1000 / grid.sampleRate();
  }

  /** {@return the words with times in milliseconds, never past the end of the recording} */
  public List<TimedWord> timedWords() {
    List<TimedWord> timed = new ArrayList<>();
    for (Word word : words) {
      timed.add(
          new TimedWord(
              word.text(),
              grid.ms(word.startFrame(), samples),
              grid.ms(word.endFrame(), samples),
              word.confidence()));
    }
    return timed;
  }

  /** The words of a list with single spaces between them. */
  static String join(List<Word> words) {
    StringBuilder text = new StringBuilder();
    for (Word word : words) {
      text.append(text.length() == 0 ? "" : " ").append(word.text());
    }
    return text.toString();
  }
}
