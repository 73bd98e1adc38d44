package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResamplerTest {
  /** Below 0.913 of the lower Nyquist frequency both are flat; they differ by rounding. */
  private static final double LEAST_DB_IN_BAND = 80;

  /** White noise has 9 % of its power where the two filters fall off, each in its own way. */
  private static final double LEAST_DB_OF_NOISE = 35;

  @TestFactory
  Stream<DynamicTest> soundsLikeSoxr() {
    return Golden.tests(
        "resampler.json",
        "cases",
        c -> {
          int rate = c.integer("rate");
          boolean isChirp = c.name().equals("chirp");
          float[] heard = isChirp ? chirp(rate, c.integer("samples")) : noise(c.integer("samples"));
          float[] expected = floats(Base64.getDecoder().decode(c.string("soxr")));
          float[] made = resample(heard, rate, heard.length, 100_000);
          assertEquals(expected.length, made.length);
          double db = signalToError(expected, made);
          System.out.printf("resampler against soxr: %s at %d Hz: %.1f dB%n", c.name(), rate, db);
          assertTrue(db >= (isChirp ? LEAST_DB_IN_BAND : LEAST_DB_OF_NOISE), c.name() + ": " + db);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {8_000, 44_100, 48_000, 16_001, 12_345})
  void sizesOfBlocksChangeNothing(int rate) throws IOException {
    float[] heard = noise(5_000);
    float[] whole = resample(heard, rate, heard.length, 100_000);
    Random random = new Random(1);
    for (int round = 0; round < 5; round++) {
      float[] made = resample(heard, rate, 1 + random.nextInt(700), 1 + random.nextInt(700));
      assertArrayEquals(whole, made);
    }
  }

  @Test
  void tonesAboveTheNewNyquistFrequencyVanish() throws IOException {
    float[] tone = new float[48_000];
    for (int i = 0; i < tone.length; i++) {
      tone[i] = (float) Math.sin(2 * Math.PI * 8_500 * i / 48_000);
    }
    float[] made = resample(tone, 48_000, 1_000, 1_000);
    // Without the ends, where the tone begins and stops and so is no tone.
    double rms = rms(Arrays.copyOfRange(made, 500, made.length - 500));
    assertTrue(20 * Math.log10(rms) < -90, "alias at " + 20 * Math.log10(rms) + " dB");
  }

  @Test
  void hasNoDelay() throws IOException {
    float[] click = new float[4_800];
    click[2_400] = 1;
    float[] made = resample(click, 48_000, 4_800, 10_000);
    int loudest = 0;
    for (int i = 0; i < made.length; i++) {
      loudest = made[i] > made[loudest] ? i : loudest;
    }
    assertEquals(800, loudest);
  }

  @Test
  void lengthsAreRoundedToTheNearest() throws IOException {
    assertEquals(0, resample(new float[0], 44_100, 10, 10).length);
    assertEquals(0, resample(new float[1], 44_100, 10, 10).length);
    assertEquals(1, resample(new float[2], 44_100, 10, 10).length);
    assertEquals(363, resample(new float[1_000], 44_100, 10, 10).length);
    assertEquals(2_000, resample(new float[1_000], 8_000, 10, 10).length);
  }

  /** From 3.6 MHz on the filter is longer than what is held at first. */
  @Test
  void takesTheHighestRate() throws IOException {
    float[] half = new float[2_000_000];
    Arrays.fill(half, 0.5f);
    float[] made = resample(half, 10_000_000, half.length, 1_000);
    assertEquals(3_200, made.length);
    assertEquals(0.5, made[1_600], 1e-6);
  }

  @Test
  void refusesAbsurdRates() {
    assertThrows(IllegalArgumentException.class, () -> new Resampler(b -> -1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Resampler(b -> -1, 10_000_001));
  }

  /** The same as in tools/java_fixtures.py. */
  private static float[] chirp(int rate, int samples) {
    float[] out = new float[samples];
    double top = 0.45 * Math.min(rate, 16_000);
    for (int i = 0; i < samples; i++) {
      double t = (double) i / rate;
      double phase = 2 * Math.PI * (100 * t + (top - 100) * t * t / (2 * (double) samples / rate));
      double fade = Math.pow(Math.sin(Math.PI * i / samples), 2);
      out[i] = (float) (0.5 * fade * Math.sin(phase));
    }
    return out;
  }

  private static float[] noise(int samples) {
    float[] out = new float[samples];
    long state = 1;
    for (int i = 0; i < samples; i++) {
      state = state * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
      out[i] = (float) ((state >>> 40) / 33_554_432.0 - 0.25);
    }
    return out;
  }

  private static float[] resample(float[] heard, int rate, int in, int out) throws IOException {
    int[] done = {0};
    Samples source =
        buffer -> {
          int count = Math.min(Math.min(in, buffer.length), heard.length - done[0]);
          System.arraycopy(heard, done[0], buffer, 0, count);
          done[0] += count;
          return count == 0 ? -1 : count;
        };
    Resampler resampler = new Resampler(source, rate);
    float[] made = new float[0];
    float[] buffer = new float[out];
    int count;
    while ((count = resampler.read(buffer)) >= 0) {
      assertTrue(count > 0);
      int size = made.length;
      made = Arrays.copyOf(made, size + count);
      System.arraycopy(buffer, 0, made, size, count);
    }
    return made;
  }

  private static float[] floats(byte[] bytes) {
    float[] out = new float[bytes.length / 4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(out);
    return out;
  }

  private static double signalToError(float[] expected, float[] made) {
    float[] error = new float[made.length];
    for (int i = 0; i < made.length; i++) {
      error[i] = made[i] - expected[i];
    }
    return 20 * Math.log10(rms(expected) / rms(error));
  }

  private static double rms(float[] samples) {
    double sum = 0;
    for (float sample : samples) {
      sum += (double) sample * sample;
    }
    return Math.sqrt(sum / samples.length);
  }
}
