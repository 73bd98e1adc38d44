package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ChannelsTest {
  private static final int RATE = 4_000;
  private static final int FRAMES = 4 * RATE;

  @TestFactory
  Stream<DynamicTest> theAverageUnlessItHarms() {
    return Golden.tests(
        "channels.json",
        "cases",
        c -> {
          List<Golden> given = c.children("channels");
          float[] sound = new float[FRAMES * given.size()];
          for (int channel = 0; channel < given.size(); channel++) {
            fill(sound, channel, given.size(), given.get(channel));
          }
          int expected = c.keys().get("channel") == null ? Channels.MIX : c.integer("channel");
          Channels.Choice choice = new Channels.Choice(expected, c.string("why"));
          Channels whole = new Channels(given.size(), RATE);
          whole.add(sound, FRAMES);
          assertEquals(choice, whole.choice());
          try (Wav wav = wav(sound, given.size())) { // in blocks, and rewound
            assertEquals(choice, wav.choose(() -> {}));
            assertEquals(FRAMES, wav.readAll().length);
          }
        });
  }

  @Test
  void oneIsReadAsItIs() throws IOException {
    float[] sound = {0.1f, 0.5f, 0.2f, 0.25f};
    for (int channel : new int[] {0, 1, Channels.MIX}) {
      try (Wav wav = wav(sound, 2)) {
        wav.listenTo(channel);
        float[] expected =
            switch (channel) {
              case 0 -> new float[] {0.1f, 0.2f};
              case 1 -> new float[] {0.5f, 0.25f};
              default -> new float[] {0.3f, 0.225f};
            };
        assertArrayEquals(expected, wav.readAll(), 1e-7f);
      }
    }
    try (Wav wav = wav(sound, 2)) {
      MalgwiException e = assertThrows(MalgwiException.class, () -> wav.listenTo(2));
      assertTrue(
          e.getMessage().contains("x.wav: no channel 2; it has 2, counted from 0"), e.getMessage());
    }
  }

  @Test
  void damagedAndEmptyOnesChooseNothing() throws IOException {
    float[] sound = new float[2 * FRAMES];
    for (int i = 0; i < sound.length; i += 2) {
      sound[i] = i % 800 < 400 ? 0.3f : 0;
    }
    sound[5] = Float.NaN;
    try (Wav wav = wav(sound, 2)) {
      assertEquals(Channels.Choice.AVERAGE, wav.choose(() -> {}));
      assertThrows(MalgwiException.class, wav::readAll);
    }
    try (Wav wav = wav(new float[0], 2)) {
      assertEquals(Channels.Choice.AVERAGE, wav.choose(() -> {}));
    }
  }

  private static void fill(float[] sound, int channel, int channels, Golden given) {
    List<?> levels = given.list("levels");
    long state = given.integer("seed");
    double gain = ((Number) given.keys().get("gain")).doubleValue();
    double offset = given.keys().get("offset") instanceof Number added ? added.doubleValue() : 0;
    for (int i = 0; i < FRAMES; i++) {
      state = (1_664_525 * state + 1_013_904_223) & 0xFFFFFFFFL;
      double level = ((Number) levels.get(i / (RATE / 10) % levels.size())).doubleValue();
      sound[i * channels + channel] = (float) (offset + gain * level * (state / 0x1p31 - 1));
    }
  }

  /** A WAV of floats. */
  static Wav wav(float[] interleaved, int channels) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(44 + 4 * interleaved.length);
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + 4 * interleaved.length);
    out.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII));
    out.putInt(16).putShort((short) 3).putShort((short) channels).putInt(RATE);
    out.putInt(4 * channels * RATE).putShort((short) (4 * channels)).putShort((short) 32);
    out.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(4 * interleaved.length);
    for (float sample : interleaved) {
      out.putFloat(sample);
    }
    return new Wav(out.array(), "x.wav");
  }
}
