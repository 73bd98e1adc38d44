package org.malgwi.android.internal;

import android.os.Process;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.malgwi.android.AudioInput;
import org.malgwi.android.MicrophoneException;
import org.malgwi.android.Sound;
import org.malgwi.core.Resampler;

/**
 * Takes sound from an input as it arrives, one stretch after the other, on a thread of its own.
 * Thread-safe; sink and listener are called on that thread, holding no lock.
 */
public final class Capture implements AutoCloseable {
  /** Loudness without a sound. */
  public static final float SILENCE_DBFS = -100;

  /** Where the sound goes. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes a block.
     *
     * @param samples 16 kHz, mono, -1 to 1; used again after this returns
     * @param count how many of them, from the first
     * @throws IOException ends the stretch as failed
     */
    void take(float[] samples, int count) throws IOException;
  }

  /** Hears what becomes of the stretches. */
  public interface Listener {
    /** The input is open. */
    void onOpened();

    /** The sink has taken a block more. */
    void onBlock();

    /** The sound has ended by itself. */
    void onEnd();

    /**
     * The stretch ends, because the input, or the sink, failed.
     *
     * @param why what was thrown, such as {@link MicrophoneException}
     */
    void onFailure(Exception why);

    /** A stretch is over, however it ended, and its input is closed. */
    void onClosed();
  }

  private static final int SECOND = Resampler.RATE;
  private static final int BLOCK = SECOND / 10;

  private final AudioInput input;
  private final Sink sink;
  private final Listener listener;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "malgwi-capture"));

  // Guarded by this.
  private @Nullable Stretch newest;
  private int running;
  private boolean blocked;
  private float level = SILENCE_DBFS;

  /**
   * Begins nothing yet.
   *
   * @param input opened for each stretch
   * @param sink where the sound goes
   * @param listener told of every stretch
   */
  public Capture(AudioInput input, Sink sink, Listener listener) {
    this.input = input;
    this.sink = sink;
    this.listener = listener;
  }

  /** Begins a stretch, as soon as the one before it is over; none after {@link #close}. */
  public synchronized void listen() {
    if (thread.isShutdown()) {
      return;
    }
    running++;
    newest = new Stretch();
    thread.execute(newest);
  }

  /** Ends the present stretch, which takes a moment. May be called twice. */
  public synchronized void stop() {
    if (newest != null) {
      newest.end();
      newest = null;
    }
  }

  /** {@return whether no stretch is under way: all that was heard was taken} */
  public synchronized boolean isIdle() {
    return running == 0;
  }

  /** {@return whether the system gives silence in place of sound} */
  public synchronized boolean isBlocked() {
    return blocked;
  }

  /** {@return the loudness of the last block in dBFS: 0 is full scale} */
  public synchronized float level() {
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
    private @Nullable Sound sound;
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
      } catch (IOException | RuntimeException | InterruptedException e) {
        listener.onFailure(e);
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
      int unasked = 0;
      boolean silenced = false;
      int count;
      while ((count = opened.read(block)) >= 0) {
        sink.take(block, count);
        for (int i = 0; i < count; i++) {
          zeros = block[i] == 0 ? zeros + 1 : 0;
        }
        unasked += count;
        if (unasked >= SECOND) {
          unasked = 0;
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
