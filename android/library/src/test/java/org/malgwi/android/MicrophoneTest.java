package org.malgwi.android;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.media.AudioFocusRequest;
import android.media.AudioManager;
import android.media.AudioRecord;
import android.media.AudioRecordingConfiguration;
import android.media.MediaRecorder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowAudioManager;
import org.robolectric.util.ReflectionHelpers;

@RunWith(RobolectricTestRunner.class)
@Config(shadows = MicrophoneTest.StubbornRecord.class)
public class MicrophoneTest {
  /** An AudioRecord that does what a test wants. */
  @Implements(AudioRecord.class)
  public static class StubbornRecord {
    static int refusedRate;
    static int startAnswer;
    static int starts;
    static volatile CountDownLatch hangs;

    static volatile StubbornRecord latest;

    /** What became of the latest; those of other tests are released whenever they are collected. */
    static final List<String> ENDS = new CopyOnWriteArrayList<>();

    /** What the next reads answer; an error code, or how many samples of 1,000. */
    static final Deque<Integer> READS = new ArrayDeque<>();

    @Implementation
    protected static int native_get_min_buff_size(int rate, int channels, int format) {
      return rate == refusedRate ? AudioRecord.ERROR_BAD_VALUE : 1_280;
    }

    @Implementation
    protected int native_start(int event, int session) {
      starts++;
      latest = this;
      return startAnswer;
    }

    @Implementation
    protected void native_stop() throws InterruptedException {
      hangs.await();
      end("stop");
    }

    @Implementation
    protected void native_release() {
      end("release");
    }

    private void end(String how) {
      if (this == latest) {
        ENDS.add(how);
      }
    }

    @Implementation
    protected int native_read_in_short_array(short[] out, int from, int count, boolean blocking) {
      int answer = READS.isEmpty() ? 0 : READS.remove();
      for (int i = 0; i < answer; i++) {
        out[from + i] = 1_000;
      }
      return answer;
    }
  }

  private final Application context = RuntimeEnvironment.getApplication();
  private final AudioManager audio = context.getSystemService(AudioManager.class);
  private final Microphone microphone = new Microphone(context);
  private final float[] buffer = new float[1_600];

  @Before
  public void obey() {
    StubbornRecord.refusedRate = 0;
    StubbornRecord.startAnswer = AudioRecord.SUCCESS;
    StubbornRecord.starts = 0;
    StubbornRecord.READS.clear();
    StubbornRecord.latest = null;
    StubbornRecord.ENDS.clear();
    StubbornRecord.hangs = new CountDownLatch(0);
    shadowOf(context).grantPermissions(android.Manifest.permission.RECORD_AUDIO);
  }

  private MicrophoneException.Reason refused() {
    return assertThrows(MicrophoneException.class, microphone::open).reason();
  }

  @Test
  public void samplesAreSharesOfFullScale() throws Exception {
    StubbornRecord.READS.addAll(List.of(1_600, 0, 7));
    try (Sound sound = microphone.open()) {
      assertEquals(1_600, sound.read(buffer));
      assertEquals(1_000 / 32_768f, buffer[0], 0);
      assertEquals(7, sound.read(buffer));
    }
  }

  @Test
  public void whatWaitsAtTheStopIsStillGiven() throws Exception {
    StubbornRecord.READS.addAll(List.of(1_600, 1_600, 1_600, 900));
    try (Sound sound = microphone.open()) {
      assertEquals(1_600, sound.read(buffer));
      sound.stop();
      assertEquals(1_600, sound.read(buffer));
      assertEquals(1_600, sound.read(buffer));
      assertEquals(900, sound.read(buffer));
      assertEquals(-1, sound.read(buffer));
    }
  }

  @Test
  public void whatIsSaidAfterTheStopIsNotWaitedFor() throws Exception {
    for (int i = 0; i < 100; i++) {
      StubbornRecord.READS.add(1_600);
    }
    int count = 0;
    try (Sound sound = microphone.open()) {
      sound.stop();
      int more;
      while ((more = sound.read(buffer)) >= 0) {
        count += more;
      }
    }
    assertEquals("a second, as much as the system keeps", 16_000, count);
  }

  @Test
  public void theEndStopsItAndThenReleasesIt() throws Exception {
    microphone.open().close(); // which waits for two seconds at most
    for (int i = 0; i < 600 && StubbornRecord.ENDS.size() < 2; i++) {
      Thread.sleep(100);
    }
    assertEquals(List.of("stop", "release"), StubbornRecord.ENDS);
  }

  @Test
  public void aStopThatNeverEndsHoldsNobodyUp() throws Exception {
    Sound sound = microphone.open();
    StubbornRecord.hangs = new CountDownLatch(1);
    sound.close();
    assertEquals("still in it", List.of(), StubbornRecord.ENDS);
    StubbornRecord.hangs.countDown();
  }

  @Test
  public void at48KHzWhere16IsntOffered() throws Exception {
    StubbornRecord.refusedRate = 16_000;
    StubbornRecord.READS.addAll(List.of(4_800, 4_800, 4_800));
    int count = 0;
    try (Sound sound = microphone.open()) {
      count += sound.read(buffer);
      sound.stop();
      int more;
      while ((more = sound.read(buffer)) >= 0) {
        count += more;
      }
    }
    assertTrue("no sample of " + StubbornRecord.READS + " is lost", count % 1_600 == 0);
    assertTrue(count > 0);
  }

  @Test
  public void inUseByAnotherApp() {
    shadowOf(context.getPackageManager())
        .setSystemFeature(android.content.pm.PackageManager.FEATURE_MICROPHONE, true);
    StubbornRecord.startAnswer = AudioRecord.ERROR;
    assertEquals(MicrophoneException.Reason.BUSY, refused());
  }

  @Test
  public void noMicrophoneAtAll() {
    StubbornRecord.startAnswer = AudioRecord.ERROR;
    assertEquals(MicrophoneException.Reason.NONE, refused());
  }

  @Test
  public void withoutThePermission() {
    shadowOf(context).denyPermissions(android.Manifest.permission.RECORD_AUDIO);
    assertEquals(MicrophoneException.Reason.NOT_ALLOWED, refused());
  }

  @Test
  public void aDeadObjectIsReopenedOnce() throws Exception {
    StubbornRecord.READS.addAll(
        List.of(10, AudioRecord.ERROR_DEAD_OBJECT, 20, AudioRecord.ERROR_DEAD_OBJECT));
    try (Sound sound = microphone.open()) {
      assertEquals(10, sound.read(buffer));
      assertEquals(20, sound.read(buffer));
      assertEquals(2, StubbornRecord.starts);
      MicrophoneException lost = assertThrows(MicrophoneException.class, () -> sound.read(buffer));
      assertEquals(MicrophoneException.Reason.LOST, lost.reason());
    }
  }

  @Test
  public void othersAreAskedToBeQuietMeanwhile() throws Exception {
    ShadowAudioManager shadow = shadowOf(audio);
    Sound sound = microphone.open();
    AudioFocusRequest asked = shadow.getLastAudioFocusRequest().audioFocusRequest;
    assertEquals(AudioManager.AUDIOFOCUS_GAIN_TRANSIENT_EXCLUSIVE, asked.getFocusGain());
    // Losing it doesn't stop the recording.
    StubbornRecord.READS.add(5);
    assertEquals(5, sound.read(buffer));
    sound.close();
    assertEquals(asked, shadow.getLastAbandonedAudioFocusRequest());
  }

  @Test
  public void whomTheSystemLetsNobodyQuietenRecordsAndIsTold() throws Exception {
    AtomicInteger told = new AtomicInteger();
    Microphone heard = new Microphone(context, told::incrementAndGet);
    for (boolean music : new boolean[] {false, true}) {
      shadowOf(audio).setIsMusicActive(music);
      shadowOf(audio).setNextFocusRequestResponse(AudioManager.AUDIOFOCUS_REQUEST_FAILED);
      StubbornRecord.READS.add(5);
      try (Sound sound = heard.open()) {
        assertEquals(5, sound.read(buffer));
      }
      assertEquals(music ? 1 : 0, told.get());
    }
  }

  @Test
  public void whoFailsWhenToldOfItLeavesNoMicrophoneOpen() throws Exception {
    Microphone heard =
        new Microphone(
            context,
            () -> {
              throw new IllegalStateException("no screen");
            });
    shadowOf(audio).setIsMusicActive(true);
    shadowOf(audio).setNextFocusRequestResponse(AudioManager.AUDIOFOCUS_REQUEST_FAILED);
    assertThrows(IllegalStateException.class, heard::open);
    for (int i = 0; i < 600 && StubbornRecord.ENDS.size() < 2; i++) {
      Thread.sleep(100);
    }
    assertEquals(List.of("stop", "release"), StubbornRecord.ENDS);
  }

  @Test
  public void theSystemSaysThatItGivesSilence() {
    AudioRecordingConfiguration active =
        shadowOf(audio)
            .createActiveRecordingConfiguration(
                7, MediaRecorder.AudioSource.VOICE_RECOGNITION, "org.malgwi.android");
    shadowOf(audio).setActiveRecordingConfigurations(List.of(active), false);
    assertFalse(Silenced.is(audio, 7));
    ReflectionHelpers.setField(active, "mClientSilenced", true);
    assertTrue(Silenced.is(audio, 7));
    assertFalse("another app's", Silenced.is(audio, 8));
  }
}
