package org.malgwi.app.models;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * Remembers that a model took the process down while it was loaded or first run, which no exception
 * can tell: a marker file lies there meanwhile, and one that is found at the start counts as a
 * crash. Another build of the app begins to count anew. Files only; thread-safe.
 */
final class CrashGuard {
  private final File folder;
  private final String build;
  private final Optional<String> lastCrash;

  /**
   * Looks for the marker, counts it, and takes it away.
   *
   * @param folder for this class alone
   * @param build names the app's build
   * @param diedOtherwise whether the process of this id is known to have been ended by something
   *     else than a crash, such as the user or an update
   */
  CrashGuard(File folder, String build, IntPredicate diedOtherwise) {
    this.folder = folder;
    this.build = build;
    List<String> marker = read(marker());
    boolean crashed = marker.size() == 2 && !diedOtherwise.test(pid(marker.get(1)));
    this.lastCrash = crashed ? Optional.of(marker.get(0)) : Optional.empty();
    if (crashed) {
      write(count(marker.get(0)), build, String.valueOf(crashes(marker.get(0)) + 1));
    }
    delete(marker());
  }

  /** The bundle whose crash was found when this object was made. */
  Optional<String> lastCrash() {
    return lastCrash;
  }

  /** How often a bundle took this build of the app down; 0 for most. */
  synchronized int crashes(String bundle) {
    List<String> lines = read(count(bundle));
    if (lines.size() != 2 || !lines.get(0).equals(build)) {
      return 0;
    }
    try {
      return Integer.parseInt(lines.get(1));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Forgets the crashes of a bundle. */
  synchronized void forgive(String bundle) {
    delete(count(bundle));
  }

  /** What may crash begins. */
  synchronized void begin(String bundle, int pid) {
    write(marker(), bundle, String.valueOf(pid));
  }

  /** It has ended, well or with an exception. */
  synchronized void end() {
    delete(marker());
  }

  private File marker() {
    return new File(folder, "running");
  }

  private File count(String bundle) {
    return new File(folder, "crashes-" + bundle);
  }

  private static int pid(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static List<String> read(File file) {
    try {
      return Files.readAllLines(file.toPath(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Without a place to write, such as on a full disk, there is no guard, and all else works. */
  private void write(File file, String first, String second) {
    try {
      Files.createDirectories(folder.toPath());
      Files.write(file.toPath(), List.of(first, second), StandardCharsets.UTF_8);
    } catch (IOException e) {
      delete(file);
    }
  }

  private static void delete(File file) {
    boolean unused = file.delete();
  }
}
