package org.malgwi.app.backup;

import java.io.IOException;
import java.io.InputStream;

/** Opens what {@link SealedOutput} wrote; gives no byte that isn't proven. */
final class SealedInput extends InputStream {
  private final InputStream in;
  private final Seal seal;
  private final byte[] sealed = new byte[Seal.CHUNK + Seal.TAG];
  private byte[] plain = new byte[0];
  private int at;
  private int number;

  /** The first byte of the next chunk, or -1 at the end. */
  private int next;

  private boolean ended;

  /**
   * @param in behind the head
   */
  SealedInput(InputStream in, Seal seal) throws IOException {
    this.in = in;
    this.seal = seal;
    next = in.read();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int from, int most) throws IOException {
    while (at == plain.length) {
      if (ended) {
        return -1;
      }
      fill();
    }
    int count = Math.min(most, plain.length - at);
    System.arraycopy(plain, at, bytes, from, count);
    at += count;
    return count;
  }

  private void fill() throws IOException {
    int count = 0;
    while (next >= 0 && count < sealed.length) {
      if (count == 0) {
        sealed[count++] = (byte) next;
      }
      int more = in.read(sealed, count, sealed.length - count);
      if (more < 0) {
        next = -1;
      } else {
        count += more;
      }
    }
    if (next >= 0) {
      next = in.read();
    }
    ended = next < 0;
    plain = seal.open(number++, ended, sealed, count);
    at = 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
