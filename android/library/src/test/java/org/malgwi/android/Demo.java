package org.malgwi.android;

import java.io.File;
import java.io.IOException;
import org.malgwi.core.ModelBundle;

/** What `malgwi demo` made: the bundle that the library is tested with. */
public final class Demo {
  private Demo() {}

  /** The demo's bundle, whose golden clips and their texts Python wrote. */
  public static File bundle() {
    File bundle = new File(System.getProperty("malgwi.demo"), "demo.malgwi");
    if (!bundle.isFile()) {
      throw new AssertionError(bundle + " is missing; run `make demo` first");
    }
    return bundle;
  }

  /** The golden clip of this index, from 0: 16 kHz, mono, -1 to 1. */
  public static float[] samples(int index) throws IOException {
    ModelBundle bundle = ModelBundle.open(bundle());
    return bundle.samples(bundle.golden().get(index));
  }

  /** What Python hears in it. */
  public static String text(int index) throws IOException {
    return ModelBundle.open(bundle()).golden().get(index).text();
  }

  /** The WAV file of the golden clip of this index, as it lies in the bundle. */
  public static byte[] goldenWav(int index) throws IOException {
    ModelBundle bundle = ModelBundle.open(bundle());
    return bundle.read(bundle.golden().get(index).audio());
  }
}
