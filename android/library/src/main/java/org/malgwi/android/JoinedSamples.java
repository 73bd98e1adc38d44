package org.malgwi.android;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.malgwi.core.Resampler;
import org.malgwi.core.Samples;

/** Recordings that were joined to one file, one after the other at 16 kHz. For one thread. */
final class JoinedSamples implements Samples, Closeable {
  private final List<FilePart> parts;
  private final String name;
  private final int channel;
  private final long durationMs;

  /** How many parts were opened. */
  private int opened;

  private CodecSamples part;
  private Samples samples;

  /** Opens each once, to see how long it says that it is. */
  JoinedSamples(List<FilePart> parts, String name, int channel) throws IOException {
    this.parts = parts;
    this.name = name;
    this.channel = channel;
    long sum = 0;
    boolean isKnown = true;
    for (FilePart one : parts) {
      try (CodecSamples looked = new CodecSamples(one, name, channel)) {
        sum += looked.durationMs();
        isKnown &= looked.durationMs() > 0;
      }
    }
    this.durationMs = isKnown ? sum : 0;
    openNext();
  }

  /** Length in milliseconds, as the parts claim it; 0 where one doesn't. */
  long durationMs() {
    return durationMs;
  }

  @Override
  public int read(float[] buffer) throws IOException {
    int count = samples.read(buffer);
    while (count < 0 && opened < parts.size()) {
      part.close();
      openNext();
      count = samples.read(buffer);
    }
    return count;
  }

  private void openNext() throws IOException {
    part = new CodecSamples(parts.get(opened), name, channel);
    opened++;
    int rate = part.sampleRate();
    samples = rate == Resampler.RATE ? part : new Resampler(part, rate);
  }

  @Override
  public void close() {
    part.close();
  }
}
