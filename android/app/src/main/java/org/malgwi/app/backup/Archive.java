package org.malgwi.app.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What the ZIP of a back-up holds; docs/app.md has the format. */
final class Archive {
  /** The first entry: the format's name and version, and what follows. */
  static final String INDEX = "malgwi-backup.json";

  /** The last entry: how many records came. Without it the archive was cut off. */
  static final String END = "end.json";

  static final String FORMAT = "malgwi-backup";
  static final int VERSION = 1;

  /**
   * Bytes of a transcript or a draft: a million words, each with its times, have less. What has
   * more is neither saved nor restored.
   */
  static final long MOST_TEXT = 256 << 20;

  /**
   * Records of a back-up: one every five minutes, day and night, for a year. More are neither saved
   * nor restored.
   */
  static final int MOST_RECORDS = 100_000;

  /** Space that is left to the phone, in bytes. */
  static final long SPARE = 32_000_000;

  static final String TRANSCRIPT = "transcript.json";
  static final String DRAFT = "draft.txt";
  static final String AUDIO = "audio.pcm";

  private Archive() {}

  /**
   * Refuses to save what couldn't be restored.
   *
   * @throws BackupException there are too many records
   */
  static void checkCount(int records) throws BackupException {
    if (records > MOST_RECORDS) {
      throw new BackupException(
          BackupProblem.TOO_MANY, records + " records; expected at most " + MOST_RECORDS);
    }
  }

  /**
   * A record of the index.
   *
   * @param id milliseconds since 1970 when it was written down, made unique
   * @param soundBytes 0 where none was kept
   */
  record Planned(long id, long soundBytes) {
    /** What it counts where progress is told: its text is some work, too. */
    long work() {
      return soundBytes + 10_000;
    }

    String entry(String name) {
      return id + "/" + name;
    }
  }

  /** Copies and tells how far it is. */
  static final class Copy {
    private final byte[] block = new byte[1 << 16];
    private final Progress progress;
    private final long all;
    private long before;

    /**
     * @param all the work of all records
     */
    Copy(Progress progress, long all) {
      this.progress = progress;
      this.all = Math.max(1, all);
    }

    /** What came before counts for so much. */
    void add(long work) {
      before += work;
    }

    /**
     * Copies to the end.
     *
     * @param to null reads only
     * @param most bytes that there may be
     * @return how many there were; more than {@code most} when there were more
     */
    long run(InputStream from, OutputStream to, long most) throws IOException {
      long done = 0;
      int count;
      while (done <= most && (count = from.read(block)) >= 0) {
        progress.at(Math.min(1, (double) (before + done) / all));
        if (to != null) {
          to.write(block, 0, count);
        }
        done += count;
      }
      progress.at(Math.min(1, (double) (before + done) / all));
      return done;
    }
  }
}
