package org.malgwi.app.share;

import java.util.List;
import org.malgwi.core.TimedWord;

/**
 * A transcript as it leaves the app. Immutable.
 *
 * @param title the recording's name, or what the person called it; may be empty
 * @param words those of {@code text}, in its order
 * @param durationMs of the recording
 */
public record SharedTranscript(String title, String text, List<TimedWord> words, long durationMs) {
  public SharedTranscript {
    words = List.copyOf(words);
  }
}
