package org.malgwi.core;

import java.io.Closeable;
import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/**
 * A WAV file (RIFF; PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64), read as mono samples at
 * its own rate: integers divided by full scale, channels averaged unless {@link #listenTo} names
 * one.
 *
 * <p>Tolerant where players are: unknown chunks, a file that ends early ({@link #missingSeconds}).
 * Sizes that say something else than the file holds are not believed, whether a streaming writer or
 * a killed recorder left them, or they began anew at 4 GB ({@link #wrongHeader}). Strict where
 * sound would come out wrong: an unknown codec, no channels, an absurd rate, NaN. For one thread.
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

  /** Sizes from here up that the file doesn't hold are what writers put who couldn't know them. */
  private static final long SIZE_UNKNOWN = 2_000_000_000L;

  /** Where a size field begins anew. */
  private static final long COUNTER = 1L << 32;

  /** Chunks that are taken for such even where the file ends within them. */
  private static final Set<String> KNOWN =
      Set.of("fmt ", "data", "LIST", "fact", "id3 ", "ID3 ", "bext", "iXML", "JUNK", "cue ");

  private static final int CHUNK_HEADER = 8;

  /** Samples of each of several channels that are read at a time. */
  private static final int WIDEST = 1 << 12;

  private final Bytes bytes;
  private final String name;
  private final boolean isFloat;
  private final int bits;
  private final int channels;
  private final int sampleRate;
  private final long start;

  /** Bytes of samples, as the header says; 0 when it doesn't say. */
  private long claimed;

  /** Bytes of samples that the file has. */
  private long held;

  private String wrongHeader = "";
  private long bytesRead;
  private int channel = Channels.MIX;

  /** A file's bytes by their place; {@link FileChannel} has the same two methods. */
  private interface Bytes extends Closeable {
    /** Reads into the buffer, at most until it is full; negative past the end. */
    int read(ByteBuffer buffer, long place) throws IOException;

    long size() throws IOException;
  }

  /**
   * Reads the header.
   *
   * @param file seekable; closed with this, but not when this constructor throws
   * @param name names the recording in errors
   * @throws MalgwiException when it isn't a WAV file that can be read
   */
  public Wav(FileChannel file, String name) throws IOException {
    this(
        new Bytes() {
          @Override
          public int read(ByteBuffer buffer, long place) throws IOException {
            return file.read(buffer, place);
          }

          @Override
          public long size() throws IOException {
            return file.size();
          }

          @Override
          public void close() throws IOException {
            file.close();
          }
        },
        name);
  }

  /**
   * Reads the header of a short recording in memory.
   *
   * @param content the file's bytes
   * @param name names the recording in errors
   * @throws MalgwiException when it isn't a WAV file that can be read
   */
  public Wav(byte[] content, String name) throws IOException {
    this(
        new Bytes() {
          @Override
          public int read(ByteBuffer buffer, long place) {
            if (place >= content.length) {
              return -1;
            }
            int count = Math.min(buffer.remaining(), content.length - (int) place);
            buffer.put(content, (int) place, count);
            return count;
          }

          @Override
          public long size() {
            return content.length;
          }

          @Override
          public void close() {}
        },
        name);
  }

  private Wav(Bytes bytes, String name) throws IOException {
    this.bytes = bytes;
    this.name = name;
    try {
      ByteBuffer riff = header(0, 12);
      if (riff.getInt(0) != RIFF || riff.getInt(8) != WAVE) {
        throw wrong("not a WAV file", "RIFF and WAVE at its beginning; convert it");
      }
      ByteBuffer format = null;
      long place = 12;
      ByteBuffer chunk = header(place, CHUNK_HEADER);
      while (chunk.getInt(0) != DATA) {
        long size = size(chunk);
        place += CHUNK_HEADER;
        if (chunk.getInt(0) == FORMAT && format == null) {
          format = format(place, size);
        }
        place = padded(place, size);
        chunk = header(place, CHUNK_HEADER);
      }
      if (format == null) {
        throw wrong("no format before its data", "a \"fmt \" chunk; convert it again");
      }
      this.start = place + CHUNK_HEADER;
      measure(size(chunk));
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
      throw new MalgwiException(
          name + ": ends before its samples begin; expected a WAV file. Copy or convert it again",
          e);
    }
  }

  /**
   * Opens a file and reads its header.
   *
   * @param file a WAV file
   * @return it, for the caller to close
   * @throws IOException when it can't be read
   * @throws MalgwiException when it isn't there, or isn't a WAV file that can be read
   */
  public static Wav open(File file) throws IOException {
    try {
      FileChannel channel = new FileInputStream(file).getChannel();
      try {
        return new Wav(channel, file.toString());
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (FileNotFoundException e) {
      String what = file.exists() ? "not a file that can be read" : "no such file";
      throw new MalgwiException(file + ": " + what + "; expected a recording. Check the path", e);
    }
  }

  /**
   * Finds how many bytes of samples there are. What follows the samples tells: nothing or chunks up
   * to the end of the file, and the size is right; anything else is sound.
   */
  private void measure(long size) throws IOException {
    long there = bytes.size() - start;
    if (size >= there) {
      claimed = size > there && size >= SIZE_UNKNOWN ? 0 : size;
      held = there;
      return;
    }
    long right = size;
    while (right <= there && !chunksFollow(right)) {
      right += COUNTER;
    }
    held = Math.min(right, there);
    claimed = anotherFollows(padded(start, held)) ? there : held;
    if (held != size) {
      wrongHeader =
          String.format(
              Locale.ROOT, "its header says %,d bytes of sound, the file holds %,d", size, held);
    }
  }

  /** Whether nothing but chunks stands behind {@code size} bytes of samples. */
  private boolean chunksFollow(long size) throws IOException {
    long end = bytes.size();
    long place = padded(start, size);
    boolean first = true;
    while (end - place >= CHUNK_HEADER) {
      ByteBuffer chunk = header(place, CHUNK_HEADER);
      String id = id(chunk);
      if (first && KNOWN.contains(id)) {
        return true;
      }
      if (!isName(id)) {
        return false;
      }
      place += CHUNK_HEADER + size(chunk) + (size(chunk) & 1);
      first = false;
    }
    return place <= end + 1;
  }

  /** Whether another WAV file stands at a place, or behind chunks there: it isn't read. */
  private boolean anotherFollows(long place) throws IOException {
    long at = place;
    while (bytes.size() - at >= 12) {
      ByteBuffer chunk = header(at, 12);
      if (chunk.getInt(0) == RIFF && chunk.getInt(8) == WAVE) {
        return true;
      }
      if (!isName(id(chunk))) {
        return false;
      }
      at += CHUNK_HEADER + size(chunk) + (size(chunk) & 1);
    }
    return false;
  }

  /** Where a chunk ends: those of odd length are padded, which some writers forget. */
  private long padded(long place, long size) throws IOException {
    long end = place + size;
    if ((size & 1) == 0) {
      return end;
    }
    byte[] next = new byte[4];
    return fill(next, end) == 4 && KNOWN.contains(id(ByteBuffer.wrap(next))) ? end : end + 1;
  }

  private static boolean isName(String id) {
    return id.chars().allMatch(letter -> letter >= 0x20 && letter < 0x7F);
  }

  private static String id(ByteBuffer chunk) {
    byte[] id = new byte[4];
    chunk.duplicate().get(id);
    return new String(id, StandardCharsets.ISO_8859_1);
  }

  private static long size(ByteBuffer chunk) {
    return chunk.getInt(4) & 0xFFFFFFFFL;
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

  /** {@return samples a second, 4,000 to 384,000 Hz} */
  public int sampleRate() {
    return sampleRate;
  }

  /** {@return the channels in the file, 1 or more} */
  public int channels() {
    return channels;
  }

  /** {@return the bits of one sample of one channel} */
  public int bits() {
    return bits;
  }

  /** {@return seconds of sound: what the file holds, or more where the header promises more} */
  public double seconds() {
    return seconds(Math.max(claimed, held));
  }

  /**
   * {@return the seconds that the header promised and the file doesn't hold, or that a WAV file
   * holds which somebody joined to this one; 0 when there are none}
   */
  public double missingSeconds() {
    return seconds(Math.max(0, claimed - held));
  }

  /**
   * What the header says against what there is. All that there is is read in any case.
   *
   * @return for people; empty where they agree, and where the file is cut
   */
  public String wrongHeader() {
    return wrongHeader;
  }

  /**
   * Chooses which channel to listen to by what they hold, before the first {@link #read}; a
   * recording of several is read once for this.
   *
   * @param alive called on the way
   * @return for {@link #listenTo}, and why
   * @throws IOException when it can't be read
   */
  public Channels.Choice choose(Runnable alive) throws IOException {
    if (channels == 1) {
      return Channels.Choice.AVERAGE;
    }
    Channels heard = new Channels(channels, sampleRate);
    float[] block = new float[Math.max(1, (1 << 16) / channels) * channels];
    int frames;
    while ((frames = frames(block)) > 0) {
      alive.run();
      heard.add(block, frames);
    }
    bytesRead = 0;
    return heard.choice();
  }

  /**
   * Listens to one channel alone.
   *
   * @param channel counted from 0, or {@link Channels#MIX} for the average of all
   * @throws MalgwiException when there is no such channel
   */
  public void listenTo(int channel) throws MalgwiException {
    if (channel >= channels) {
      throw new MalgwiException(
          name
              + ": no channel "
              + channel
              + "; it has "
              + channels
              + ", counted from 0. Name one of them");
    }
    this.channel = channel;
  }

  private double seconds(long count) {
    return (double) count / frameBytes() / sampleRate;
  }

  @Override
  public int read(float[] buffer) throws IOException {
    float[] block = channels == 1 ? buffer : new float[Math.min(buffer.length, WIDEST) * channels];
    int frames = frames(block);
    for (int i = 0; i < frames; i++) {
      buffer[i] = mono(block, i * channels);
      if (!(Math.abs(buffer[i]) <= LongForm.LOUDEST)) {
        throw noSample(buffer[i], (double) bytesRead / frameBytes() - frames + i);
      }
    }
    return frames == 0 ? -1 : frames;
  }

  private MalgwiException noSample(float found, double frame) {
    boolean finite = Float.isFinite(found);
    String what = finite ? String.format(Locale.ROOT, "%.0f", found) : "NaN or infinite";
    return wrong(
        String.format(Locale.ROOT, "a sample at %.3f s is %s", frame / sampleRate, what),
        "numbers from -1 to 1. Write the file again from its source"
            + (finite
                ? ", with 16-bit samples divided by 32,768, or turned down where it is loud"
                : ""));
  }

  private float mono(float[] block, int at) {
    if (channel != Channels.MIX) {
      return block[at + channel];
    }
    float sum = 0;
    for (int i = 0; i < channels; i++) {
      sum += block[at + i];
    }
    return sum / channels;
  }

  /** Reads the next samples of all channels, and returns how many of each; 0 at the end. */
  private int frames(float[] interleaved) throws IOException {
    long left = (held - bytesRead) / frameBytes();
    int room = interleaved.length / channels;
    int want = (int) Math.min(Math.min(room, left), Math.max(1, (1 << 20) / frameBytes()));
    byte[] raw = new byte[want * frameBytes()];
    int frames = fill(raw, start + bytesRead) / frameBytes();
    bytesRead += (long) frames * frameBytes();
    ByteBuffer data = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < frames * channels; i++) {
      interleaved[i] = sample(data);
    }
    return frames;
  }

  /**
   * Reads what is left. For short recordings: four bytes of memory a sample.
   *
   * @return mono samples at the file's rate, -1 to 1
   * @throws IOException when it can't be read
   */
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
    bytes.close();
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

  private ByteBuffer format(long place, long size) throws IOException {
    if (size < 16) {
      throw wrong("a format chunk of " + size + " bytes", "16 or more; convert it again");
    }
    return header(place, (int) Math.min(size, 40));
  }

  private ByteBuffer header(long place, int count) throws IOException {
    byte[] header = new byte[count];
    if (fill(header, place) < count) {
      throw new EOFException();
    }
    return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Reads until the array is full or the file ends; returns the count. */
  private int fill(byte[] into, long place) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(into);
    int size = 0;
    int count;
    while (buffer.hasRemaining() && (count = bytes.read(buffer, place + size)) >= 0) {
      size += count;
    }
    return size;
  }

  private MalgwiException wrong(String found, String expected) {
    return new MalgwiException(name + ": " + found + "; expected " + expected);
  }
}
