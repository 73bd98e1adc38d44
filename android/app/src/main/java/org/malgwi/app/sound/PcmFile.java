package org.malgwi.app.sound;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.malgwi.core.Pcm;

/**
 * Sound in a file: raw 16-bit little-endian samples, mono, 16 kHz. One thread appends while another
 * reads; what has been appended survives the process.
 */
public final class PcmFile implements Closeable {
  private final RandomAccessFile file;
  private final FileChannel channel;
  private volatile long bytes;

  /** Opens a file, made if it is missing, to append to what it holds. */
  public PcmFile(File path) throws IOException {
    file = new RandomAccessFile(path, "rw");
    channel = file.getChannel();
    bytes = file.length() / 2 * 2; // half a sample, if the last process was killed in between
  }

  /** Opens a file without a name, which is gone when it is closed or the process ends. */
  public static PcmFile nameless(File folder) throws IOException {
    File path = File.createTempFile("sound", ".pcm", folder);
    try {
      return new PcmFile(path);
    } finally {
      if (!path.delete()) {
        path.deleteOnExit();
      }
    }
  }

  public long samples() {
    return bytes / 2;
  }

  /** Adds samples; louder ones than 1 clip. */
  public void append(float[] samples, int count) throws IOException {
    float[] exact = samples.length == count ? samples : java.util.Arrays.copyOf(samples, count);
    ByteBuffer pcm = ByteBuffer.wrap(Pcm.toBytes(exact));
    long at = bytes;
    while (pcm.hasRemaining()) {
      at += channel.write(pcm, at);
    }
    bytes = at;
  }

  /**
   * Reads samples.
   *
   * @param from the first one
   * @return as many as there are, {@code most} at most
   */
  public float[] read(long from, int most) throws IOException {
    int count = (int) Math.min(most, samples() - from);
    ByteBuffer pcm = ByteBuffer.allocate(2 * count);
    while (pcm.hasRemaining()) {
      if (channel.read(pcm, 2 * from + pcm.position()) < 0) {
        throw new IOException("the recording has become shorter; expected " + bytes + " bytes");
      }
    }
    return Pcm.toFloats(pcm.array(), pcm.capacity());
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
