package org.malgwi.app.speak;

import android.content.Context;
import org.malgwi.android.AudioInput;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Transcript;

/**
 * Drives one dictation and holds what it has said so far, so that a screen that comes later can
 * show it. Main thread only.
 */
final class LiveDictation {
  /** Is told how it ended, by one call. */
  interface Ending {
    void heard(Transcript transcript);

    void cancelled();

    void failed(Problem why, Throwable technical);
  }

  private final Dictation dictation;
  private final Watchers watchers;
  private final Ending ending;

  private LiveStream.Update text = new LiveStream.Update("", "");
  private int behindSeconds;

  /**
   * @param model that is to hear it
   * @param how its file holds what {@code input} gives, and is heard first where there is sound
   * @param watchers are told what changes meanwhile
   */
  LiveDictation(
      Context context,
      Engine engine,
      Installed model,
      AudioInput input,
      Dictation.Options how,
      Watchers watchers,
      Ending ending) {
    this.dictation = new Dictation(context, engine, model, input, how, new Listener());
    this.watchers = watchers;
    this.ending = ending;
  }

  void start() {
    dictation.start();
  }

  void pause() {
    dictation.pause();
  }

  void resume() {
    dictation.resume();
  }

  /** Listens no more; its text follows. */
  void finish() {
    dictation.finish();
  }

  /** Ends it without a text. */
  void cancel() {
    dictation.cancel();
  }

  Dictation.State state() {
    return dictation.state();
  }

  /** The length of the recording, in samples at 16 kHz. */
  long samples() {
    return dictation.samples();
  }

  /** The text so far. */
  LiveStream.Update text() {
    return text;
  }

  /** How far the model is behind the speech; 0 when it keeps up. */
  int behindSeconds() {
    return behindSeconds;
  }

  private final class Listener implements Dictation.Listener {
    @Override
    public void onState(Dictation.State state) {
      watchers.stateChanged();
    }

    @Override
    public void onLevel(float dbfs) {
      watchers.level(dbfs);
    }

    @Override
    public void onText(String stable, String moving) {
      text = new LiveStream.Update(stable, moving);
      watchers.text(text);
    }

    @Override
    public void onBehind(int seconds) {
      behindSeconds = seconds;
      watchers.changed();
    }

    @Override
    public void onFinal(Transcript transcript) {
      ending.heard(transcript);
    }

    @Override
    public void onCancelled() {
      ending.cancelled();
    }

    @Override
    public void onProblem(Problem why, Throwable technical) {
      ending.failed(why, technical);
    }
  }
}
