package org.malgwi.app;

import android.app.Application;
import android.content.Context;

/** The process: holds what exists once, made when it is first asked for. */
public final class App extends Application {
  public static App of(Context context) {
    return (App) context.getApplicationContext();
  }
}
