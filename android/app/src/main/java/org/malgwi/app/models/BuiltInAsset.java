package org.malgwi.app.models;

import android.content.Context;
import android.content.pm.PackageInfo;
import android.content.pm.PackageManager;
import java.io.IOException;
import java.io.InputStream;

/** The bundle that the build, or {@code malgwi android}, put into the APK. */
final class BuiltInAsset implements BundleStore.BuiltIn {
  private static final String NAME = "bundle.malgwi";

  private final Context context;

  BuiltInAsset(Context context) {
    this.context = context;
  }

  @Override
  public String stamp() {
    return stamp(context);
  }

  @Override
  public InputStream open() throws IOException {
    return context.getAssets().open(NAME);
  }

  /** Names this installation of this build: an APK with another bundle is another installation. */
  @SuppressWarnings("deprecation") // the whole number, for Android 8
  static String stamp(Context context) {
    try {
      PackageInfo app = context.getPackageManager().getPackageInfo(context.getPackageName(), 0);
      return app.versionCode + "/" + app.lastUpdateTime;
    } catch (PackageManager.NameNotFoundException e) {
      throw new IllegalStateException("an app knows itself", e);
    }
  }
}
