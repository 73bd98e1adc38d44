package org.malgwi.app.models;

import java.io.File;

/** Folders with all that is in them. */
final class Folders {
  private Folders() {}

  /** What lies in a folder; nothing where there is none. */
  static File[] inside(File folder) {
    File[] files = folder.listFiles();
    return files == null ? new File[0] : files;
  }

  /** Deletes a file, or a folder with all that is in it. */
  static void delete(File file) {
    for (File one : inside(file)) {
      delete(one);
    }
    boolean unused = file.delete();
  }
}
