package org.malgwi.app.listen;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import org.junit.Test;
import org.malgwi.android.Sound;
import org.malgwi.app.Wait;

public class StreamInputTest {
  private final float[] buffer = new float[100];

  private static Sound sound(int channels, int rate, int... bytes) {
    byte[] all = new byte[bytes.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) bytes[i];
    }
    return new StreamInput(new ByteArrayInputStream(all), channels, rate).open();
  }

  @Test
  public void littleEndianSixteenBit() throws IOException {
    Sound sound = sound(1, 16_000, 0x80, 0x01, 0x00, 0x80, 0x55); // and half a sample
    assertEquals(2, sound.read(buffer));
    assertEquals(0x180 / 32_768f, buffer[0], 0);
    assertEquals(-1f, buffer[1], 0);
    assertEquals(-1, sound.read(buffer));
  }

  @Test
  public void channelsAreAveraged() throws IOException {
    Sound sound = sound(2, 16_000, 0x00, 0x40, 0x00, 0x20);
    assertEquals(1, sound.read(buffer));
    assertEquals((0.5f + 0.25f) / 2, buffer[0], 0);
  }

  @Test
  public void otherRatesAreResampled() throws IOException {
    Sound sound = sound(1, 8_000, new int[2 * 50]);
    assertEquals(100, sound.read(buffer));
    assertEquals(-1, sound.read(buffer));
  }

  /** A pipe that nobody writes to; closing it wakes who reads, as Android's streams do. */
  private static final class SilentPipe extends InputStream {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public int read() throws IOException {
      return read(new byte[1], 0, 1);
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      try {
        closed.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      throw new IOException("closed");
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  @Test(timeout = 1000 * Wait.MOST_SECONDS)
  public void stopWakesAReadThatWaits() throws Exception {
    Sound sound = new StreamInput(new SilentPipe(), 1, 16_000).open();
    Thread stopper = new Thread(sound::stop);
    stopper.start();
    assertEquals(-1, sound.read(buffer));
    stopper.join();
  }

  @Test
  public void whatCantBe() {
    assertThrows(IllegalArgumentException.class, () -> sound(0, 16_000));
    assertThrows(IllegalArgumentException.class, () -> sound(9, 16_000));
    assertThrows(IllegalArgumentException.class, () -> sound(1, 3_999));
  }
}
