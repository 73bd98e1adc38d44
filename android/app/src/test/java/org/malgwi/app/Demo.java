package org.malgwi.app;

import java.io.File;

/** What `malgwi demo` made: the bundle that the app is tested with. */
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
}
