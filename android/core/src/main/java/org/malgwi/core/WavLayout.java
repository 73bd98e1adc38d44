package org.malgwi.core;

import java.io.EOFException;
import java.io.IOException;
import java.util.Locale;
import org.malgwi.core.RiffChunks.Chunk;

/**
 * Where the samples of a WAV file lie and what they are: what its header says, and what the file
 * holds. Sizes that say something else are not believed.
 *
 * @param format how the samples are stored
 * @param start the place of the first sample's first byte
 * @param claimed bytes of samples, as the header says; 0 when it doesn't say. Another WAV file that
 *     was joined to this one counts, too
 * @param held bytes of samples that the file has
 * @param wrongHeader what the header says against what there is, for people; empty where they
 *     agree, and where the file is cut
 */
record WavLayout(WavFormat format, long start, long claimed, long held, String wrongHeader) {
  /** Sizes from here up that the file doesn't hold are what writers put who couldn't know them. */
  private static final long SIZE_UNKNOWN = 2_000_000_000L;

  /** Where a size field begins anew. */
  private static final long COUNTER = 1L << 32;

  /**
   * Reads the header, and looks at what stands behind the samples.
   *
   * @param name names the recording in errors
   * @throws MalgwiException when it isn't a WAV file that can be read
   */
  static WavLayout of(Bytes file, String name) throws IOException {
    RiffChunks chunks = new RiffChunks(file);
    try {
      if (!chunks.isWav(0)) {
        throw new MalgwiException(
            name + ": not a WAV file; expected RIFF and WAVE at its beginning; convert it");
      }
      byte[] format = null;
      Chunk chunk = chunks.at(RiffChunks.FIRST);
      while (!chunk.name().equals("data")) {
        if (format == null && chunk.name().equals("fmt ")) {
          format = format(chunks, chunk, name);
        }
        chunk = chunks.at(chunks.behind(chunk.start(), chunk.size()));
      }
      if (format == null) {
        throw new MalgwiException(
            name + ": no format before its data; expected a \"fmt \" chunk; convert it again");
      }
      return measured(WavFormat.of(format, name), chunks, chunk);
    } catch (EOFException e) {
      throw new MalgwiException(
          name + ": ends before its samples begin; expected a WAV file. Copy or convert it again",
          e);
    }
  }

  private static byte[] format(RiffChunks chunks, Chunk chunk, String name) throws IOException {
    if (chunk.size() < 16) {
      throw new MalgwiException(
          name
              + ": a format chunk of "
              + chunk.size()
              + " bytes; expected 16 or more; convert it again");
    }
    return chunks.read(chunk.start(), (int) Math.min(chunk.size(), 40));
  }

  /**
   * Finds how many bytes of samples there are. What follows the samples tells: nothing or chunks up
   * to the end of the file, and the size is right; anything else is sound.
   */
  private static WavLayout measured(WavFormat format, RiffChunks chunks, Chunk data)
      throws IOException {
    long there = chunks.end() - data.start();
    if (data.size() >= there) {
      boolean unknown = data.size() > there && data.size() >= SIZE_UNKNOWN;
      return new WavLayout(format, data.start(), unknown ? 0 : data.size(), there, "");
    }
    long right = data.size();
    while (right <= there && !chunks.onlyChunksFrom(chunks.behind(data.start(), right))) {
      right += COUNTER;
    }
    long held = Math.min(right, there);
    boolean joined = chunks.anotherWavFrom(chunks.behind(data.start(), held));
    String wrong =
        held == data.size()
            ? ""
            : String.format(
                Locale.ROOT,
                "its header says %,d bytes of sound, the file holds %,d",
                data.size(),
                held);
    return new WavLayout(format, data.start(), joined ? there : held, held, wrong);
  }

  /** Seconds of sound: what the file holds, or more where the header promises more. */
  double seconds() {
    return seconds(Math.max(claimed, held));
  }

  /** The seconds that are claimed and not held; 0 when there are none. */
  double missingSeconds() {
    return seconds(Math.max(0, claimed - held));
  }

  private double seconds(long count) {
    return (double) count / format.frameBytes() / format.sampleRate();
  }
}
