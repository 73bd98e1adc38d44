package org.malgwi.android;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.media.AudioFormat;
import android.media.MediaCodec;
import android.media.MediaExtractor;
import android.media.MediaFormat;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.core.Channels;
import org.malgwi.core.MalgwiException;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowMediaCodec;
import org.robolectric.shadows.ShadowMediaExtractor;
import org.robolectric.shadows.util.DataSource;

/** The loop over Android's decoders, which here are fakes: nothing is really decoded. */
@RunWith(RobolectricTestRunner.class)
public class CodecSamplesTest {
  private static final String AAC = "audio/mp4a-latm";

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private FileInputStream open;
  private FileDescriptor file;

  @Before
  public void setUp() throws IOException {
    File any = temporary.newFile("talk.m4a");
    Files.write(any.toPath(), new byte[100]);
    open = new FileInputStream(any);
    file = open.getFD();
  }

  @After
  public void tearDown() throws IOException {
    ShadowMediaCodec.clearCodecs();
    ShadowMediaExtractor.reset();
    open.close();
  }

  /** A file with one track, whose bytes the fake decoder gives out as they are. */
  private void track(MediaFormat format, byte[] decoded) {
    ShadowMediaExtractor.addTrack(DataSource.toDataSource(file), format, decoded);
    ShadowMediaCodec.addDecoder(
        format.getString(MediaFormat.KEY_MIME),
        new ShadowMediaCodec.CodecConfig(4096, 4096, (in, out) -> out.put(in)));
  }

  private static byte[] shorts(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.nativeOrder());
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return bytes.array();
  }

  private static float[] all(CodecSamples samples) throws IOException {
    List<Float> all = new ArrayList<>();
    float[] buffer = new float[3];
    int count;
    while ((count = samples.read(buffer)) >= 0) {
      assertTrue(count > 0);
      for (int i = 0; i < count; i++) {
        all.add(buffer[i]);
      }
    }
    float[] values = new float[all.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = all.get(i);
    }
    return values;
  }

  @Test
  public void channelsAreAveraged() throws Exception {
    track(
        MediaFormat.createAudioFormat(AAC, 44_100, 2),
        shorts(16_384, 0, -32_768, -32_768, 0, 8_192));
    try (CodecSamples samples = new CodecSamples(FilePart.whole(file), "talk.m4a", Channels.MIX)) {
      assertEquals(44_100, samples.sampleRate());
      assertArrayEquals(new float[] {0.25f, -1, 0.125f}, all(samples), 0);
    }
  }

  @Test
  public void floats() throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    bytes.putFloat(0.5f).putFloat(-0.25f).putFloat(1).putFloat(0);
    MediaFormat format = MediaFormat.createAudioFormat("audio/opus", 48_000, 1);
    format.setInteger(MediaFormat.KEY_PCM_ENCODING, AudioFormat.ENCODING_PCM_FLOAT);
    format.setLong(MediaFormat.KEY_DURATION, 1_234_567);
    track(format, bytes.array());
    try (CodecSamples samples = new CodecSamples(FilePart.whole(file), "talk.ogg", Channels.MIX)) {
      assertEquals(1_234, samples.durationMs());
      assertArrayEquals(new float[] {0.5f, -0.25f, 1, 0}, all(samples), 0);
    }
  }

  @Test
  public void theFirstSoundAmongOtherTracks() throws Exception {
    DataSource source = DataSource.toDataSource(file);
    ShadowMediaExtractor.addTrack(
        source, MediaFormat.createVideoFormat("video/avc", 640, 480), new byte[8]);
    track(MediaFormat.createAudioFormat(AAC, 16_000, 1), shorts(3_277));
    try (CodecSamples samples = new CodecSamples(FilePart.whole(file), "film.mp4", Channels.MIX)) {
      assertArrayEquals(new float[] {0.1f}, all(samples), 1e-4f);
    }
  }

  @Test
  public void theDefaultOneOfSeveralTracks() throws Exception {
    MediaFormat second = MediaFormat.createAudioFormat(AAC, 16_000, 1);
    second.setInteger(MediaFormat.KEY_IS_DEFAULT, 1);
    track(MediaFormat.createAudioFormat(AAC, 16_000, 1), shorts(3_277));
    track(second, shorts(6_554));
    try (CodecSamples samples = new CodecSamples(FilePart.whole(file), "film.mkv", Channels.MIX)) {
      assertArrayEquals(new float[] {0.2f}, all(samples), 1e-4f);
    }
  }

  /**
   * A packet holds 2,048 samples here, 0.128 s; the picture begins at 1 s, the sound 0.5 s later.
   */
  @Test
  @Config(shadows = TimedExtractor.class)
  public void soundThatBeginsLateAndHolesBecomeSilence() throws Exception {
    MediaFormat film = MediaFormat.createVideoFormat("video/avc", 640, 480);
    film.setLong(MediaFormat.KEY_DURATION, 6_000_000);
    ShadowMediaExtractor.addTrack(DataSource.toDataSource(file), film, new byte[8]);
    byte[] sound = new byte[3 * 4096];
    Arrays.fill(sound, (byte) 0x40);
    track(MediaFormat.createAudioFormat(AAC, 16_000, 1), sound);
    TimedExtractor.times = new long[][] {{1_000_000}, {1_500_000, 1_628_000, 3_756_000}};
    try (CodecSamples samples = new CodecSamples(FilePart.whole(file), "film.mp4", Channels.MIX)) {
      assertEquals(6_000, samples.durationMs());
      float[] all = all(samples);
      assertEquals(8_000 + 4_096 + 32_000 + 2_048, all.length);
      assertEquals(0, all[7_999], 0);
      assertEquals(0.50195f, all[8_000], 1e-4f);
      assertEquals(0.50195f, all[12_095], 1e-4f);
      assertEquals(0, all[12_096], 0);
      assertEquals(0, all[44_095], 0);
      assertEquals(0.50195f, all[44_096], 1e-4f);
    }
  }

  @Test
  @Config(shadows = TwoFormats.class)
  public void aFormatThatChangesBeforeTheFirstSampleIsTheLastOne() throws Exception {
    track(MediaFormat.createAudioFormat(AAC, 22_050, 1), shorts(16_384, 0, 8_192, 8_192));
    try (CodecSamples samples = new CodecSamples(FilePart.whole(file), "talk.m4a", Channels.MIX)) {
      assertEquals(44_100, samples.sampleRate());
      assertArrayEquals(new float[] {0.25f, 0.25f}, all(samples), 0);
    }
  }

  @Test
  public void aSilentChannelIsNotListenedTo() throws Exception {
    int[] both = new int[2 * 16_000];
    for (int i = 0; i < 16_000; i++) {
      int amplitude = i / 1_600 % 2 == 0 ? 8_192 : 8;
      both[2 * i + 1] = i % 2 == 0 ? amplitude : -amplitude;
    }
    track(MediaFormat.createAudioFormat(AAC, 16_000, 2), shorts(both));
    assertEquals(
        new Channels.Choice(1, "there is silence in 0"),
        CodecSamples.choose(List.of(FilePart.whole(file)), "talk.m4a", () -> {}));
    try (MediaSamples samples = MediaSamples.open(file, "talk.m4a", () -> {})) {
      float[] first = new float[1];
      assertEquals(1, samples.channel());
      assertEquals(1, samples.read(first));
      assertEquals(0.25f, first[0], 0);
    }
    CancellationException stop = new CancellationException();
    Runnable stops =
        () -> {
          throw stop;
        };
    assertThrows(
        CancellationException.class, () -> MediaSamples.open(file, "talk.m4a", stops).close());
  }

  /** The fake extractor with times, which Robolectric's lacks. */
  @Implements(MediaExtractor.class)
  public static class TimedExtractor extends ShadowMediaExtractor {
    /** Of each packet of each track, in microseconds. */
    static long[][] times;

    private int track;
    private int packet;

    @Implementation
    @Override
    protected void selectTrack(int index) {
      super.selectTrack(index);
      track = index;
    }

    @Implementation
    @Override
    protected boolean advance() {
      packet++;
      return super.advance();
    }

    @Implementation
    protected long getSampleTime() {
      return packet < times[track].length ? times[track][packet] : -1;
    }
  }

  /** The fake decoder that says half of the rate and one channel first, as of HE-AAC. */
  @Implements(MediaCodec.class)
  public static class TwoFormats extends ShadowMediaCodec {
    private int said;

    @Implementation
    @Override
    protected int native_dequeueOutputBuffer(MediaCodec.BufferInfo info, long timeoutUs) {
      if (said == 1) {
        said++;
        return MediaCodec.INFO_OUTPUT_FORMAT_CHANGED;
      }
      int index = super.native_dequeueOutputBuffer(info, timeoutUs);
      said += index == MediaCodec.INFO_OUTPUT_FORMAT_CHANGED ? 1 : 0;
      return index;
    }

    @Implementation
    @Override
    protected MediaFormat getOutputFormat() {
      return said < 2 ? super.getOutputFormat() : MediaFormat.createAudioFormat(AAC, 44_100, 2);
    }
  }

  private Unreadable.Reason refused() {
    return assertThrows(
            Unreadable.class,
            () -> new CodecSamples(FilePart.whole(file), "x.mp4", Channels.MIX).close())
        .reason();
  }

  @Test
  public void whatCannotBeRead() {
    assertEquals(Unreadable.Reason.NO_SOUND, refused());
    ShadowMediaExtractor.addTrack(
        DataSource.toDataSource(file),
        MediaFormat.createVideoFormat("video/avc", 640, 480),
        new byte[8]);
    assertEquals(Unreadable.Reason.NO_SOUND, refused());
    ShadowMediaExtractor.reset();
    MediaFormat eightBits = MediaFormat.createAudioFormat(AAC, 16_000, 1);
    eightBits.setInteger(MediaFormat.KEY_PCM_ENCODING, AudioFormat.ENCODING_PCM_8BIT);
    track(eightBits, shorts(1, 2));
    assertEquals(Unreadable.Reason.UNKNOWN_FORMAT, refused());
  }

  @Test
  public void wavsGoThroughOurOwnReaderAndOthersAreResampled() throws Exception {
    File wav = temporary.newFile("a.wav");
    Files.write(wav.toPath(), Demo.goldenWav(0));
    try (FileInputStream in = new FileInputStream(wav)) {
      for (int again = 0; again < 2; again++) { // from its beginning, each time
        try (MediaSamples samples = MediaSamples.open(in.getFD(), "a.wav", () -> {})) {
          float[] expected = Demo.samples(0);
          assertEquals(Math.round(expected.length / 16.0), samples.durationMs());
          float[] found = new float[expected.length];
          int count = 0;
          float[] buffer = new float[1000];
          int read;
          while ((read = samples.read(buffer)) >= 0) {
            System.arraycopy(buffer, 0, found, count, read);
            count += read;
          }
          assertEquals(expected.length, count);
          assertArrayEquals(expected, found, 0);
        }
      }
    }
    track(MediaFormat.createAudioFormat(AAC, 48_000, 1), new byte[4000]);
    try (MediaSamples samples = MediaSamples.open(file, "talk.m4a", () -> {})) {
      int count = 0;
      float[] buffer = new float[100];
      int read;
      while ((read = samples.read(buffer)) >= 0) {
        count += read;
      }
      assertEquals(667, count); // 2,000 samples at a third of the rate
    }
  }

  @Test
  public void joinedMp3sAreReadOneByOne() throws Exception {
    byte[] frame = Arrays.copyOf(new byte[] {-1, (byte) 0xE3, 0x18, (byte) 0xC0}, 72);
    ByteBuffer both = ByteBuffer.allocate(4 * frame.length + 10).put(frame).put(frame);
    both.put(new byte[] {'I', 'D', '3', 4, 0, 0, 0, 0, 0, 0}).put(frame).put(frame);
    File mp3 = temporary.newFile("ab.mp3");
    Files.write(mp3.toPath(), both.array());
    try (FileInputStream in = new FileInputStream(mp3)) {
      file = in.getFD();
      MediaFormat format = MediaFormat.createAudioFormat("audio/mpeg", 16_000, 1);
      format.setLong(MediaFormat.KEY_DURATION, 2_000);
      track(format, shorts(16_384, 8_192)); // the fake extractor goes by where it is to begin
      ShadowMediaExtractor.addTrack(
          DataSource.toDataSource(file, 144, 154), format, shorts(-16_384));
      try (MediaSamples samples = MediaSamples.open(file, "ab.mp3", () -> {})) {
        assertEquals(4, samples.durationMs());
        float[] buffer = new float[2];
        assertEquals(2, samples.read(buffer));
        assertArrayEquals(new float[] {0.5f, 0.25f}, buffer, 0);
        assertEquals(1, samples.read(buffer));
        assertEquals(-0.5f, buffer[0], 0);
        assertEquals(-1, samples.read(buffer));
      }
    }
  }

  @Test
  public void compressedWavsGoThroughThePhone() throws Exception {
    byte[] wav = Arrays.copyOf(Demo.goldenWav(0), 200);
    wav[20] = 6; // A-law
    wav[34] = 8;
    File alaw = temporary.newFile("call.wav");
    Files.write(alaw.toPath(), wav);
    try (FileInputStream in = new FileInputStream(alaw)) {
      Unreadable unknown =
          assertThrows(Unreadable.class, () -> MediaSamples.open(in.getFD(), "call.wav", () -> {}));
      assertEquals(Unreadable.Reason.UNKNOWN_FORMAT, unknown.reason());
      assertTrue("the reader's word", unknown.getCause() instanceof MalgwiException);
      file = in.getFD();
      track(MediaFormat.createAudioFormat("audio/g711-alaw", 16_000, 1), shorts(16_384, 8_192));
      try (MediaSamples samples = MediaSamples.open(file, "call.wav", () -> {})) {
        float[] buffer = new float[10];
        assertEquals(2, samples.read(buffer));
        assertEquals(0.5f, buffer[0], 0);
      }
    }
  }

  @Test
  public void aWavThatIsCutShortIsStillRead() throws Exception {
    byte[] wav = Demo.goldenWav(0);
    File cut = temporary.newFile("cut.wav");
    Files.write(cut.toPath(), Arrays.copyOf(wav, wav.length / 2));
    try (FileInputStream in = new FileInputStream(cut);
        MediaSamples samples = MediaSamples.open(in.getFD(), "cut.wav", () -> {})) {
      assertTrue(samples.read(new float[100]) > 0);
    }
  }
}
