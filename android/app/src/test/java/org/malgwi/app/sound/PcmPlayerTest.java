package org.malgwi.app.sound;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.Intent;
import android.media.AudioFocusRequest;
import android.media.AudioManager;
import android.media.AudioTrack;
import java.io.File;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.app.Wait;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowAudioTrack;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class PcmPlayerTest {
  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private final Application app = RuntimeEnvironment.getApplication();
  private final AudioManager audio = app.getSystemService(AudioManager.class);
  private final CountDownLatch holds = new CountDownLatch(1);
  private int writes;
  private int ended;
  private boolean whole;
  private File pcm;

  /** A phone that has no track left. */
  @Implements(AudioTrack.Builder.class)
  public static class NoTrack {
    @Implementation
    protected AudioTrack build() {
      throw new UnsupportedOperationException("Cannot create AudioTrack");
    }
  }

  @Before
  public void record() throws Exception {
    pcm = temporary.newFile();
    Files.write(pcm.toPath(), new byte[320_000]); // ten seconds
    ShadowAudioTrack.addAudioDataListener(
        (track, data, format) -> {
          writes++;
          try {
            holds.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @After
  public void letGo() throws Exception {
    holds.countDown();
    Wait.until("no thread is left", PcmPlayerTest::nobodyPlays);
    ShadowAudioTrack.resetTest();
  }

  private void play() {
    new PcmPlayer(app)
        .play(
            pcm,
            0,
            10_000,
            1,
            new PcmPlayer.Listener() {
              @Override
              public void at(long ms) {}

              @Override
              public void ended(boolean all) {
                ended++;
                whole = all;
              }
            });
  }

  /** It ends now and not when all is played, and what it held is given back. */
  private void endsEarly() throws Exception {
    Wait.until("it has ended", () -> ended == 1);
    holds.countDown();
    Wait.until(
        "the focus is given back",
        () -> shadowOf(audio).getLastAbandonedAudioFocusRequest() != null);
    assertTrue(writes + " of 200 blocks", writes < 200);
    assertEquals("said once", 1, ended);
    assertFalse("not played to its end", whole);
  }

  private AudioFocusRequest focus() {
    return shadowOf(audio).getLastAudioFocusRequest().audioFocusRequest;
  }

  @Test
  public void anotherAppThatWantsToBeHeardEndsIt() throws Exception {
    play();
    Wait.until("it plays", () -> writes == 1);
    focus()
        .getOnAudioFocusChangeListener()
        .onAudioFocusChange(AudioManager.AUDIOFOCUS_LOSS_TRANSIENT);
    endsEarly();
  }

  @Test
  public void unpluggedHeadphonesEndIt() throws Exception {
    play();
    Wait.until("it plays", () -> writes == 1);
    app.sendBroadcast(new Intent(AudioManager.ACTION_AUDIO_BECOMING_NOISY));
    endsEarly();
  }

  @Test
  public void duringACallNothingIsPlayed() throws Exception {
    shadowOf(audio).setNextFocusRequestResponse(AudioManager.AUDIOFOCUS_REQUEST_FAILED);
    play();
    Wait.until("it has ended", () -> ended == 1);
    assertEquals(0, writes);
    assertFalse("not played to its end", whole);
  }

  @Test
  public void whatIsPlayedToItsEndIsSaidToBe() throws Exception {
    holds.countDown();
    play();
    Wait.until("it has ended", () -> ended == 1);
    assertEquals(200, writes);
    assertTrue(whole);
  }

  @Test
  @Config(shadows = NoTrack.class)
  public void withoutATrackItIsOver() throws Exception {
    List<Throwable> crashes = new CopyOnWriteArrayList<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> crashes.add(failure));
    try {
      play();
      Wait.until("it has ended", () -> ended == 1);
      Wait.until("its thread has", PcmPlayerTest::nobodyPlays);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    assertEquals("the app would end", List.of(), crashes);
    assertNotNull("given back", shadowOf(audio).getLastAbandonedAudioFocusRequest());
  }

  private static boolean nobodyPlays() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("player"));
  }
}
