package org.malgwi.android;

import android.content.Context;
import android.net.Uri;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.StandardOpenOption;
import java.util.function.LongSupplier;
import org.malgwi.android.internal.Folders;
import org.malgwi.android.internal.Installation;
import org.malgwi.android.internal.Intake;
import org.malgwi.android.internal.Unpacked;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;

/**
 * A bundle among an app's assets, unpacked once for each installation of each of its builds: a
 * model is read by its path, and assets have none. Threads and processes of the app that want the
 * same asset wait for each other.
 */
final class AssetBundle {
  private static final String INCOMING = "incoming-";

  /** The asset's bytes. */
  @FunctionalInterface
  interface Source {
    InputStream open() throws IOException;
  }

  private final String name;
  private final File root;
  private final String stamp;
  private final Source source;
  private final LongSupplier freeBytes;

  /**
   * @param asset its name there, such as "mine.malgwi"
   */
  AssetBundle(Context context, String asset) {
    // Not backed up: it is in the app, and large.
    this(context, asset, () -> context.getNoBackupFilesDir().getUsableSpace());
  }

  AssetBundle(Context context, String asset, LongSupplier freeBytes) {
    this(
        asset,
        folder(context, asset),
        Installation.stamp(context).replace('/', '-'),
        () -> open(context, asset),
        freeBytes);
  }

  /**
   * @param name for people
   * @param root a folder for this asset alone; a file beside it is locked
   * @param stamp differs where the asset may: names a folder in {@code root}
   * @param freeBytes space that is left where {@code root} lies
   */
  AssetBundle(String name, File root, String stamp, Source source, LongSupplier freeBytes) {
    this.name = name;
    this.root = root;
    this.stamp = stamp;
    this.source = source;
    this.freeBytes = freeBytes;
  }

  /** For this asset alone: its name has no slashes, and is another one for every asset. */
  static File folder(Context context, String asset) {
    return new File(context.getNoBackupFilesDir(), "malgwi/asset-" + Uri.encode(asset));
  }

  private static InputStream open(Context context, String asset) throws Refused {
    try {
      return context.getAssets().open(asset);
    } catch (IOException e) {
      throw new Refused(
          Refused.Reason.UNREADABLE,
          asset + " isn't among this app's assets; put the bundle into src/main/assets",
          e);
    }
  }

  /**
   * Opens what is unpacked, and unpacks it before where this installation hasn't yet: every hash is
   * checked, and it is there whole or not at all. What earlier builds left is deleted.
   *
   * @throws Refused when the asset isn't there, is no whole bundle, or finds no space
   * @throws InterruptedIOException when the thread was interrupted
   */
  ModelBundle open() throws IOException {
    // A lock of a file holds other processes off, and no other thread of this one.
    synchronized (AssetBundle.class) {
      try (FileChannel beside = fileBeside()) {
        lock(beside);
        return openAlone();
      }
    }
  }

  /** Stays when all else goes: a file that were deleted would be another one for who comes next. */
  private FileChannel fileBeside() throws Refused {
    File file = new File(root.getParentFile(), "lock-" + root.getName());
    boolean unused = root.getParentFile().mkdirs();
    try {
      return FileChannel.open(file.toPath(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new Refused(Refused.Reason.NO_SPACE, name + ": " + file + " can't be made", e);
    }
  }

  /** Waits for other processes, which then wait until it is closed. */
  private static void lock(FileChannel file) throws IOException {
    try {
      FileLock unused = file.lock();
    } catch (FileLockInterruptionException e) {
      throw interrupted();
    }
  }

  /** Clears the thread's mark, as whoever throws this does. */
  private static InterruptedIOException interrupted() {
    boolean unused = Thread.interrupted();
    return new InterruptedIOException("opening the model was interrupted");
  }

  private ModelBundle openAlone() throws IOException {
    File place = new File(root, stamp);
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

  private void unpack(File place) throws IOException {
    try (InputStream in = source.open()) {
      unpack(in, place);
    }
  }

  private void unpack(InputStream in, File place) throws Refused, InterruptedIOException {
    File work = new File(root, INCOMING + System.nanoTime());
    try (Intake intake = new Intake(work, freeBytes, (stage, share) -> {})) {
      Unpacked unpacked = intake.unpack(in, -1);
      if (!unpacked.folder().renameTo(place)) {
        throw new Refused(Refused.Reason.NO_SPACE, place + " can't be made");
      }
    } catch (Refused e) {
      throw new Refused(e.reason(), name + ": " + e.getMessage(), e);
    }
  }
}
