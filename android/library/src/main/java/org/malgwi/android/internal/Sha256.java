package org.malgwi.android.internal;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 of what a stream gives. */
public final class Sha256 {
  private static final int CHUNK = 1 << 16;

  private Sha256() {}

  /**
   * Reads a stream to its end and closes it.
   *
   * @param in what is digested
   * @return 64 lower-case hexadecimal digits
   * @throws IOException when it can't be read
   */
  public static String of(InputStream in) throws IOException {
    try (in) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[CHUNK];
      int count;
      while ((count = in.read(buffer)) >= 0) {
        digest.update(buffer, 0, count);
      }
      return String.format("%064x", new BigInteger(1, digest.digest()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Android has SHA-256", e);
    }
  }
}
