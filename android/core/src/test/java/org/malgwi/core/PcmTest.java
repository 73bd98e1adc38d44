package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class PcmTest {
  @Test
  void lowBytesAreUnsigned() {
    byte[] bytes = {(byte) 0x80, 0x01, (byte) 0xFF, (byte) 0x80, (byte) 0xFF, (byte) 0xFF};
    float[] expected = {384 / 32_768f, -32_513 / 32_768f, -1 / 32_768f};
    assertArrayEquals(expected, Pcm.toFloats(bytes, 6));
  }

  @Test
  void everyValueSurvives() {
    short[] all = new short[65_536];
    for (int i = 0; i < all.length; i++) {
      all[i] = (short) (i - 32_768);
    }
    float[] floats = Pcm.toFloats(all, all.length);
    assertEquals(-1f, floats[0]);
    assertEquals(32_767 / 32_768f, floats[65_535]);
    assertArrayEquals(floats, Pcm.toFloats(Pcm.toBytes(floats), 2 * all.length));
  }

  @Test
  void loudSamplesClip() {
    assertArrayEquals(
        new byte[] {(byte) 0xFF, 0x7F, 0x00, (byte) 0x80}, Pcm.toBytes(new float[] {1.5f, -9f}));
  }

  @Test
  void refusesHalfASample() {
    assertThrows(IllegalArgumentException.class, () -> Pcm.toFloats(new byte[4], 3));
    assertThrows(IllegalArgumentException.class, () -> Pcm.toFloats(new byte[4], 6));
    assertThrows(IllegalArgumentException.class, () -> Pcm.toFloats(new byte[4], -2));
  }
}
