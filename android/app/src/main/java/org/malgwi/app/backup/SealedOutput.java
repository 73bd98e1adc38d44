package org.malgwi.app.backup;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Seals what is written. Only {@link #finish} makes it whole: one that is just closed is cut off.
 */
final class SealedOutput extends OutputStream {
  private final OutputStream out;
  private final Seal seal;
  private final byte[] plain = new byte[Seal.CHUNK];
  private int filled;
  private int number;

  /** Writes the head. */
  SealedOutput(OutputStream out, Seal seal) throws IOException {
    this.out = out;
    this.seal = seal;
    out.write(seal.head());
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    int at = from;
    int left = count;
    while (left > 0) {
      if (filled == plain.length) {
        put(false); // there is more, so this isn't the last one
      }
      int some = Math.min(left, plain.length - filled);
      System.arraycopy(bytes, at, plain, filled, some);
      filled += some;
      at += some;
      left -= some;
    }
  }

  private void put(boolean last) throws IOException {
    if (number < 0) {
      throw new IOException("too long to be sealed");
    }
    out.write(seal.close(number++, last, plain, filled));
    filled = 0;
  }

  /** Writes the last chunk; nothing may follow. */
  void finish() throws IOException {
    put(true);
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
