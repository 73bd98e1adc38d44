package org.malgwi.app.dictate;

import android.content.Intent;
import org.malgwi.app.R;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.Microphone;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Transcript;

/**
 * What is being said into a field of the {@link VoiceKeyboard}: the present one, or one that was
 * left meanwhile; then it is no longer shown. Main thread only.
 */
final class Speaking implements Utterance.Listener {
  static final LiveStream.Update NO_TEXT = new LiveStream.Update("", "");

  private final VoiceKeyboard keyboard;
  private final Remembered remembered;
  private final Utterance utterance;

  /** Null while the microphone is being opened. */
  private Dictation.State state;

  private LiveStream.Update text = NO_TEXT;

  Speaking(VoiceKeyboard keyboard, Field into) {
    this.keyboard = keyboard;
    remembered = new Remembered(keyboard, into);
    utterance =
        new Utterance(
            keyboard,
            Request.PLAIN,
            keyboard.preferences().pauseMs(),
            new Microphone(keyboard),
            remembered.sound(),
            this);
  }

  void start() {
    utterance.start();
  }

  /** Ends it; its text follows. */
  void finish() {
    utterance.finish();
  }

  /** Ends it without a text, and keeps nothing of it. */
  void cancel() {
    utterance.cancel();
    remembered.forget();
  }

  /** Whether no pause ends it, since the button is held. */
  void hold(boolean now) {
    utterance.hold(now);
  }

  private boolean isHere() {
    return keyboard.isAbout(this);
  }

  private KeyboardPanel panel() {
    return keyboard.panel();
  }

  /** Shows how it stands. */
  void show() {
    panel().showListening(true, state != Dictation.State.FINISHING);
    panel().showText(text);
    saySentence();
  }

  private void saySentence() {
    if (state == null) {
      panel().say(R.string.dictate_opening, 0, null);
      return;
    }
    switch (state) {
      case LOADING -> panel().say(R.string.dictate_loading, 0, null);
      case LISTENING, PAUSED -> panel().say(R.string.dictate_listening, 0, null);
      case FINISHING -> panel().say(R.string.dictate_finishing, 0, null);
      case BLOCKED -> explain(Problem.MICROPHONE_BLOCKED);
    }
  }

  @Override
  public void onState(Dictation.State other) {
    state = other;
    if (isHere()) {
      show();
    }
  }

  @Override
  public void onLevel(float dbfs) {
    if (isHere()) {
      panel().showLevel(dbfs);
    }
  }

  @Override
  public void onText(String stable, String moving) {
    text = new LiveStream.Update(stable, moving);
    if (isHere()) {
      panel().showText(text);
    }
  }

  @Override
  public void onFinal(Installed model, Transcript transcript) {
    boolean here = keyboard.end(this);
    if (!transcript.text().isEmpty()) {
      keyboard.place(transcript.text(), here);
      remembered.keep(
          model,
          transcript,
          () -> panel().post(() -> panel().say(R.string.keyboard_not_kept, 0, null)));
    } else {
      remembered.forget();
      if (here) {
        keyboard.show();
        panel().say(R.string.dictate_nothing, 0, null);
      }
    }
  }

  @Override
  public void onProblem(Problem problem) {
    remembered.forget();
    if (keyboard.end(this)) {
      keyboard.show();
      explain(problem);
    }
  }

  private void explain(Problem problem) {
    panel()
        .say(
            Utterance.sentence(problem),
            problem.action(),
            () -> {
              Intent remedy = problem.remedy(keyboard);
              if (remedy == null) {
                keyboard.discard();
                keyboard.speak();
              } else {
                Problem.open(keyboard, remedy);
              }
            });
  }
}
