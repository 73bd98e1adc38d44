package org.malgwi.core;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A WAV file (RIFF; PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64), read as mono samples at
 * its own rate: integers divided by full scale, channels averaged.
 *
 * <p>Tolerant where players are: unknown chunks, sizes that a streaming writer left open, a file
 * that ends early ({@link #missingSeconds}). Strict where sound would come out wrong: an unknown
 * codec, no channels, an absurd rate, NaN. For one thread.
 */
public final class Wav implements Samples, Closeable {
  private static final int RIFF = 0x46464952;
  private static final int WAVE = 0x45564157;
  private static final int FORMAT = 0x20746D66;
  private static final int DATA = 0x61746164;
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;
  private static final int LOWEST_RATE = 4_000;
  private static final int HIGHEST_RATE = 384_000;
  private static final int MOST_CHANNELS = 1024;

  /** Sizes from here up are what writers put where they couldn't know the size. */
  private static final long SIZE_UNKNOWN = 0x7FFF0000L;

  private final InputStream in;
  private final String name;
  private final boolean isFloat;
  private final int bits;
  private final int channels;
  private final int sampleRate;
  private final long dataBytes;
  private long bytesRead;

  /**
   * Reads the header.
   *
   * @param in closed with this, or when this constructor throws
   * @param name names the recording in errors
   * @throws MalgwiException when it isn't a WAV file that can be read
   */
  public Wav(InputStream in, String name) throws IOException {
    this.in = new BufferedInputStream(in, 1 << 16);
    this.name = name;
    try {
      ByteBuffer riff = header(12);
      if (riff.getInt(0) != RIFF || riff.getInt(8) != WAVE) {
        throw wrong("not a WAV file", "RIFF and WAVE at its beginning; convert it");
      }
      ByteBuffer format = null;
      ByteBuffer chunk = header(8);
      while (chunk.getInt(0) != DATA) {
        long size = chunk.getInt(4) & 0xFFFFFFFFL;
        if (chunk.getInt(0) == FORMAT && format == null) {
          format = format(size);
          size -= format.capacity();
        }
        skip(size + (chunk.getInt(4) & 1));
        chunk = header(8);
      }
      if (format == null) {
        throw wrong("no format before its data", "a \"fmt \" chunk; convert it again");
      }
      this.dataBytes = chunk.getInt(4) & 0xFFFFFFFFL;
      int codec = format.getShort(0) & 0xFFFF;
      if (codec == EXTENSIBLE && format.capacity() >= 26) {
        codec = format.getShort(24) & 0xFFFF;
      }
      this.isFloat = codec == FLOAT;
      this.channels = format.getShort(2) & 0xFFFF;
      this.sampleRate = format.getInt(4);
      this.bits = format.getShort(14) & 0xFFFF;
      check(codec, format.getShort(12) & 0xFFFF);
    } catch (EOFException e) {
      in.close();
      throw new MalgwiException(
          name + ": ends before its samples begin; expected a WAV file. Copy or convert it again",
          e);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  /** Opens a file. */
  public static Wav open(File file) throws IOException {
    try {
      return new Wav(new FileInputStream(file), file.toString());
    } catch (FileNotFoundException e) {
      String what = file.exists() ? "not a file that can be read" : "no such file";
      throw new MalgwiException(file + ": " + what + "; expected a recording. Check the path", e);
    }
  }

  private void check(int codec, int blockBytes) throws MalgwiException {
    boolean known =
        isFloat ? bits == 32 || bits == 64 : bits == 8 || bits == 16 || bits == 24 || bits == 32;
    if ((codec != PCM && codec != FLOAT) || !known) {
      throw wrong(
          "codec " + codec + " with " + bits + " bits",
          "PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64; convert it");
    }
    if (channels < 1 || channels > MOST_CHANNELS) {
      throw wrong(channels + " channels", "1 to " + MOST_CHANNELS + "; convert it again");
    }
    if (sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw wrong(
          "the header claims " + (sampleRate & 0xFFFFFFFFL) + " Hz",
          LOWEST_RATE + " to " + HIGHEST_RATE + ". The header is broken: convert it again");
    }
    if (blockBytes != frameBytes()) {
      throw wrong(
          blockBytes + " bytes for a frame of " + channels + " channels of " + bits + " bits",
          frameBytes() + "; convert it again");
    }
  }

  /** In Hz. */
  public int sampleRate() {
    return sampleRate;
  }

  public int channels() {
    return channels;
  }

  /** Of one sample of one channel. */
  public int bits() {
    return bits;
  }

  /** Seconds of sound, as the header says; 0 when it doesn't say. */
  public double seconds() {
    return dataBytes >= SIZE_UNKNOWN ? 0 : (double) dataBytes / frameBytes() / sampleRate;
  }

  /**
   * Once read to the end: the seconds that the header promised and the file doesn't hold; 0 when it
   * promised none.
   */
  public double missingSeconds() {
    return dataBytes >= SIZE_UNKNOWN
        ? 0
        : (double) (dataBytes - bytesRead) / frameBytes() / sampleRate;
  }

  @Override
  public int read(float[] buffer) throws IOException {
    long left = (dataBytes >= SIZE_UNKNOWN ? Long.MAX_VALUE : dataBytes - bytesRead) / frameBytes();
    int want = (int) Math.min(Math.min(buffer.length, left), Math.max(1, (1 << 20) / frameBytes()));
    byte[] bytes = new byte[want * frameBytes()];
    int frames = fill(bytes) / frameBytes();
    bytesRead += (long) frames * frameBytes();
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < frames; i++) {
      float sum = 0;
      for (int channel = 0; channel < channels; channel++) {
        sum += sample(data);
      }
      buffer[i] = sum / channels;
      if (!Float.isFinite(buffer[i])) {
        double at = ((double) bytesRead / frameBytes() - frames + i) / sampleRate;
        throw wrong(
            String.format(java.util.Locale.ROOT, "a sample at %.3f s is NaN or infinite", at),
            "numbers from -1 to 1. Write the file again from its source");
      }
    }
    return frames == 0 ? -1 : frames;
  }

  /** Reads what is left. For short recordings: four bytes of memory a sample. */
  public float[] readAll() throws IOException {
    float[] all = new float[1 << 14];
    float[] buffer = new float[1 << 14];
    int size = 0;
    int count;
    while ((count = read(buffer)) >= 0) {
      if (size + count > all.length) {
        all = Arrays.copyOf(all, 2 * (size + count));
      }
      System.arraycopy(buffer, 0, all, size, count);
      size += count;
    }
    return Arrays.copyOf(all, size);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private int frameBytes() {
    return channels * bits / 8;
  }

  private float sample(ByteBuffer data) {
    return switch (bits) {
      case 8 -> ((data.get() & 0xFF) - 128) / 0x1p7f;
      case 16 -> data.getShort() / 0x1p15f;
      case 24 -> ((data.get() & 0xFF) | (data.get() & 0xFF) << 8 | data.get() << 16) / 0x1p23f;
      case 32 -> isFloat ? data.getFloat() : data.getInt() / 0x1p31f;
      default -> (float) data.getDouble();
    };
  }

  private ByteBuffer format(long size) throws IOException {
    if (size < 16) {
      throw wrong("a format chunk of " + size + " bytes", "16 or more; convert it again");
    }
    return header((int) Math.min(size, 40));
  }

  private ByteBuffer header(int count) throws IOException {
    byte[] bytes = new byte[count];
    if (fill(bytes) < count) {
      throw new EOFException();
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private int fill(byte[] bytes) throws IOException {
    int size = 0;
    int count;
    while (size < bytes.length && (count = in.read(bytes, size, bytes.length - size)) >= 0) {
      size += count;
    }
    return size;
  }

  private void skip(long count) throws IOException {
    long left = count;
    while (left > 0) {
      long skipped = in.skip(left);
      if (skipped <= 0) {
        if (in.read() < 0) {
          throw new EOFException();
        }
        skipped = 1;
      }
      left -= skipped;
    }
  }

  private MalgwiException wrong(String found, String expected) {
    return new MalgwiException(name + ": " + found + "; expected " + expected);
  }
}
