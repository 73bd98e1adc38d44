package org.malgwi.app.ui;

import android.text.Editable;
import android.text.TextWatcher;

/** Does something each time after a text has changed. */
public final class Typed implements TextWatcher {
  private final Runnable action;

  public Typed(Runnable action) {
    this.action = action;
  }

  @Override
  public void beforeTextChanged(CharSequence text, int start, int count, int after) {}

  @Override
  public void onTextChanged(CharSequence text, int start, int before, int count) {}

  @Override
  public void afterTextChanged(Editable text) {
    action.run();
  }
}
