package org.malgwi.app.listen;

import java.io.IOException;
import java.io.InputStream;
import org.malgwi.android.AudioInput;
import org.malgwi.android.Sound;
import org.malgwi.core.Resampler;
import org.malgwi.core.Samples;

/** Sound that another app sends: raw 16-bit little-endian samples. Can be opened once. */
public final class StreamInput implements AudioInput {
  private final InputStream stream;
  private final int channels;
  private final int rate;

  /**
   * @param stream closed with the sound
   * @param channels 1 to 8, averaged
   * @param rate in Hz, 4,000 to 384,000
   */
  public StreamInput(InputStream stream, int channels, int rate) {
    if (channels < 1 || channels > 8 || rate < 4_000 || rate > 384_000) {
      throw new IllegalArgumentException(
          channels + " channels at " + rate + " Hz; expected 1 to 8 at 4,000 to 384,000 Hz");
    }
    this.stream = stream;
    this.channels = channels;
    this.rate = rate;
  }

  @Override
  public Sound open() {
    return new Sent();
  }

  private final class Sent implements Sound {
    private final byte[] bytes = new byte[2 * channels * (1 << 11)];
    private final Samples samples =
        rate == Resampler.RATE ? this::receive : new Resampler(this::receive, rate);
    private volatile boolean stopped;

    @Override
    public int read(float[] buffer) throws IOException {
      return samples.read(buffer);
    }

    /** Whole frames of the stream; half a frame at its end is dropped. */
    private int receive(float[] buffer) throws IOException {
      int frame = 2 * channels;
      int most = Math.min(bytes.length, buffer.length * frame);
      int count = 0;
      while (!stopped && (count == 0 || count % frame != 0)) {
        int more;
        try {
          more = stream.read(bytes, count, most - count);
        } catch (IOException e) {
          if (stopped) {
            break; // closed by stop
          }
          throw e;
        }
        if (more < 0) {
          break;
        }
        count += more;
      }
      int frames = count / frame;
      for (int i = 0; i < frames; i++) {
        float sum = 0;
        for (int channel = 0; channel < channels; channel++) {
          int at = frame * i + 2 * channel;
          sum += (short) ((bytes[at] & 0xFF) | bytes[at + 1] << 8) / 32_768f;
        }
        buffer[i] = sum / channels;
      }
      return frames == 0 ? -1 : frames;
    }

    @Override
    public void stop() {
      stopped = true;
      closeStream(); // wakes a read that waits
    }

    @Override
    public void close() {
      stopped = true;
      closeStream();
    }

    private void closeStream() {
      try {
        stream.close();
      } catch (IOException e) {
        // Nothing is written to it, so nothing is lost.
      }
    }
  }
}
