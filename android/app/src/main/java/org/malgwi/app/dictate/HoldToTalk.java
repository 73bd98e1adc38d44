package org.malgwi.app.dictate;

import android.view.MotionEvent;
import android.view.View;
import android.view.ViewConfiguration;

/**
 * A finger on the button that listens: it listens from the touch on, so that nothing is lost while
 * it isn't known yet whether the button will be held. Held, it ends when it is let go, wherever the
 * finger is by then; after a tap it goes on. Screen readers click, and no touch comes here.
 */
final class HoldToTalk implements View.OnTouchListener {
  private final KeyboardPanel.Keys keys;
  private boolean pressed;

  HoldToTalk(KeyboardPanel.Keys keys) {
    this.keys = keys;
  }

  @Override
  public boolean onTouch(View button, MotionEvent event) {
    int action = event.getActionMasked();
    if (action == MotionEvent.ACTION_DOWN) {
      pressed = keys.press();
    }
    if (!pressed) {
      return false; // it listens already, or can't: a click like any other
    }
    boolean up = action == MotionEvent.ACTION_UP;
    if (action == MotionEvent.ACTION_DOWN) {
      button.setPressed(true);
    } else if (up || action == MotionEvent.ACTION_CANCEL) {
      button.setPressed(false);
      pressed = false;
      long held = event.getEventTime() - event.getDownTime();
      if (held >= ViewConfiguration.getLongPressTimeout()) {
        keys.letGo();
      } else if (up) {
        keys.goOn();
      } else {
        keys.discard(); // the system took the touch: it was the beginning of something else
      }
    }
    return true;
  }
}
