package org.malgwi.app.files;

import java.io.IOException;
import org.malgwi.core.Samples;

/** Samples on their way to the recogniser: says how far they are, and can be held or stopped. */
final class WatchedSamples implements Samples {
  /** Told from time to time. */
  interface Progress {
    /**
     * Takes how far the samples are.
     *
     * @param share done, 0 to 1
     * @param left seconds of work
     */
    void at(double share, long left);
  }

  private static final long TELL_NS = 250_000_000;

  private final Samples source;
  private final long durationMs;
  private final KeptSound sound;
  private final Runnable checkpoint;
  private final Progress progress;
  private final TimeLeft timeLeft = new TimeLeft();
  private long samples;
  private long sinceNs = System.nanoTime();
  private long workedNs;
  private long toldNs;

  /**
   * @param durationMs what the file says; 0: nothing
   * @param sound where they are kept, too; null: nowhere
   * @param checkpoint holds, or throws, before each block; the time in it isn't work
   */
  WatchedSamples(
      Samples source, long durationMs, KeptSound sound, Runnable checkpoint, Progress progress) {
    this.source = source;
    this.durationMs = durationMs;
    this.sound = sound;
    this.checkpoint = checkpoint;
    this.progress = progress;
  }

  long durationMs() {
    return durationMs;
  }

  @Override
  public int read(float[] buffer) throws IOException {
    workedNs += System.nanoTime() - sinceNs;
    checkpoint.run();
    sinceNs = System.nanoTime();
    int count = source.read(buffer);
    if (count > 0) {
      samples += count;
      if (sound != null) {
        sound.add(buffer, count);
      }
    }
    if (durationMs > 0 && workedNs - toldNs >= TELL_NS) {
      toldNs = workedNs;
      double share = Math.min(1, samples / 16.0 / durationMs);
      progress.at(share, timeLeft.seconds(workedNs, share));
    }
    return count;
  }
}
