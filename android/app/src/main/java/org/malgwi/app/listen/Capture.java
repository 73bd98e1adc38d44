package org.malgwi.app.listen;

import android.os.Process;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.problem.ProblemException;
import org.malgwi.app.sound.PcmFile;
import org.malgwi.core.Resampler;

/**
 * Takes sound from an input into a file as it arrives, one stretch after the other, on a thread of
 * its own. Thread-safe; the listener is called on that thread, holding no lock.
 */
final class Capture implements AutoCloseable {
  /** Loudness without a sound. */
  static final float SILENCE_DBFS = -100;

  /** Hears what becomes of the stretches. */
  interface Listener {
    /** The input is open. */
    void onOpened();

    /** A block more is in the file. */
    void onBlock();

    /** The sound has ended by itself. */
    void onEnd();

    void onFailure(Problem problem, Exception detail);

    /** A stretch is over, however it ended, and its input is closed. */
    void onClosed();
  }

  private static final int SECOND = Resampler.RATE;
  private static final int BLOCK = SECOND / 10;

  private final AudioInput input;
  private final PcmFile file;
  private final Listener listener;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "malgwi-capture"));

  // Guarded by this.
  private Stretch newest;
  private int running;
  private boolean blocked;
  private float level = SILENCE_DBFS;

  Capture(AudioInput input, PcmFile file, Listener listener) {
    this.input = input;
    this.file = file;
    this.listener = listener;
  }

  /** Begins a stretch, as soon as the one before it is over; none after {@link #close}. */
  synchronized void listen() {
    if (thread.isShutdown()) {
      return;
    }
    running++;
    newest = new Stretch();
    thread.execute(newest);
  }

  /** Ends the present stretch, which takes a moment. May be called twice. */
  synchronized void stop() {
    if (newest != null) {
      newest.end();
      newest = null;
    }
  }

  /** Whether no stretch is under way: all that was heard is in the file. */
  synchronized boolean isIdle() {
    return running == 0;
  }

  /** Whether the system gives silence in place of sound. */
  synchronized boolean isBlocked() {
    return blocked;
  }

  /** The loudness of the last block: 0 is full scale. */
  synchronized float level() {
    return level;
  }

  /** Waits until the last stretch is over; none can be begun any more. */
  @Override
  public synchronized void close() {
    thread.shutdown();
    while (running > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private synchronized void heard(boolean nowBlocked, float nowLevel) {
    blocked = nowBlocked;
    level = nowLevel;
  }

  private synchronized void over() {
    running--;
    level = SILENCE_DBFS;
    notifyAll();
  }

  /** What lies between two pauses. */
  private final class Stretch implements Runnable {
    private Sound sound;
    private volatile boolean told;

    /** Holding the lock of the capture. */
    private void end() {
      told = true;
      if (input.takesTurns()) {
        Handover.MICROPHONE.told();
      }
      if (sound != null) {
        sound.stop();
      }
    }

    @Override
    public void run() {
      Process.setThreadPriority(Process.THREAD_PRIORITY_URGENT_AUDIO);
      try {
        if (input.takesTurns()) {
          Handover.MICROPHONE.await(() -> told);
        }
        if (!told) {
          listen();
        }
      } catch (ProblemException e) {
        listener.onFailure(e.problem(), e);
      } catch (IOException | RuntimeException | InterruptedException e) {
        listener.onFailure(Problem.UNEXPECTED, e);
      } finally {
        letGo();
        listener.onClosed();
      }
    }

    private void listen() throws IOException {
      try (Sound opened = input.open()) {
        synchronized (Capture.this) {
          sound = opened;
          if (told) {
            opened.stop();
          }
        }
        listener.onOpened();
        takeAll(opened);
        if (!told) {
          listener.onEnd();
        }
      }
    }

    private void letGo() {
      synchronized (Capture.this) {
        sound = null;
        if (newest == this) {
          newest = null;
        } else if (input.takesTurns()) {
          Handover.MICROPHONE.letGo();
        }
        over();
      }
    }

    private void takeAll(Sound opened) throws IOException {
      float[] block = new float[BLOCK];
      int zeros = 0;
      long asked = 0;
      boolean silenced = false;
      int count;
      while ((count = opened.read(block)) >= 0) {
        try {
          file.append(block, count);
        } catch (IOException e) {
          throw new ProblemException(Problem.STORAGE_FULL, "the recording can't be written", e);
        }
        for (int i = 0; i < count; i++) {
          zeros = block[i] == 0 ? zeros + 1 : 0;
        }
        if (file.samples() - asked >= SECOND) {
          asked = file.samples();
          silenced = opened.silenced();
        }
        heard(silenced || zeros >= SECOND, dbfs(block, count));
        listener.onBlock();
      }
    }
  }

  /** How loud samples are about their mean: what a sound card adds to all of them is no sound. */
  static float dbfs(float[] samples, int count) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < count; i++) {
      sum += samples[i];
      squares += (double) samples[i] * samples[i];
    }
    int n = Math.max(1, count);
    double variance = Math.max(0, squares / n - sum / n * (sum / n));
    return (float) Math.max(SILENCE_DBFS, 10 * Math.log10(variance));
  }
}
