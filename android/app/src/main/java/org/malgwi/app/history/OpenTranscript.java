package org.malgwi.app.history;

import android.content.Context;
import java.io.File;
import java.io.IOException;
import java.util.List;
import org.malgwi.core.TimedWord;

/**
 * A transcript as its screen shows it, read in one go.
 *
 * @param notSpeechMs how much of the recording was left out
 * @param channel as {@link NewEntry#channel} says
 * @param audio null where it wasn't kept
 * @param draft the text that was being edited, or null
 * @param letters of its model that are worth a key
 */
record OpenTranscript(
    Entry entry,
    String text,
    List<TimedWord> words,
    long notSpeechMs,
    int channel,
    File audio,
    String draft,
    List<String> letters) {
  /** Reads it from the disk; null when it isn't there, or lies in the trash. */
  static OpenTranscript read(Context context, History history, long id) throws IOException {
    Entry entry = history.get(id);
    return entry == null
        ? null
        : new OpenTranscript(
            entry,
            history.text(id),
            history.words(id),
            history.notSpeechMs(id),
            history.channel(id),
            history.audio(id),
            history.draft(id),
            LettersRow.of(context, entry));
  }

  String title() {
    return entry.title();
  }

  OpenTranscript with(Entry other) {
    return new OpenTranscript(other, text, words, notSpeechMs, channel, audio, draft, letters);
  }
}
