package org.malgwi.app.models;

import android.content.Context;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import org.robolectric.util.ReflectionHelpers;

/**
 * Puts bundles into the app's store as an import does, but for running their clips: that takes most
 * of the time, before nearly every test, and {@link BundleStoreTest} and {@link ModelScreensTest}
 * look at it.
 */
public final class Untried {
  private Untried() {}

  /** Adds a bundle, or finds the one of the same content. */
  public static Installed add(Context context, File bundle) throws IOException {
    BundleStore store = BundleStore.of(context);
    BundleStore.Trial trial = ReflectionHelpers.getField(store, "trial");
    BundleStore.Trial none = candidate -> {};
    ReflectionHelpers.setField(store, "trial", none);
    try (InputStream in = Files.newInputStream(bundle.toPath())) {
      return store.add(in, bundle.length(), (stage, share) -> {});
    } finally {
      ReflectionHelpers.setField(store, "trial", trial);
    }
  }
}
