package org.malgwi.android;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.malgwi.core.Channels;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.Resampler;
import org.malgwi.core.Samples;
import org.malgwi.core.Wav;

/**
 * A recording of any kind that the phone can read, at 16 kHz, mono: WAV through the core's reader,
 * all else, and WAV that this doesn't know, through Android's extractor and decoders. For one
 * thread.
 */
public final class MediaSamples implements Samples, Closeable {
  private static final byte[] RIFF = "RIFF".getBytes(StandardCharsets.US_ASCII);

  private final String name;
  private final Samples samples;
  private final Closeable source;
  private final long durationMs;
  private final int channel;

  private MediaSamples(
      String name, Samples samples, int rate, Closeable source, long durationMs, int channel) {
    this.name = name;
    this.samples = rate == Resampler.RATE ? samples : new Resampler(samples, rate);
    this.source = source;
    this.durationMs = durationMs;
    this.channel = channel;
  }

  /**
   * Opens a recording, and chooses the channel to listen to by what they hold; one of several is
   * read once for this.
   *
   * @param file seekable, read from its beginning; stays the caller's to close, after this
   * @param name names the recording in errors
   * @param alive called on the way
   * @return its sound, to be closed
   * @throws Unreadable when there is no sound in it that can be read
   * @throws IOException when the file can't be read
   */
  public static MediaSamples open(FileDescriptor file, String name, Runnable alive)
      throws IOException {
    // Reads by place and is never closed, since the file is the caller's.
    FileChannel channel = new FileInputStream(file).getChannel();
    ByteBuffer beginning = ByteBuffer.allocate(RIFF.length);
    if (channel.read(beginning, 0) < 0) {
      throw new Unreadable(
          Unreadable.Reason.NO_SOUND, name + ": 0 bytes; expected a recording. Copy it again");
    }
    if (Arrays.equals(beginning.array(), RIFF)) {
      try {
        Wav wav = new Wav(channel, name);
        if (wav.seconds() <= wav.missingSeconds()) {
          throw new Unreadable(
              Unreadable.Reason.NO_SOUND,
              name + ": a header without sound; expected samples. Record or copy it again");
        }
        int listened = wav.choose(alive).channel();
        wav.listenTo(listened);
        long ms = Math.round(wav.seconds() * 1000);
        return new MediaSamples(name, wav, wav.sampleRate(), () -> {}, ms, listened);
      } catch (MalgwiException e) {
        return compressed(file, name, alive, e);
      }
    }
    return decoded(file, name, alive);
  }

  /** WAV that holds no plain samples, but A-law or ADPCM: the phone may know it. */
  private static MediaSamples compressed(
      FileDescriptor file, String name, Runnable alive, MalgwiException why) throws IOException {
    try {
      return decoded(file, name, alive);
    } catch (Unreadable e) {
      throw new Unreadable(Unreadable.Reason.UNKNOWN_FORMAT, String.valueOf(why.getMessage()), why);
    }
  }

  private static MediaSamples decoded(FileDescriptor file, String name, Runnable alive)
      throws IOException {
    List<FilePart> parts = FilePart.of(file, alive);
    int listened = CodecSamples.choose(parts, name, alive).channel();
    if (parts.size() > 1) {
      JoinedSamples joined = new JoinedSamples(parts, name, listened);
      return new MediaSamples(name, joined, Resampler.RATE, joined, joined.durationMs(), listened);
    }
    CodecSamples decoded = new CodecSamples(parts.get(0), name, listened);
    return new MediaSamples(
        name, decoded, decoded.sampleRate(), decoded, decoded.durationMs(), listened);
  }

  /** {@return the length in milliseconds, as the file claims it; 0 where it doesn't} */
  public long durationMs() {
    return durationMs;
  }

  /** {@return the channel that is listened to, counted from 0, or {@link Channels#MIX}} */
  public int channel() {
    return channel;
  }

  @Override
  public int read(float[] buffer) throws IOException {
    try {
      return samples.read(buffer);
    } catch (Unreadable e) {
      throw e;
    } catch (IOException e) {
      throw new Unreadable(
          Unreadable.Reason.DAMAGED, name + ": " + e.getMessage() + ". Copy it again", e);
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
