package org.malgwi.app.ui;

import android.content.Intent;
import android.os.Bundle;
import android.view.View;

/** One of the four places of the bar. Main thread only. */
public interface Tab {
  /** Its content, the same view every time. */
  View view();

  /** It has come to the front, or the activity has come back to it. */
  void shown();

  /** Another tab or activity is in front. */
  void hidden();

  /** Back was asked for: true where there was something of its own to go back from. */
  default boolean back() {
    return false;
  }

  /** Puts what isn't written down elsewhere where the next instance finds it. */
  default void save(Bundle state) {}

  /** Takes what {@link #save} put there, before it is {@link #shown}. */
  default void restore(Bundle state) {}

  /** What an activity answers that this tab started; before {@link #shown}. */
  default void answered(int request, int result, Intent data) {}
}
