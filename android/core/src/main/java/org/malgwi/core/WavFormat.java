package org.malgwi.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How the samples of a WAV file are stored, as its format chunk says. Strict where sound would come
 * out wrong.
 *
 * @param isFloat whether they are floats and not integers
 * @param bits of one sample of one channel
 * @param channels 1 or more
 * @param sampleRate samples a second
 */
record WavFormat(boolean isFloat, int bits, int channels, int sampleRate) {
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;
  private static final int LOWEST_RATE = 4_000;
  private static final int HIGHEST_RATE = 384_000;
  private static final int MOST_CHANNELS = 1024;

  /**
   * Reads the content of a format chunk.
   *
   * @param content 16 bytes or more
   * @param name names the recording in errors
   * @throws MalgwiException for an unknown codec, no channels, an absurd rate
   */
  static WavFormat of(byte[] content, String name) throws MalgwiException {
    ByteBuffer chunk = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int codec = chunk.getShort(0) & 0xFFFF;
    if (codec == EXTENSIBLE && content.length >= 26) {
      codec = chunk.getShort(24) & 0xFFFF;
    }
    int channels = chunk.getShort(2) & 0xFFFF;
    int sampleRate = chunk.getInt(4);
    int bits = chunk.getShort(14) & 0xFFFF;
    WavFormat format = new WavFormat(codec == FLOAT, bits, channels, sampleRate);
    format.check(codec, chunk.getShort(12) & 0xFFFF, name);
    return format;
  }

  private void check(int codec, int blockBytes, String name) throws MalgwiException {
    boolean known =
        isFloat ? bits == 32 || bits == 64 : bits == 8 || bits == 16 || bits == 24 || bits == 32;
    if ((codec != PCM && codec != FLOAT) || !known) {
      throw refused(
          name,
          "codec " + codec + " with " + bits + " bits",
          "PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64; convert it");
    }
    if (channels < 1 || channels > MOST_CHANNELS) {
      throw refused(name, channels + " channels", "1 to " + MOST_CHANNELS + "; convert it again");
    }
    if (sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw refused(
          name,
          "the header claims " + (sampleRate & 0xFFFFFFFFL) + " Hz",
          LOWEST_RATE + " to " + HIGHEST_RATE + ". The header is broken: convert it again");
    }
    if (blockBytes != frameBytes()) {
      throw refused(
          name,
          blockBytes + " bytes for a frame of " + channels + " channels of " + bits + " bits",
          frameBytes() + "; convert it again");
    }
  }

  private static MalgwiException refused(String name, String found, String expected) {
    return new MalgwiException(name + ": " + found + "; expected " + expected);
  }

  /** Bytes of one sample of every channel. */
  int frameBytes() {
    return channels * bits / 8;
  }

  /** Takes the next sample of one channel, integers divided by full scale. */
  float sample(ByteBuffer data) {
    return switch (bits) {
      case 8 -> ((data.get() & 0xFF) - 128) / 0x1p7f;
      case 16 -> data.getShort() / 0x1p15f;
      case 24 -> ((data.get() & 0xFF) | (data.get() & 0xFF) << 8 | data.get() << 16) / 0x1p23f;
      case 32 -> isFloat ? data.getFloat() : data.getInt() / 0x1p31f;
      default -> (float) data.getDouble();
    };
  }
}
