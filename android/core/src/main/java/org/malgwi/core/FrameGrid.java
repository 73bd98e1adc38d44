package org.malgwi.core;

/**
 * How the model's convolutions cut a recording into frames: frame i starts at sample i * hop.
 *
 * @param receptiveField samples that one frame sees; fewer give no frame
 * @param hop samples from the start of a frame to the start of the next
 * @param sampleRate in Hz
 */
public record FrameGrid(int receptiveField, int hop, int sampleRate) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException for a hop or rate below 1, or a receptive field below the hop
   */
  public FrameGrid {
    if (hop < 1 || receptiveField < hop || sampleRate < 1) {
      throw new IllegalArgumentException(
          "receptive field " + receptiveField + ", hop " + hop + ", sample rate " + sampleRate);
    }
  }

  /**
   * The number of frames of a recording; the usual grid makes 49 of 16,000 samples.
   *
   * @param samples in the recording, 0 or more
   * @return frames, 0 where the samples are fewer than one frame sees
   */
  public int count(long samples) {
    return samples < receptiveField ? 0 : Math.toIntExact((samples - receptiveField) / hop + 1);
  }

  /**
   * Where a frame starts.
   *
   * @param frame counted from 0
   * @param samples in the recording, whose end no time lies behind
   * @return whole milliseconds from the start of the recording
   */
  public long ms(long frame, long samples) {
    return Math.min(frame * hop, samples) * 1000 / sampleRate;
  }
}
