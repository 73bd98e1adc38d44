package org.malgwi.app.models;

import android.app.Activity;
import android.view.View;
import org.malgwi.app.ui.Tab;

/** The tab. */
public final class ModelsTab implements Tab {
  private final View view;

  public ModelsTab(Activity activity) {
    view = new View(activity);
  }

  @Override
  public View view() {
    return view;
  }

  @Override
  public void shown() {}

  @Override
  public void hidden() {}
}
