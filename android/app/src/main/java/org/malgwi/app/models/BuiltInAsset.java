package org.malgwi.app.models;

import android.content.Context;
import java.io.IOException;
import java.io.InputStream;
import org.malgwi.android.internal.Installation;

/** The bundle that the build, or {@code malgwi android}, put into the APK. */
final class BuiltInAsset implements BundleStore.BuiltIn {
  private static final String NAME = "bundle.malgwi";

  private final Context context;

  BuiltInAsset(Context context) {
    this.context = context;
  }

  @Override
  public String stamp() {
    return Installation.stamp(context);
  }

  @Override
  public InputStream open() throws IOException {
    return context.getAssets().open(NAME);
  }
}
