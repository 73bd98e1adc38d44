package org.malgwi.app.files;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.malgwi.core.Pcm;

/** The sound of a recording that is kept, as it is decoded: raw samples in a file. */
final class KeptSound implements Closeable {
  private final Disk disk;
  private final OutputStream out;

  /**
   * @param durationMs of what will come, as far as that is known; there must be room for it
   */
  KeptSound(Disk disk, File pcm, long durationMs) throws IOException {
    disk.checkRoom(durationMs * 32);
    this.disk = disk;
    out = new BufferedOutputStream(new FileOutputStream(pcm), 1 << 16);
  }

  void add(float[] samples, int count) throws FileProblemException {
    disk.checkRoom(2L * count);
    Disk.write(out, Pcm.toBytes(Arrays.copyOf(samples, count)), 2 * count);
  }

  void flush() throws FileProblemException {
    try {
      out.flush();
    } catch (IOException e) {
      throw Disk.full(e);
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
