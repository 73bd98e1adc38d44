package org.malgwi.app.speak;

import java.io.File;
import java.io.IOException;
import org.malgwi.app.history.Correction;
import org.malgwi.app.history.History;
import org.malgwi.app.history.NewEntry;
import org.malgwi.app.history.Source;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.core.Transcript;

/**
 * Puts what was said where the user wants it: into the history, or nowhere but on the screen.
 * Touches the disk: not for the main thread.
 */
final class Keeper {
  /**
   * What became of a recording.
   *
   * @param left it is still among the recordings, to be deleted when its text is put away; else
   *     null
   */
  record Kept(Said said, Recording left) {}

  private final History history;
  private final Preferences preferences;
  private final Recordings recordings;

  Keeper(History history, Preferences preferences, Recordings recordings) {
    this.history = history;
    this.preferences = preferences;
    this.recordings = recordings;
  }

  /** Keeps what was said. */
  Kept keep(Recording written, Installed model, Transcript transcript, boolean recovered) {
    File pcm = written.pcm();
    long entry = -1;
    boolean failed = false;
    try {
      if (preferences.keepHistory() && !transcript.text().isEmpty()) {
        boolean audio = preferences.keepAudio();
        entry = history.add(new NewEntry(Source.SPEECH, "", model, transcript, audio ? pcm : null));
        if (audio) {
          recordings.delete(written);
          pcm = history.audio(entry);
        } else {
          pcm = recordings.heard(written);
        }
      }
    } catch (IOException e) {
      // It is on the screen, and its sound waits where the next look finds it.
      failed = true;
    }
    Said said = new Said(transcript.text(), transcript.timedWords(), pcm, entry, recovered, model);
    return new Kept(said, entry < 0 && !failed ? written : null);
  }

  /** Puts a corrected text in the place of what was said, in the history too. */
  Said correct(Said before, String other) throws IOException {
    if (before.entry() >= 0) {
      history.correct(before.entry(), other);
    }
    return new Said(
        other,
        Correction.align(before.words(), other, before.endMs()),
        before.pcm(),
        before.entry(),
        before.recovered(),
        before.model());
  }
}
