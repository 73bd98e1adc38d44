package org.malgwi.android.internal;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.malgwi.android.Refused;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;

/**
 * One archive on its way to where it stays, in a folder of its own: copied, unpacked with every
 * hash checked, and tried. What is left of the folder goes when this is closed. An interrupt of the
 * thread ends it. For one thread.
 */
public final class Intake implements Closeable {
  /** What it is at. */
  public enum Stage {
    /** It copies the archive. */
    COPYING,
    /** It unpacks the copy and checks its hashes. */
    CHECKING,
    /** It tries what was unpacked. */
    TRYING
  }

  /** Hears how far it is, on its thread. */
  @FunctionalInterface
  public interface Progress {
    /**
     * It has come this far.
     *
     * @param stage what it is at
     * @param share of the stage that is done, 0 to 1; negative when that isn't known
     */
    void at(Stage stage, double share);
  }

  /** Runs what was unpacked. */
  @FunctionalInterface
  public interface Trial {
    /**
     * Runs it.
     *
     * @throws MalgwiException when it can't be run, or doesn't hear what it should
     */
    void run() throws MalgwiException;
  }

  private static final long SPARE = 32_000_000;
  private static final int CHUNK = 1 << 16;

  private final File work;
  private final LongSupplier freeBytes;
  private final Progress progress;

  /**
   * Does nothing yet.
   *
   * @param work the folder, which isn't there yet
   * @param freeBytes space that is left where it lies
   * @param progress told how far it is
   */
  public Intake(File work, LongSupplier freeBytes, Progress progress) {
    this.work = work;
    this.freeBytes = freeBytes;
    this.progress = progress;
  }

  /**
   * Copies an archive and unpacks the copy.
   *
   * @param in the archive; stays the caller's to close
   * @param size of what {@code in} gives, in bytes; -1 when that isn't known
   * @return what is in it, still in this folder
   * @throws Refused when it is no whole bundle, or can't be put there
   * @throws InterruptedIOException when the thread was interrupted
   */
  public Unpacked unpack(InputStream in, long size) throws Refused, InterruptedIOException {
    File files = new File(work, "files");
    if (!files.mkdirs()) {
      throw new Refused(Refused.Reason.NO_SPACE, files + " can't be made");
    }
    File archive = new File(work, "archive.malgwi");
    copy(in, size, archive);
    progress.at(Stage.CHECKING, -1);
    return unpack(archive, files);
  }

  /**
   * Tries what was unpacked.
   *
   * @param trial runs it
   * @throws Refused when the trial threw
   * @throws InterruptedIOException when the thread was interrupted
   */
  public void tryOut(Trial trial) throws Refused, InterruptedIOException {
    progress.at(Stage.TRYING, -1);
    try {
      trial.run();
    } catch (Refused e) {
      throw e;
    } catch (MalgwiException e) {
      stopIfInterrupted(); // an interrupt closes the file that is read
      throw refusal(e);
    }
    stopIfInterrupted();
  }

  private void copy(InputStream in, long size, File archive)
      throws Refused, InterruptedIOException {
    checkSpace(Math.max(size, 0));
    try (OutputStream out = new FileOutputStream(archive)) {
      byte[] buffer = new byte[CHUNK];
      long done = 0;
      int count;
      while ((count = read(in, buffer)) >= 0) {
        if (done == 0 && (count < 2 || buffer[0] != 'P' || buffer[1] != 'K')) {
          throw new Refused(
              Refused.Reason.NO_BUNDLE,
              "it doesn't begin as a ZIP archive does; expected what `malgwi export` wrote");
        }
        // Once as an archive, once unpacked.
        if (done / CHUNK % 16 == 0) {
          checkSpace(done + count);
        }
        out.write(buffer, 0, count);
        done += count;
        progress.at(Stage.COPYING, size > 0 ? Math.min(1, (double) done / size) : -1);
        stopIfInterrupted();
      }
      if (done == 0) {
        throw new Refused(
            Refused.Reason.NO_BUNDLE, "it is empty; expected what `malgwi export` wrote");
      }
    } catch (Refused | InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new Refused(Refused.Reason.NO_SPACE, archive + " can't be written; make room", e);
    }
  }

  private void checkSpace(long more) throws Refused {
    long free = freeBytes.getAsLong();
    if (free < 2 * more + SPARE) {
      throw new Refused(
          Refused.Reason.NO_SPACE,
          "the archive and its contents need "
              + (2 * more + SPARE) / 1_000_000
              + " MB; "
              + free / 1_000_000
              + " MB are free; make room");
    }
  }

  /** What reading throws is the source's fault, what writing throws is the disk's. */
  private static int read(InputStream in, byte[] buffer) throws Refused, InterruptedIOException {
    try {
      return in.read(buffer);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      stopIfInterrupted();
      // A provider of another app can throw anything.
      throw new Refused(Refused.Reason.UNREADABLE, "reading it failed", e);
    }
  }

  private static void stopIfInterrupted() throws InterruptedIOException {
    if (Thread.interrupted()) {
      throw new InterruptedIOException("the import was cancelled");
    }
  }

  private Unpacked unpack(File archive, File files) throws Refused, InterruptedIOException {
    try {
      ModelBundle packed = ModelBundle.open(archive);
      packed.unpack(files);
      if (!archive.delete()) {
        throw new IOException(archive + " can't be deleted");
      }
      ModelBundle bundle = ModelBundle.open(files);
      for (ModelBundle.Golden clip : bundle.golden()) {
        float[] unused = bundle.samples(clip);
      }
      return new Unpacked(digest(new File(files, "bundle.json")), files, bundle);
    } catch (MalgwiException e) {
      stopIfInterrupted(); // an interrupt closes the file that is read
      throw refusal(e);
    } catch (IOException e) {
      stopIfInterrupted();
      throw new Refused(Refused.Reason.NO_SPACE, "it can't be unpacked", e);
    }
  }

  /** bundle.json holds the hashes of all else, so its hash names the content. */
  private static String digest(File info) throws IOException {
    return Sha256.of(new FileInputStream(info)).substring(0, 16);
  }

  /** The format's reader names files by their paths here, which mean nothing to people. */
  private Refused refusal(MalgwiException e) {
    boolean full = freeBytes.getAsLong() < SPARE / 8;
    String detail =
        String.valueOf(e.getMessage())
            .replaceAll("\\S*/" + Pattern.quote(work.getName()) + "[^:]*: ", "");
    return new Refused(full ? Refused.Reason.NO_SPACE : Refused.Reason.DAMAGED, detail, e);
  }

  @Override
  public void close() {
    Folders.delete(work);
  }
}
