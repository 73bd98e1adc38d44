package org.malgwi.core;

/**
 * How the model's convolutions cut a recording into frames: frame i starts at sample i * hop.
 *
 * @param receptiveField samples that one frame sees; fewer give no frame
 * @param hop samples from the start of a frame to the start of the next
 * @param sampleRate in Hz
 */
public record FrameGrid(int receptiveField, int hop, int sampleRate) {
  public FrameGrid {
    if (hop < 1 || receptiveField < hop || sampleRate < 1) {
      throw new IllegalArgumentException(
          "receptive field " + receptiveField + ", hop " + hop + ", sample rate " + sampleRate);
    }
  }

  /** The number of frames that {@code samples} samples give; 16,000 give 49. */
  public int count(long samples) {
    return samples < receptiveField ? 0 : Math.toIntExact((samples - receptiveField) / hop + 1);
  }

  /** The start of a frame in whole milliseconds, never past the end of {@code samples}. */
  public long ms(long frame, long samples) {
    return Math.min(frame * hop, samples) * 1000 / sampleRate;
  }
}
