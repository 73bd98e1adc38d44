package org.malgwi.android.internal;

import android.content.Context;
import android.content.pm.PackageInfo;
import android.content.pm.PackageManager;

/** Which installation of which build of this app is running. */
public final class Installation {
  private Installation() {}

  /**
   * Names this installation of this build: with other assets it is another installation.
   *
   * @param context any of the app
   * @return its version code and the time it was put there, with a slash between
   */
  @SuppressWarnings("deprecation") // the whole number, for Android 8
  public static String stamp(Context context) {
    try {
      PackageInfo app = context.getPackageManager().getPackageInfo(context.getPackageName(), 0);
      return app.versionCode + "/" + app.lastUpdateTime;
    } catch (PackageManager.NameNotFoundException e) {
      throw new IllegalStateException("an app knows itself", e);
    }
  }
}
