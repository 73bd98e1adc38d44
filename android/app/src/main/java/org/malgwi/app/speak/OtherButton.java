package org.malgwi.app.speak;

import android.view.View;
import org.malgwi.app.R;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.ui.ActionButton;

/** The small button beside the large one: pause, resume, or put away. */
final class OtherButton {
  private final ActionButton button;
  private final Speech speech;

  OtherButton(ActionButton button, Speech speech) {
    this.button = button;
    this.speech = speech;
  }

  /**
   * Shows what it does now.
   *
   * @param state null while nothing is recorded
   */
  void show(Speech.Phase phase, Dictation.State state) {
    boolean done = phase == Speech.Phase.DONE;
    boolean listening = state != null && state != Dictation.State.FINISHING;
    button.setVisibility(done || listening ? View.VISIBLE : View.INVISIBLE);
    if (done) {
      offer(R.drawable.ic_close, R.string.speak_put_away, speech::dismiss);
    } else if (state == Dictation.State.PAUSED) {
      offer(R.drawable.ic_mic, R.string.speak_resume, speech::resume);
    } else {
      offer(R.drawable.ic_pause, R.string.speak_pause, speech::pause);
    }
  }

  private void offer(int icon, int label, Runnable onTap) {
    button.show(icon, label);
    button.setOnClickListener(tapped -> onTap.run());
  }
}
