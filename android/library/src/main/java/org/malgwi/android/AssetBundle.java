package org.malgwi.android;

import android.content.Context;
import android.net.Uri;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;
import org.malgwi.android.internal.Folders;
import org.malgwi.android.internal.Installation;
import org.malgwi.android.internal.Intake;
import org.malgwi.android.internal.Unpacked;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;

/**
 * A bundle among an app's assets, unpacked once for each installation of each of its builds: a
 * model is read by its path, and assets have none. For one process; thread-safe.
 */
final class AssetBundle {
  private static final String INCOMING = "incoming-";

  private final Context context;
  private final String asset;
  private final File root;
  private final LongSupplier freeBytes;

  /**
   * @param asset its name there, such as "mine.malgwi"
   */
  AssetBundle(Context context, String asset) {
    // Not backed up: it is in the app, and large.
    this(context, asset, () -> context.getNoBackupFilesDir().getUsableSpace());
  }

  AssetBundle(Context context, String asset, LongSupplier freeBytes) {
    this.context = context;
    this.asset = asset;
    this.root = folder(context, asset);
    this.freeBytes = freeBytes;
  }

  /** For this asset alone: its name has no slashes, and is another one for every asset. */
  static File folder(Context context, String asset) {
    return new File(context.getNoBackupFilesDir(), "malgwi/asset-" + Uri.encode(asset));
  }

  /**
   * Opens what is unpacked, and unpacks it before where this installation hasn't yet: every hash is
   * checked, and it is there whole or not at all. What earlier builds left is deleted.
   *
   * @throws Refused when the asset isn't there, is no whole bundle, or finds no space
   * @throws java.io.InterruptedIOException when the thread was interrupted
   */
  ModelBundle open() throws IOException {
    synchronized (AssetBundle.class) {
      File place = new File(root, Installation.stamp(context).replace('/', '-'));
      if (place.isDirectory()) {
        try {
          return ModelBundle.open(place);
        } catch (MalgwiException e) {
          // Files went missing, which this class didn't do: once more, then.
        }
      }
      Folders.delete(root);
      unpack(place);
      return ModelBundle.open(place);
    }
  }

  private void unpack(File place) throws IOException {
    File work = new File(root, INCOMING + System.nanoTime());
    try (InputStream in = openAsset();
        Intake intake = new Intake(work, freeBytes, (stage, share) -> {})) {
      Unpacked unpacked = intake.unpack(in, -1);
      if (!unpacked.folder().renameTo(place)) {
        throw new Refused(Refused.Reason.NO_SPACE, place + " can't be made");
      }
    }
  }

  private InputStream openAsset() throws Refused {
    try {
      return context.getAssets().open(asset);
    } catch (IOException e) {
      throw new Refused(
          Refused.Reason.UNREADABLE,
          asset + " isn't among this app's assets; put the bundle into src/main/assets",
          e);
    }
  }
}
