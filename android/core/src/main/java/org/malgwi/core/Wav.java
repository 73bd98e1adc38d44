package org.malgwi.core;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Locale;

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
  /** Samples of each of several channels that are read at a time. */
  private static final int WIDEST = 1 << 12;

  private final Bytes bytes;
  private final String name;
  private final WavLayout layout;
  private final WavFormat format;
  private long bytesRead;
  private int channel = Channels.MIX;

  /**
   * Reads the header.
   *
   * @param file seekable; closed with this, but not when this constructor throws
   * @param name names the recording in errors
   * @throws MalgwiException when it isn't a WAV file that can be read
   */
  public Wav(FileChannel file, String name) throws IOException {
    this(Bytes.of(file), name);
  }

  /**
   * Reads the header of a short recording in memory.
   *
   * @param content the file's bytes
   * @param name names the recording in errors
   * @throws MalgwiException when it isn't a WAV file that can be read
   */
  public Wav(byte[] content, String name) throws IOException {
    this(Bytes.of(content), name);
  }

  private Wav(Bytes bytes, String name) throws IOException {
    this.bytes = bytes;
    this.name = name;
    this.layout = WavLayout.of(bytes, name);
    this.format = layout.format();
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

  /** {@return samples a second, 4,000 to 384,000 Hz} */
  @Override
  public int sampleRate() {
    return format.sampleRate();
  }

  /** {@return the channels in the file, 1 or more} */
  public int channels() {
    return format.channels();
  }

  /** {@return the bits of one sample of one channel} */
  public int bits() {
    return format.bits();
  }

  /** {@return seconds of sound: what the file holds, or more where the header promises more} */
  public double seconds() {
    return layout.seconds();
  }

  /**
   * {@return the seconds that the header promised and the file doesn't hold, or that a WAV file
   * holds which somebody joined to this one; 0 when there are none}
   */
  public double missingSeconds() {
    return layout.missingSeconds();
  }

  /**
   * What the header says against what there is. All that there is is read in any case.
   *
   * @return for people; empty where they agree, and where the file is cut
   */
  public String wrongHeader() {
    return layout.wrongHeader();
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
    int channels = channels();
    if (channels == 1) {
      return Channels.Choice.AVERAGE;
    }
    Channels heard = new Channels(channels, sampleRate());
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
    if (channel >= channels()) {
      throw new MalgwiException(
          name
              + ": no channel "
              + channel
              + "; it has "
              + channels()
              + ", counted from 0. Name one of them");
    }
    this.channel = channel;
  }

  @Override
  public int read(float[] buffer) throws IOException {
    int channels = channels();
    float[] block = channels == 1 ? buffer : new float[Math.min(buffer.length, WIDEST) * channels];
    int frames = frames(block);
    for (int i = 0; i < frames; i++) {
      buffer[i] = mono(block, i * channels);
      if (!(Math.abs(buffer[i]) <= LongForm.LOUDEST)) {
        throw noSample(buffer[i], (double) bytesRead / format.frameBytes() - frames + i);
      }
    }
    return frames == 0 ? -1 : frames;
  }

  private MalgwiException noSample(float found, double frame) {
    boolean finite = Float.isFinite(found);
    String what = finite ? String.format(Locale.ROOT, "%.0f", found) : "NaN or infinite";
    return new MalgwiException(
        String.format(Locale.ROOT, "%s: a sample at %.3f s is %s", name, frame / sampleRate(), what)
            + "; expected numbers from -1 to 1. Write the file again from its source"
            + (finite
                ? ", with 16-bit samples divided by 32,768, or turned down where it is loud"
                : ""));
  }

  private float mono(float[] block, int at) {
    if (channel != Channels.MIX) {
      return block[at + channel];
    }
    int channels = channels();
    float sum = 0;
    for (int i = 0; i < channels; i++) {
      sum += block[at + i];
    }
    return sum / channels;
  }

  /** Reads the next samples of all channels, and returns how many of each; 0 at the end. */
  private int frames(float[] interleaved) throws IOException {
    int channels = channels();
    int frameBytes = format.frameBytes();
    long left = (layout.held() - bytesRead) / frameBytes;
    int room = interleaved.length / channels;
    int want = (int) Math.min(Math.min(room, left), Math.max(1, (1 << 20) / frameBytes));
    byte[] raw = new byte[want * frameBytes];
    int frames = bytes.fill(raw, layout.start() + bytesRead) / frameBytes;
    bytesRead += (long) frames * frameBytes;
    ByteBuffer data = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < frames * channels; i++) {
      interleaved[i] = format.sample(data);
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
}
