package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class WavTest {
  private static final int ROUNDS = 50_000;

  @TestFactory
  Stream<DynamicTest> reads() {
    return Golden.tests(
        "wav.json",
        "cases",
        c -> {
          try (Wav wav = wav(bytes(c))) {
            assertEquals(c.integer("sample_rate"), wav.sampleRate());
            assertEquals(c.integer("channels"), wav.channels());
            float[] samples = wav.readAll();
            if (c.keys().get("expected") != null) {
              float[] expected = new float[c.list("expected").size()];
              for (int i = 0; i < expected.length; i++) {
                expected[i] = ((Number) c.list("expected").get(i)).floatValue();
              }
              assertArrayEquals(expected, samples);
            }
            boolean wrong = Boolean.TRUE.equals(c.keys().get("wrong_header"));
            assertEquals(wrong, !wav.wrongHeader().isEmpty(), wav.wrongHeader());
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> refuses() {
    return Golden.tests(
        "wav.json",
        "refused",
        c -> {
          MalgwiException e =
              assertThrows(
                  MalgwiException.class,
                  () -> {
                    try (Wav wav = wav(bytes(c))) {
                      wav.readAll();
                    }
                  });
          assertTrue(e.getMessage().startsWith("x.wav: "), e.getMessage());
          assertTrue(e.getMessage().contains("expected"), e.getMessage());
        });
  }

  @Test
  void saysHowMuchIsMissing() throws IOException {
    byte[] whole = pcm16(16_000, new float[8_000]);
    try (Wav wav = wav(whole)) {
      wav.readAll();
      assertEquals(0.5, wav.seconds());
      assertEquals(0, wav.missingSeconds());
    }
    try (Wav wav = wav(Arrays.copyOf(whole, whole.length - 8_000))) {
      assertEquals(4_000, wav.readAll().length);
      assertEquals(0.25, wav.missingSeconds());
    }
  }

  @Test
  void namesAFileThatIsNotThere() {
    MalgwiException e =
        assertThrows(MalgwiException.class, () -> Wav.open(new File("no/such.wav")));
    assertTrue(e.getMessage().contains("no/such.wav: no such file"), e.getMessage());
  }

  @Test
  void mutationsEndInSamplesOrAnError() {
    long seed = System.nanoTime();
    System.out.println("WavTest.mutationsEndInSamplesOrAnError: seed " + seed);
    Random random = new Random(seed);
    List<Golden> cases = Golden.cases("wav.json", "cases");
    int refused = 0;
    float[] buffer = new float[1_000];
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = mutate(bytes(cases.get(random.nextInt(cases.size()))), random);
      try (Wav wav = wav(bytes)) {
        int samples = 0;
        int count;
        while ((count = wav.read(buffer)) >= 0) {
          samples += count;
        }
        assertTrue(samples <= bytes.length);
      } catch (MalgwiException e) {
        assertNotNull(e.getMessage());
        refused++;
      } catch (IOException | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + Arrays.toString(bytes), e);
      }
    }
    assertTrue(refused > 0 && refused < ROUNDS, refused + " of " + ROUNDS + " refused");
  }

  static byte[] mutate(byte[] bytes, Random random) {
    byte[] out = bytes.clone();
    for (int i = 1 + random.nextInt(4); i > 0 && out.length > 0; i--) {
      int at = random.nextInt(out.length);
      switch (random.nextInt(4)) {
        case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> out[at] = (byte) (random.nextBoolean() ? 0 : 0xFF);
        case 2 -> out[at] = (byte) random.nextInt();
        default -> out = random.nextInt(8) == 0 ? Arrays.copyOf(out, at) : out;
      }
    }
    return out;
  }

  /** A 16-bit mono file. */
  static byte[] pcm16(int rate, float[] samples) {
    ByteBuffer out = ByteBuffer.allocate(44 + 2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes(StandardCharsets.US_ASCII));
    out.putInt(36 + 2 * samples.length);
    out.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII));
    out.putInt(16).putShort((short) 1).putShort((short) 1).putInt(rate).putInt(2 * rate);
    out.putShort((short) 2).putShort((short) 16);
    out.put("data".getBytes(StandardCharsets.US_ASCII));
    out.putInt(2 * samples.length);
    for (float sample : samples) {
      out.putShort((short) (sample * 32_768));
    }
    return out.array();
  }

  private static byte[] bytes(Golden c) {
    return Base64.getDecoder().decode(c.string("input"));
  }

  private static Wav wav(byte[] bytes) throws IOException {
    return new Wav(bytes, "x.wav");
  }
}
