package org.malgwi.app.speak;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.android.AudioInput;
import org.malgwi.app.App;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.DictationStates;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.LiveStream;
import org.malgwi.core.TimedWord;
import org.robolectric.util.ReflectionHelpers;

/** Puts {@link Speech} into states that would take minutes to come about, for pictures of them. */
public final class SpeechStates {
  private final App app;
  private final Speech speech;

  public SpeechStates(App app) {
    this.app = app;
    this.speech = app.speech();
  }

  private void set(Object where, String field, Object value) {
    ReflectionHelpers.setField(where, field, value);
  }

  private Watchers watchers() {
    return ReflectionHelpers.getField(speech, "watchers");
  }

  /** The tab that is on the screen. */
  public Speech.Observer observer() {
    return ReflectionHelpers.getField(watchers(), "observer");
  }

  public void model(Installed model) {
    set(speech, "installed", model);
  }

  public void phase(Speech.Phase phase) {
    set(speech, "phase", phase);
  }

  /** Recording for {@code seconds}, doing {@code state}. */
  public void recording(Dictation.State state, int seconds, int behind, LiveStream.Update text)
      throws IOException {
    File pcm = File.createTempFile("sound", ".pcm", app.getCacheDir());
    Files.write(pcm.toPath(), new byte[seconds * 32_000]);
    LiveDictation live =
        new LiveDictation(app, null, null, AudioInput.NOTHING, null, watchers(), null);
    set(live, "dictation", DictationStates.recording(app, pcm, state));
    set(live, "behindSeconds", behind);
    set(live, "text", text);
    set(speech, "live", live);
    phase(Speech.Phase.RECORDING);
  }

  public void done(String text, boolean recovered) {
    List<TimedWord> words = new ArrayList<>();
    for (String word : text.split(" ", -1)) {
      int at = words.size();
      words.add(new TimedWord(word, 400L * at, 400L * at + 300, at % 9 == 5 ? 0.3 : 0.95));
    }
    SpokenText spoken = ReflectionHelpers.getField(speech, "spoken");
    spoken.show(new Said(text, words, null, -1, recovered, speech.model()));
    phase(Speech.Phase.DONE);
  }

  public void failed(Problem problem, Throwable detail) {
    set(speech, "problem", problem);
    set(speech, "detail", detail);
    phase(Speech.Phase.FAILED);
  }

  public void found(int seconds) throws IOException {
    File pcm = File.createTempFile("left", ".pcm", app.getCacheDir());
    Files.write(pcm.toPath(), new byte[seconds * 32_000]);
    set(speech, "recording", new Recording(pcm, ""));
    phase(Speech.Phase.FOUND);
  }
}
