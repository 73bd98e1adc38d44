package org.malgwi.app.files;

import android.app.Activity;
import android.view.View;
import org.malgwi.app.ui.Tab;

/** The tab. */
public final class FilesTab implements Tab {
  private final View view;

  public FilesTab(Activity activity) {
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
