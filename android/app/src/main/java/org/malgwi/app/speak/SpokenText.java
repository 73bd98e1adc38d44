package org.malgwi.app.speak;

import java.io.IOException;
import java.util.concurrent.Executor;
import org.malgwi.app.problem.Problem;

/**
 * The text that was said and the draft of its correction. Both survive the screen, and a draft
 * survives a full disk. Main thread only.
 */
final class SpokenText {
  private final Keeper keeper;
  private final Executor disk;
  private final Executor main;
  private final Runnable corrected;

  private Said said;
  private String draft;
  private Problem problem;

  /**
   * @param disk a thread on which corrections are written
   * @param main the main thread
   * @param corrected is told when a correction was written, or couldn't be
   */
  SpokenText(Keeper keeper, Executor disk, Executor main, Runnable corrected) {
    this.keeper = keeper;
    this.disk = disk;
    this.main = main;
    this.corrected = corrected;
  }

  /** What was said; null while there is nothing. */
  Said said() {
    return said;
  }

  void show(Said other) {
    said = other;
  }

  /** The text while it is being edited, else null. */
  String draft() {
    return draft;
  }

  void setDraft(String other) {
    draft = other;
    if (other == null) {
      problem = null;
    }
  }

  /** What kept the draft from being written; null where it wasn't tried. */
  Problem problem() {
    return problem;
  }

  /** Puts a corrected text in the place of what was said. */
  void correct(String other) {
    Said before = said;
    draft = null;
    disk.execute(
        () -> {
          try {
            Said after = keeper.correct(before, other);
            main.execute(() -> replace(before, after));
          } catch (IOException e) {
            main.execute(() -> keepWriting(before, other));
          }
        });
  }

  /** A corrected text couldn't be kept: it can still be read, copied and saved once more. */
  private void keepWriting(Said before, String other) {
    if (before.equals(said)) {
      draft = other;
      problem = Problem.STORAGE_FULL;
      corrected.run();
    }
  }

  private void replace(Said before, Said after) {
    if (before.equals(said)) {
      said = after;
      corrected.run();
    }
  }

  void putAway() {
    said = null;
    draft = null;
    problem = null;
  }
}
