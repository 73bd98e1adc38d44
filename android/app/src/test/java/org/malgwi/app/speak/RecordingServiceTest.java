package org.malgwi.app.speak;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.app.Notification;
import android.app.NotificationManager;
import android.content.Intent;
import android.os.PowerManager;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowPowerManager;

@RunWith(RobolectricTestRunner.class)
public class RecordingServiceTest {
  private final Application context = RuntimeEnvironment.getApplication();
  private final Speech speech = Speech.of(context);
  private Installed installed;

  @Before
  public void prepare() throws Exception {
    installed = Demo.install(context);
    FakeMicrophone.allow();
    speech.prepare();
    Wait.until("ready", () -> speech.phase() == Speech.Phase.READY);
  }

  @After
  public void end() throws Exception {
    FakeMicrophone.forget();
    Engine.of(context).acquire(installed).get().close();
  }

  @Test
  @Config(sdk = {34, 35, 36})
  public void theNotificationEndsTheRecording() throws Exception {
    Demo.Clip clip = Demo.golden(0);
    FakeMicrophone.Given given = FakeMicrophone.says(clip.pcm(), 0);
    ServiceController<RecordingService> controller =
        Robolectric.buildService(RecordingService.class).create().startCommand(0, 1);
    assertEquals(Speech.Phase.RECORDING, speech.phase());
    Notification shown = shadowOf(controller.get()).getLastForegroundNotification();
    assertEquals("Malgwi is listening", shadowOf(shown).getContentTitle().toString());
    assertEquals("Stop", shown.actions[0].title.toString());
    Wait.until("all is recorded", () -> given.samples() == clip.samples().length);
    Wait.until("in the file", () -> speech.samples() == clip.samples().length);
    Intent stop = shadowOf(shown.actions[0].actionIntent).getSavedIntent();
    controller.get().onStartCommand(stop, 0, 2);
    Wait.until("done", () -> speech.phase() == Speech.Phase.DONE);
    assertEquals(clip.text(), speech.result().text());
    PowerManager.WakeLock awake = ShadowPowerManager.getLatestWakeLock();
    assertEquals("from the stop", 1, shadowOf(awake).getTimesHeld());
    assertFalse("to the text", awake.isHeld());
    assertEquals(2, shadowOf(controller.get()).getStopSelfId());
    assertTrue(shadowOf(controller.get()).isForegroundStopped());
  }

  @Test
  public void nothingStopsAServiceThatIsNotInTheForegroundYet() throws Exception {
    speech.start(context);
    speech.dismiss();
    Wait.until("ready again", () -> speech.phase() == Speech.Phase.READY);
    assertNull(shadowOf(context).getNextStoppedService());
  }

  @Test
  public void whatHasNothingToRecordEndsItself() {
    ServiceController<RecordingService> controller =
        Robolectric.buildService(RecordingService.class).create();
    Intent stop = new Intent(context, RecordingService.class).setAction("org.malgwi.app.STOP");
    controller.get().onStartCommand(stop, 0, 7);
    assertEquals(7, shadowOf(controller.get()).getStopSelfId());
  }

  @Test
  public void theClockOfTheNotificationStandsStillInPauses() throws Exception {
    Demo.Clip clip = Demo.golden(0);
    FakeMicrophone.says(clip.pcm(), 0);
    Robolectric.buildService(RecordingService.class).create().startCommand(0, 1);
    Wait.until("in the file", () -> speech.samples() == clip.samples().length);
    speech.pause();
    Wait.until(
        "it is said", () -> "Paused".equals(shown().extras.getString(Notification.EXTRA_TITLE)));
    assertFalse(shown().extras.getBoolean(Notification.EXTRA_SHOW_CHRONOMETER));
    speech.resume();
    Wait.until("it goes on", () -> shown().extras.getBoolean(Notification.EXTRA_SHOW_CHRONOMETER));
    long recordedMs = clip.samples().length / 16;
    long begun = System.currentTimeMillis() - shown().when;
    assertTrue(begun + " of " + recordedMs, begun >= recordedMs);
    speech.cancel();
    Wait.until("offered", () -> speech.phase() == Speech.Phase.FOUND);
  }

  private Notification shown() {
    return shadowOf(context.getSystemService(NotificationManager.class)).getNotification(1);
  }

  @Test
  public void aSecondTapChangesNothing() throws Exception {
    FakeMicrophone.says(Demo.golden(0).pcm(), 1);
    ServiceController<RecordingService> controller =
        Robolectric.buildService(RecordingService.class).create().startCommand(0, 1);
    Wait.until("sound", () -> speech.samples() > 0);
    controller.startCommand(0, 2);
    assertTrue(speech.samples() > 0);
    speech.cancel();
    Wait.until("offered", () -> speech.phase() == Speech.Phase.FOUND);
  }

  @Test
  public void fromTheBackgroundItIsRefused() {
    speech.refused(new IllegalStateException("startForegroundService() not allowed"));
    assertEquals(Speech.Phase.FAILED, speech.phase());
    assertEquals(Problem.NOT_IN_FRONT, speech.problem());
  }
}
