package org.malgwi.app.listen;

import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.malgwi.android.AudioInput;
import org.malgwi.android.Sound;

/** An input that says what a test gives it, and waits while there is nothing. */
public final class Spoken implements AudioInput {
  private static final float[] END = {};

  private final BlockingQueue<float[]> said = new LinkedBlockingQueue<>();
  public volatile boolean silenced;
  public final AtomicInteger opened = new AtomicInteger();

  /** Says samples. */
  public void say(float[] samples) {
    for (int from = 0; from < samples.length; from += 1_600) {
      said.add(Arrays.copyOfRange(samples, from, Math.min(samples.length, from + 1_600)));
    }
  }

  /** Says nothing, with the noise that every room has. */
  public void quiet(double seconds) {
    float[] noise = new float[(int) (16_000 * seconds)];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (i % 3 - 1) / 32_768f;
    }
    say(noise);
  }

  /** The sound ends by itself. */
  public void end() {
    said.add(END);
  }

  @Override
  public Sound open() {
    opened.incrementAndGet();
    return new Sound() {
      private volatile boolean stopped;

      @Override
      public int read(float[] buffer) {
        try {
          float[] block = null;
          while (block == null && !stopped) {
            block = said.poll(5, TimeUnit.MILLISECONDS);
          }
          if (block == null || block == END) {
            return -1;
          }
          System.arraycopy(block, 0, buffer, 0, block.length);
          return block.length;
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }

      @Override
      public void stop() {
        stopped = true;
      }

      @Override
      public boolean silenced() {
        return silenced;
      }

      @Override
      public void close() {}
    };
  }
}
