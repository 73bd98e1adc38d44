package org.malgwi.app.sound;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.malgwi.core.Resampler;

/** Raw samples (16 kHz, mono, 16 bits, little-endian) as a WAV file. */
public final class PcmWav {
  private static final int HEADER = 44;

  private PcmWav() {}

  /** Writes a whole file of raw samples. */
  public static void write(File pcm, OutputStream out) throws IOException {
    write(pcm, 0, pcm.length() / 2, out);
  }

  /** Writes samples {@code from} up to {@code to}, as far as the file holds them. */
  public static void write(File pcm, long from, long to, OutputStream out) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(pcm, "r")) {
      long end = Math.min(to, in.length() / 2);
      long left = 2 * Math.max(0, end - from);
      out.write(header(left));
      in.seek(2 * from);
      byte[] block = new byte[1 << 16];
      while (left > 0) {
        int count = in.read(block, 0, (int) Math.min(block.length, left));
        if (count < 0) {
          throw new IOException(pcm.getName() + " became shorter while it was read");
        }
        out.write(block, 0, count);
        left -= count;
      }
    }
  }

  private static byte[] header(long bytes) {
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt((int) (HEADER - 8 + bytes));
    header.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    header
        .putShort((short) 1)
        .putShort((short) 1)
        .putInt(Resampler.RATE)
        .putInt(2 * Resampler.RATE);
    header.putShort((short) 2).putShort((short) 16);
    header.put("data".getBytes(StandardCharsets.US_ASCII)).putInt((int) bytes);
    return header.array();
  }
}
