package org.malgwi.app.sound;

import android.media.AudioFormat;
import android.media.MediaCodec;
import android.media.MediaExtractor;
import android.media.MediaFormat;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.malgwi.core.Samples;

/**
 * The first sound track of a recording as Android's decoders give it: mono, channels averaged, at
 * the rate of their output, which may differ from what the file says. For one thread.
 */
final class CodecSamples implements Samples, Closeable {
  private static final long WAIT_US = 10_000;

  /** A decoder that says nothing for so long won't speak again. */
  private static final long PATIENCE_NS = 10_000_000_000L;

  private final String name;
  private final MediaExtractor extractor = new MediaExtractor();
  private final MediaCodec.BufferInfo info = new MediaCodec.BufferInfo();
  private final long durationMs;
  private MediaCodec codec;

  private int rate;
  private int channels;
  private int encoding;
  private boolean allFed;
  private boolean allDecoded;
  private float[] block = new float[0];
  private int blockSize;
  private int blockUsed;

  /**
   * Decodes until the first samples.
   *
   * @param file seekable; stays the caller's to close
   */
  CodecSamples(FileDescriptor file, String name) throws IOException {
    this.name = name;
    try {
      MediaFormat track = selectTrack(file);
      this.durationMs =
          track.containsKey(MediaFormat.KEY_DURATION)
              ? track.getLong(MediaFormat.KEY_DURATION) / 1000
              : 0;
      startCodec(track);
      decode();
      if (rate == 0) {
        throw new Unreadable(
            Unreadable.Reason.NO_SOUND, name + ": its sound track is empty; expected samples");
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private MediaFormat selectTrack(FileDescriptor file) throws Unreadable {
    try {
      extractor.setDataSource(file);
    } catch (IOException | RuntimeException e) {
      throw unknown("no format that this phone knows", e);
    }
    for (int i = 0; i < extractor.getTrackCount(); i++) {
      MediaFormat track = extractor.getTrackFormat(i);
      String type = track.getString(MediaFormat.KEY_MIME);
      if (type != null && type.startsWith("audio/")) {
        extractor.selectTrack(i);
        return track;
      }
    }
    throw new Unreadable(
        Unreadable.Reason.NO_SOUND,
        name + ": no sound among its " + extractor.getTrackCount() + " tracks");
  }

  private void startCodec(MediaFormat track) throws Unreadable {
    String type = track.getString(MediaFormat.KEY_MIME);
    try {
      codec = MediaCodec.createDecoderByType(type);
      codec.configure(track, null, null, 0);
      codec.start();
    } catch (IOException | RuntimeException e) {
      throw unknown("this phone can't decode " + type, e);
    }
  }

  /** In Hz, of the samples that {@link #read} gives. */
  int sampleRate() {
    return rate;
  }

  /** Length in milliseconds, as the file claims it; 0 where it doesn't. */
  long durationMs() {
    return durationMs;
  }

  @Override
  public int read(float[] buffer) throws IOException {
    if (blockUsed == blockSize) {
      decode();
    }
    int count = Math.min(buffer.length, blockSize - blockUsed);
    System.arraycopy(block, blockUsed, buffer, 0, count);
    blockUsed += count;
    return count == 0 ? -1 : count;
  }

  /** Decodes the next block; an empty one at the end of the recording. */
  private void decode() throws Unreadable {
    blockSize = 0;
    blockUsed = 0;
    try {
      long since = System.nanoTime();
      while (blockSize == 0 && !allDecoded) {
        boolean fed = feed();
        if (drain() || fed) {
          since = System.nanoTime();
        } else if (System.nanoTime() - since > PATIENCE_NS) {
          throw damaged("the decoder no longer answers", null);
        }
      }
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw damaged("the decoder gave up", e);
    }
  }

  /** Gives the decoder one packet; false when it takes none now. */
  private boolean feed() {
    int index = allFed ? -1 : codec.dequeueInputBuffer(WAIT_US);
    if (index < 0) {
      return false;
    }
    int size = extractor.readSampleData(codec.getInputBuffer(index), 0);
    if (size < 0) {
      codec.queueInputBuffer(index, 0, 0, 0, MediaCodec.BUFFER_FLAG_END_OF_STREAM);
      allFed = true;
    } else {
      codec.queueInputBuffer(index, 0, size, extractor.getSampleTime(), 0);
      extractor.advance();
    }
    return true;
  }

  /** Takes what the decoder has; false when it has nothing now. */
  private boolean drain() throws Unreadable {
    int index = codec.dequeueOutputBuffer(info, WAIT_US);
    if (index == MediaCodec.INFO_OUTPUT_FORMAT_CHANGED) {
      use(codec.getOutputFormat());
    }
    if (index < 0) {
      return index != MediaCodec.INFO_TRY_AGAIN_LATER;
    }
    if (info.size > 0) {
      if (rate == 0) {
        use(codec.getOutputFormat());
      }
      ByteBuffer output = codec.getOutputBuffer(index);
      Buffer part = output; // Android 8's ByteBuffer doesn't return itself from these
      part.limit(info.offset + info.size);
      part.position(info.offset);
      output.order(ByteOrder.nativeOrder());
      average(output);
    }
    codec.releaseOutputBuffer(index, false);
    allDecoded = (info.flags & MediaCodec.BUFFER_FLAG_END_OF_STREAM) != 0;
    return true;
  }

  private void use(MediaFormat format) throws Unreadable {
    int next = format.getInteger(MediaFormat.KEY_SAMPLE_RATE);
    if (rate != 0 && next != rate) {
      throw damaged("its rate changes from " + rate + " to " + next + " Hz", null);
    }
    rate = next;
    channels = format.getInteger(MediaFormat.KEY_CHANNEL_COUNT);
    encoding =
        format.containsKey(MediaFormat.KEY_PCM_ENCODING)
            ? format.getInteger(MediaFormat.KEY_PCM_ENCODING)
            : AudioFormat.ENCODING_PCM_16BIT;
    if (rate < 1
        || channels < 1
        || (encoding != AudioFormat.ENCODING_PCM_16BIT
            && encoding != AudioFormat.ENCODING_PCM_FLOAT)) {
      throw unknown(
          "the decoder gives " + channels + " channels at " + rate + " Hz, encoding " + encoding,
          null);
    }
  }

  private void average(ByteBuffer output) {
    boolean isFloat = encoding == AudioFormat.ENCODING_PCM_FLOAT;
    blockSize = output.remaining() / ((isFloat ? 4 : 2) * channels);
    if (block.length < blockSize) {
      block = new float[blockSize];
    }
    for (int i = 0; i < blockSize; i++) {
      float sum = 0;
      for (int channel = 0; channel < channels; channel++) {
        sum += isFloat ? output.getFloat() : output.getShort() / 0x1p15f;
      }
      block[i] = sum / channels;
    }
  }

  private Unreadable unknown(String found, Exception cause) {
    return new Unreadable(
        Unreadable.Reason.UNKNOWN_FORMAT, name + ": " + found + "; convert it to WAV", cause);
  }

  private Unreadable damaged(String found, Exception cause) {
    return new Unreadable(
        Unreadable.Reason.DAMAGED, name + ": " + found + "; copy or convert it again", cause);
  }

  @Override
  public void close() {
    if (codec != null) {
      codec.release();
    }
    extractor.release();
  }
}
