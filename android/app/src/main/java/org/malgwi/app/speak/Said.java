package org.malgwi.app.speak;

import java.io.File;
import java.util.List;
import org.malgwi.app.models.Installed;
import org.malgwi.core.TimedWord;

/**
 * What was said.
 *
 * @param words those of {@code text}, with their times
 * @param pcm the sound, until the text is put away; null when it is lost
 * @param entry its id in the history, or -1
 * @param recovered it comes from a recording that was found
 * @param model that heard it
 */
public record Said(
    String text, List<TimedWord> words, File pcm, long entry, boolean recovered, Installed model) {
  public Said {
    words = List.copyOf(words);
  }

  /** Where the last word ends, in milliseconds. */
  long endMs() {
    return words.isEmpty() ? 0 : words.get(words.size() - 1).endMs();
  }
}
