package org.malgwi.app.models;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.malgwi.app.platform.Platform.Ending;

/**
 * Remembers that a model took the process down while it was loaded or first run, which no exception
 * can tell: a marker file lies there meanwhile, and one that is found at the start means that the
 * process ended there. Crashes and kills are counted apart. What works at full speed, and another
 * build of the app, begins to count anew. Files only; thread-safe.
 */
final class CrashGuard {
  /** How a bundle may be loaded. */
  enum Way {
    FULL,
    /** Slower and safer: it crashed. */
    CAREFUL,
    /** Not any more: it crashed even so. */
    NEVER,
    /** Not any more: twice running the system ended the process, which is its way to get memory. */
    TOO_BIG
  }

  /**
   * How loads of a bundle ended that didn't come to their end.
   *
   * @param kills running
   * @param unknown running
   */
  private record Tally(int crashes, int kills, int unknown) {
    static final Tally NONE = new Tally(0, 0, 0);

    Tally and(Ending ending) {
      return switch (ending) {
        case CRASHED -> new Tally(crashes + 1, 0, 0);
        case KILLED -> new Tally(crashes, kills + 1, 0);
        // It may have been a kill: one alone counts for nothing, and no loop goes on for ever.
        case UNKNOWN -> new Tally(unknown == 0 ? crashes : crashes + 1, 0, unknown + 1);
        case OTHERWISE -> this;
      };
    }

    /** After a load that came to its end; only at full speed it says that nothing is wrong. */
    Tally afterSuccess(boolean full) {
      return full ? NONE : new Tally(crashes, 0, 0);
    }

    Way way() {
      if (kills > 1) {
        return Way.TOO_BIG;
      }
      return switch (crashes) {
        case 0 -> Way.FULL;
        case 1 -> Way.CAREFUL;
        default -> Way.NEVER;
      };
    }
  }

  private final File folder;
  private final String build;
  private final Optional<String> worse;

  /**
   * Looks for the marker, counts it, and takes it away.
   *
   * @param folder for this class alone
   * @param build names the app's build
   * @param endings says how the process of this id ended
   */
  CrashGuard(File folder, String build, IntFunction<Ending> endings) {
    this.folder = folder;
    this.build = build;
    List<String> marker = read(marker());
    boolean found = marker.size() == 2;
    this.worse =
        found ? count(marker.get(0), endings.apply(number(marker.get(1)))) : Optional.empty();
    delete(marker());
  }

  private Optional<String> count(String bundle, Ending ending) {
    Tally before = tally(bundle);
    Tally after = before.and(ending);
    write(bundle, after);
    return after.way() == before.way() ? Optional.empty() : Optional.of(bundle);
  }

  /** The bundle that is loaded otherwise since this object was made, for what it did before. */
  Optional<String> worse() {
    return worse;
  }

  /** How a bundle may be loaded. */
  synchronized Way way(String bundle) {
    return tally(bundle).way();
  }

  /** How often a bundle took this build of the app down; 0 for most. */
  synchronized int crashes(String bundle) {
    return tally(bundle).crashes();
  }

  /** Forgets what a bundle did. */
  synchronized void forgive(String bundle) {
    delete(tallyFile(bundle));
  }

  /** What may crash begins. */
  synchronized void begin(String bundle, int pid) {
    write(marker(), List.of(bundle, String.valueOf(pid)));
  }

  /**
   * A bundle was loaded and run.
   *
   * @param full at full speed
   */
  synchronized void worked(String bundle, boolean full) {
    write(bundle, tally(bundle).afterSuccess(full));
  }

  /** It has ended, well or with an exception. */
  synchronized void end() {
    delete(marker());
  }

  private File marker() {
    return new File(folder, "running");
  }

  private File tallyFile(String bundle) {
    return new File(folder, "crashes-" + bundle);
  }

  private Tally tally(String bundle) {
    List<String> lines = read(tallyFile(bundle));
    if (lines.size() != 4 || !lines.get(0).equals(build)) {
      return Tally.NONE;
    }
    return new Tally(number(lines.get(1)), number(lines.get(2)), number(lines.get(3)));
  }

  private void write(String bundle, Tally tally) {
    if (tally.equals(Tally.NONE)) {
      delete(tallyFile(bundle));
    } else if (!tally.equals(tally(bundle))) {
      write(
          tallyFile(bundle),
          List.of(
              build,
              String.valueOf(tally.crashes()),
              String.valueOf(tally.kills()),
              String.valueOf(tally.unknown())));
    }
  }

  private static int number(String text) {
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
  private void write(File file, List<String> lines) {
    try {
      Files.createDirectories(folder.toPath());
      Files.write(file.toPath(), lines, StandardCharsets.UTF_8);
    } catch (IOException e) {
      delete(file);
    }
  }

  private static void delete(File file) {
    boolean unused = file.delete();
  }
}
