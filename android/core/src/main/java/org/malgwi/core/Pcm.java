package org.malgwi.core;

/** 16-bit samples, as microphones give them, to floats and back: a sample is its value / 32,768. */
public final class Pcm {
  private static final float FULL_SCALE = 32_768f;

  private Pcm() {}

  /**
   * Converts little-endian 16-bit samples.
   *
   * @param bytes two for each sample, the low one first
   * @param count how many bytes to use, even
   * @return {@code count / 2} samples, -1 to just under 1
   * @throws IllegalArgumentException for a count that is odd, or not 0 to {@code bytes.length}
   */
  public static float[] toFloats(byte[] bytes, int count) {
    if (count < 0 || count > bytes.length || count % 2 != 0) {
      throw new IllegalArgumentException(
          "count is " + count + "; expected an even number, 0 to " + bytes.length);
    }
    float[] samples = new float[count / 2];
    for (int i = 0; i < samples.length; i++) {
      // The low byte is unsigned: without the mask, 0x0180 would become 0xFF80.
      samples[i] = (short) ((bytes[2 * i] & 0xFF) | bytes[2 * i + 1] << 8) / FULL_SCALE;
    }
    return samples;
  }

  /**
   * Converts 16-bit samples, such as those of Android's AudioRecord.
   *
   * @param pcm a sample each
   * @param count how many of them, from the first
   * @return {@code count} samples, -1 to just under 1
   */
  public static float[] toFloats(short[] pcm, int count) {
    float[] samples = new float[count];
    for (int i = 0; i < count; i++) {
      samples[i] = pcm[i] / FULL_SCALE;
    }
    return samples;
  }

  /**
   * Converts floats to little-endian 16-bit samples, rounded to the nearest.
   *
   * @param samples -1 to 1; louder ones clip
   * @return two bytes for each, the low one first
   */
  public static byte[] toBytes(float[] samples) {
    byte[] bytes = new byte[2 * samples.length];
    for (int i = 0; i < samples.length; i++) {
      int value = Math.max(-32_768, Math.min(32_767, Math.round(samples[i] * FULL_SCALE)));
      bytes[2 * i] = (byte) value;
      bytes[2 * i + 1] = (byte) (value >> 8);
    }
    return bytes;
  }
}
