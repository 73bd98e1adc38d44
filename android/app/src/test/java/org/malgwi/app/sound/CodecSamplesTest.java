package org.malgwi.app.sound;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.media.AudioFormat;
import android.media.MediaFormat;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.robolectric.RobolectricTestRunner;
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
    try (CodecSamples samples = new CodecSamples(file, "talk.m4a")) {
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
    try (CodecSamples samples = new CodecSamples(file, "talk.ogg")) {
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
    try (CodecSamples samples = new CodecSamples(file, "film.mp4")) {
      assertArrayEquals(new float[] {0.1f}, all(samples), 1e-4f);
    }
  }

  private Unreadable.Reason refused() {
    return assertThrows(Unreadable.class, () -> new CodecSamples(file, "x.mp4").close()).reason();
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
        try (MediaSamples samples = MediaSamples.open(in.getFD(), "a.wav")) {
          float[] expected = Demo.golden(0).samples();
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
    try (MediaSamples samples = MediaSamples.open(file, "talk.m4a")) {
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
  public void aWavThatIsCutShortIsStillRead() throws Exception {
    byte[] wav = Demo.goldenWav(0);
    File cut = temporary.newFile("cut.wav");
    Files.write(cut.toPath(), java.util.Arrays.copyOf(wav, wav.length / 2));
    try (FileInputStream in = new FileInputStream(cut);
        MediaSamples samples = MediaSamples.open(in.getFD(), "cut.wav")) {
      assertTrue(samples.read(new float[100]) > 0);
    }
  }
}
