package org.malgwi.app;

import android.app.Application;
import android.content.Context;
import org.malgwi.app.settings.Preferences;

/** The process: holds what exists once, made when it is first asked for. */
public final class App extends Application {
  private Preferences preferences;

  public static App of(Context context) {
    return (App) context.getApplicationContext();
  }

  /** What the user has set. */
  public synchronized Preferences preferences() {
    if (preferences == null) {
      preferences = new Preferences(this);
    }
    return preferences;
  }
}
