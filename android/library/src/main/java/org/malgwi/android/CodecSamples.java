package org.malgwi.android;

import android.media.AudioFormat;
import android.media.MediaCodec;
import android.media.MediaExtractor;
import android.media.MediaFormat;
import java.io.Closeable;
import java.io.IOException;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.malgwi.core.Channels;
import org.malgwi.core.Samples;

/**
 * A recording's sound as Android's decoders give it, at its time: mono, at the rate of their
 * output, which may differ from what the file says. Of several tracks it is the default one, else
 * the first. Silence stands where the container has no sound. What encoders put before and behind
 * the sound, the decoders take away themselves, since they are configured with the track's own
 * format. For one thread.
 */
final class CodecSamples implements Samples, Closeable {
  private static final long WAIT_US = 10_000;

  /** A decoder that says nothing for so long won't speak again. */
  private static final long PATIENCE_NS = 10_000_000_000L;

  private final String name;
  private final MediaExtractor extractor = new MediaExtractor();
  private final MediaCodec.BufferInfo info = new MediaCodec.BufferInfo();
  private final long durationMs;

  /** One of several, or {@link Channels#MIX}. */
  private final int channel;

  private Timeline timeline;
  private @Nullable MediaCodec codec;

  private int rate;
  private int channels;
  private int encoding;

  /** Whether there were samples: until then the decoder may say another rate. */
  private boolean begun;

  private boolean allFed;
  private boolean allDecoded;

  /** All channels, a sample of each after the other. */
  private float[] block = new float[0];

  /** Samples of each channel. */
  private int blockSize;

  private int blockUsed;

  /** Samples of silence that stand before the block. */
  private long silence;

  /**
   * Decodes until the first samples.
   *
   * @param part of a seekable file, which stays the caller's to close
   * @param channel to listen to, counted from 0, or {@link Channels#MIX}
   */
  CodecSamples(FilePart part, String name, int channel) throws IOException {
    this.name = name;
    this.channel = channel;
    try {
      MediaFormat track = selectTrack(part);
      this.durationMs = durationUs() / 1000;
      this.timeline = new Timeline(beginUs(part), durationUs());
      startCodec(track);
      decode();
      if (!begun) {
        throw new Unreadable(
            Unreadable.Reason.NO_SOUND, name + ": its sound track is empty; expected samples");
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Chooses which channel of a recording to listen to, by what they hold; the recording is decoded
   * once for this where it has several.
   *
   * @param parts of which it was joined, or it alone
   * @param alive called on the way
   */
  static Channels.Choice choose(List<FilePart> parts, String name, Runnable alive)
      throws IOException {
    int count = 0;
    Channels heard = null;
    for (FilePart part : parts) {
      try (CodecSamples whole = new CodecSamples(part, name, Channels.MIX)) {
        if (heard == null) {
          count = whole.channels;
          heard = new Channels(count, whole.rate);
        }
        while (whole.blockSize > 0) {
          alive.run();
          if (whole.channels != count || count == 1) {
            return Channels.Choice.AVERAGE; // of one channel, or joined recordings of several kinds
          }
          heard.add(whole.block, whole.blockSize);
          whole.decode();
        }
      }
    }
    return heard == null ? Channels.Choice.AVERAGE : heard.choice();
  }

  private static void show(MediaExtractor extractor, FilePart part) throws IOException {
    if (part.length() < 0) {
      extractor.setDataSource(part.file());
    } else {
      extractor.setDataSource(part.file(), part.begin(), part.length());
    }
  }

  private MediaFormat selectTrack(FilePart part) throws Unreadable {
    try {
      show(extractor, part);
    } catch (IOException | RuntimeException e) {
      throw unknown("no format that this phone knows", e);
    }
    int chosen = -1;
    for (int i = 0; i < extractor.getTrackCount(); i++) {
      MediaFormat track = extractor.getTrackFormat(i);
      String type = track.getString(MediaFormat.KEY_MIME);
      boolean isSound = type != null && type.startsWith("audio/");
      if (isSound && isDefault(track)) {
        chosen = i;
        break;
      }
      if (isSound && chosen < 0) {
        chosen = i;
      }
    }
    if (chosen < 0) {
      throw new Unreadable(
          Unreadable.Reason.NO_SOUND,
          name + ": no sound among its " + extractor.getTrackCount() + " tracks");
    }
    extractor.selectTrack(chosen);
    return extractor.getTrackFormat(chosen);
  }

  private static boolean isDefault(MediaFormat track) {
    return track.containsKey(MediaFormat.KEY_IS_DEFAULT)
        && track.getInteger(MediaFormat.KEY_IS_DEFAULT) != 0;
  }

  /** The length of the longest track, as the file claims it; 0 where it doesn't. */
  private long durationUs() {
    long longest = 0;
    for (int i = 0; i < extractor.getTrackCount(); i++) {
      MediaFormat track = extractor.getTrackFormat(i);
      if (track.containsKey(MediaFormat.KEY_DURATION)) {
        longest = Math.max(longest, track.getLong(MediaFormat.KEY_DURATION));
      }
    }
    return longest;
  }

  /** The container's clock where its first track begins: the picture may begin before the sound. */
  private long beginUs(FilePart part) throws IOException {
    long begin = Math.max(0, extractor.getSampleTime());
    if (extractor.getTrackCount() == 1) {
      return begin;
    }
    // Another extractor, since to select a track and let it go may move the place in it.
    MediaExtractor others = new MediaExtractor();
    try {
      show(others, part);
      for (int i = 0; i < others.getTrackCount(); i++) {
        others.selectTrack(i);
        long first = others.getSampleTime(); // negative where the track holds nothing
        begin = first < 0 ? begin : Math.min(begin, first);
        others.unselectTrack(i);
      }
    } catch (RuntimeException e) {
      throw unknown("tracks that this phone can't read", e);
    } finally {
      others.release();
    }
    return begin;
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
  @Override
  public int sampleRate() {
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
    if (silence > 0) {
      int count = (int) Math.min(buffer.length, silence);
      Arrays.fill(buffer, 0, count, 0);
      silence -= count;
      return count;
    }
    int count = Math.min(buffer.length, blockSize - blockUsed);
    for (int i = 0; i < count; i++) {
      buffer[i] = mono((blockUsed + i) * channels);
    }
    blockUsed += count;
    return count == 0 ? -1 : count;
  }

  private float mono(int at) {
    if (channel != Channels.MIX) {
      return block[at + channel];
    }
    float sum = 0;
    for (int i = 0; i < channels; i++) {
      sum += block[at + i];
    }
    return sum / channels;
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

  /** The codec, which the constructor has started. */
  private MediaCodec decoder() {
    return Objects.requireNonNull(codec, "codec");
  }

  /** Gives the decoder one packet; false when it takes none now. */
  private boolean feed() {
    MediaCodec codec = decoder();
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
    MediaCodec codec = decoder();
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
      take(output);
      silence = timeline.silenceBefore(info.presentationTimeUs, blockSize, rate);
    }
    codec.releaseOutputBuffer(index, false);
    allDecoded = (info.flags & MediaCodec.BUFFER_FLAG_END_OF_STREAM) != 0;
    return true;
  }

  private void use(MediaFormat format) throws Unreadable {
    int next = format.getInteger(MediaFormat.KEY_SAMPLE_RATE);
    if (begun && next != rate) {
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

  private void take(ByteBuffer output) throws Unreadable {
    if (channel >= channels) {
      throw damaged("only " + channels + " channels from there on", null);
    }
    boolean isFloat = encoding == AudioFormat.ENCODING_PCM_FLOAT;
    blockSize = output.remaining() / ((isFloat ? 4 : 2) * channels);
    if (block.length < blockSize * channels) {
      block = new float[blockSize * channels];
    }
    for (int i = 0; i < blockSize * channels; i++) {
      block[i] = isFloat ? output.getFloat() : output.getShort() / 0x1p15f;
    }
    begun = true;
  }

  private Unreadable unknown(String found, @Nullable Exception cause) {
    return new Unreadable(
        Unreadable.Reason.UNKNOWN_FORMAT, name + ": " + found + "; convert it to WAV", cause);
  }

  private Unreadable damaged(String found, @Nullable Exception cause) {
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
