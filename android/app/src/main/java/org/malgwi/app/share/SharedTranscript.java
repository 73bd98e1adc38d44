package org.malgwi.app.share;

import java.util.List;
import org.malgwi.core.TimedWord;

/**
 * A transcript as it leaves the app. Immutable.
 *
 * @param title the recording's name, or what the person called it; may be empty
 * @param words those of {@code text}, in its order
 * @param durationMs of the recording
 * @param recording what a file of its sound is called; empty where nobody has one
 */
public record SharedTranscript(
    String title, String text, List<TimedWord> words, long durationMs, String recording) {
  public SharedTranscript {
    words = List.copyOf(words);
  }

  /** One of whose sound there is no file. */
  public SharedTranscript(String title, String text, List<TimedWord> words, long durationMs) {
    this(title, text, words, durationMs, "");
  }

  /** The same beside another file of its sound. */
  public SharedTranscript withRecording(String other) {
    return new SharedTranscript(title, text, words, durationMs, other);
  }
}
