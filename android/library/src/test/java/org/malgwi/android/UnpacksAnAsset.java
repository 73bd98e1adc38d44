package org.malgwi.android;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Run by {@link AssetBundleTest} as another process of an app: opens the asset "asset.malgwi" of
 * this installation. Once it has begun to read it says so, and goes on when it is told.
 */
public final class UnpacksAnAsset {
  static final String READING = "reading";

  private UnpacksAnAsset() {}

  /**
   * Prints where it lies, or why it was refused.
   *
   * @param arguments the folder for the asset, and a file with its bytes
   */
  public static void main(String[] arguments) throws IOException {
    File asset = new File(arguments[1]);
    try {
      AssetBundle bundle =
          new AssetBundle(
              "asset.malgwi",
              new File(arguments[0]),
              "1",
              () -> new Told(new FileInputStream(asset)),
              () -> Long.MAX_VALUE / 4);
      System.out.println(bundle.open().path());
    } catch (Refused e) {
      System.out.println(e.reason() + " " + e.getMessage());
    }
  }

  /** Waits for a line after its first bytes. */
  private static final class Told extends InputStream {
    private final InputStream in;
    private boolean begun;

    Told(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      throw new IOException("nobody reads byte by byte");
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (begun) {
        return in.read(buffer, offset, length);
      }
      begun = true;
      int count = in.read(buffer, offset, length);
      System.out.println(READING);
      int unused = System.in.read();
      return count;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
