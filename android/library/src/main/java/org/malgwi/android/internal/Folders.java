package org.malgwi.android.internal;

import java.io.File;

/** Folders with all that is in them. */
public final class Folders {
  private Folders() {}

  /**
   * What lies in a folder.
   *
   * @param folder that may be missing
   * @return its files and folders; none where there is no folder
   */
  public static File[] inside(File folder) {
    File[] files = folder.listFiles();
    return files == null ? new File[0] : files;
  }

  /**
   * Deletes a file, or a folder with all that is in it, as far as the system lets it.
   *
   * @param file that may be missing
   */
  public static void delete(File file) {
    for (File one : inside(file)) {
      delete(one);
    }
    boolean unused = file.delete();
  }
}
