package org.malgwi.app.selftest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Whether memory grows while recordings of changing lengths are recognised: libraries for models
 * have kept something for every new length, which no short test shows.
 */
final class MemorySoak {
  /** Recordings in all. */
  static final int CLIPS = 200;

  /** Those before the first reading counts: what is kept once for all is there by then. */
  static final int WARM_UP = 40;

  /** What it may grow by after that, in MB: an eighth of one for every clip. */
  static final int MOST_MB = 20;

  private static final int RATE = 16_000;
  private static final int SHORTEST = RATE / 2;
  private static final int LONGEST = 5 * RATE;
  private static final int READING_EVERY = 40;
  private static final double MB = 1e6;

  /**
   * Memory of this process, in bytes; null: the phone doesn't tell.
   *
   * @param nativeHeap allocated by native code
   * @param anonymous in memory and of no file, the Java heap included
   */
  record Reading(Long nativeHeap, Long anonymous) {}

  /** Recognises a recording. */
  interface Recognition {
    void run(float[] samples) throws IOException;
  }

  private final float[] sound;
  private final Recognition recognition;
  private final Supplier<Reading> memory;

  /**
   * @param clips 16 kHz, mono; at least one, that isn't empty
   * @param memory asked between two recognitions
   */
  MemorySoak(List<float[]> clips, Recognition recognition, Supplier<Reading> memory) {
    this.sound = joined(clips);
    this.recognition = recognition;
    this.memory = memory;
  }

  /** All clips, so often that the longest recording can be cut anywhere. */
  private static float[] joined(List<float[]> clips) {
    int length = clips.stream().mapToInt(clip -> clip.length).sum();
    float[] sound = new float[(LONGEST / length + 2) * length];
    int done = 0;
    while (done < sound.length) {
      for (float[] clip : clips) {
        System.arraycopy(clip, 0, sound, done, clip.length);
        done += clip.length;
      }
    }
    return sound;
  }

  /**
   * Recognises all, and notes what memory did.
   *
   * @param done told how many recordings are
   * @throws InterruptedException when the thread was interrupted
   */
  void run(Report report, Step section, IntConsumer done) throws IOException, InterruptedException {
    report.put(section, "clips", CLIPS);
    report.put(section, "warm_up_clips", WARM_UP);
    report.put(section, "seconds_each", "0.5 to 5");
    report.put(section, "most_growth_mb", MOST_MB);
    List<Reading> readings = new ArrayList<>();
    Random random = new Random(1); // the same lengths on every phone
    for (int i = 0; i < CLIPS; i++) {
      // The longest first: the room that one needs is needed once.
      int length = i == 0 ? LONGEST : SHORTEST + random.nextInt(LONGEST - SHORTEST);
      float[] clip = new float[length];
      System.arraycopy(sound, random.nextInt(sound.length - length), clip, 0, length);
      recognition.run(clip);
      SelfTest.stopIfInterrupted();
      if ((i + 1) % READING_EVERY == 0) {
        readings.add(memory.get());
        done.accept(i + 1);
      }
    }
    judge(report, section, "native_heap", readings, Reading::nativeHeap);
    judge(report, section, "anonymous_memory", readings, Reading::anonymous);
  }

  private static void judge(
      Report report,
      Step section,
      String name,
      List<Reading> readings,
      Function<Reading, Long> bytes) {
    List<Double> all = new ArrayList<>();
    for (Reading reading : readings) {
      if (bytes.apply(reading) == null) {
        report.put(section, name + "_growth_mb", null);
        return;
      }
      all.add(Timing.round(bytes.apply(reading) / MB, 1));
    }
    double before = all.get(WARM_UP / READING_EVERY - 1);
    double after = all.get(all.size() - 1);
    report.put(section, name + "_mb_each_" + READING_EVERY + "_clips", all);
    report.put(section, name + "_growth_mb", Timing.round(after - before, 1));
    if (after - before > MOST_MB) {
      report.judge(
          section,
          Report.Verdict.WARN,
          name
              + " grew from "
              + before
              + " to "
              + after
              + " MB in "
              + (CLIPS - WARM_UP)
              + " clips; expected "
              + MOST_MB
              + " MB more at most");
    }
  }
}
