package org.malgwi.app.files;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Notification;
import android.app.NotificationManager;
import android.content.Intent;
import android.content.pm.ServiceInfo;
import android.net.Uri;
import android.os.PowerManager;
import android.view.View;
import android.widget.Button;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.LongSummaryStatistics;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Census;
import org.malgwi.app.Demo;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Lease;
import org.malgwi.app.sound.PcmWav;
import org.malgwi.core.Pcm;
import org.malgwi.core.Search;
import org.malgwi.core.Wav;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowNotificationManager;
import org.robolectric.shadows.ShadowPowerManager;
import org.robolectric.shadows.ShadowService;

/** Recordings at work: what is said meanwhile, how it ends or stands still, and what is left. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class FileWorkTest extends SharedRecordings {
  @Test
  public void notificationsSayHowFarItIsAndThatItIsDone() throws Exception {
    Demo.install(app);
    share(send(hours(12)));
    ServiceController<FileService> service = serve();
    waitForShare(0.02);
    ShadowService shadow = shadowOf(service.get());
    assertEquals(
        ServiceInfo.FOREGROUND_SERVICE_TYPE_DATA_SYNC, service.get().getForegroundServiceType());
    Notification progress = shadow.getLastForegroundNotification();
    assertEquals("Writing down", progress.extras.getString(Notification.EXTRA_TITLE));
    ShadowNotificationManager shown = shadowOf(app.getSystemService(NotificationManager.class));
    int id = shadow.getLastForegroundNotificationId();
    Wait.until(
        "the notification says how far it is",
        () -> shown.getNotification(id).extras.getInt(Notification.EXTRA_PROGRESS) > 0);
    Notification now = shown.getNotification(id);
    assertEquals("hours.wav", now.extras.getString(Notification.EXTRA_TEXT));
    Intent open = shadowOf(now.contentIntent).getSavedIntent();
    assertEquals("FILES", open.getStringExtra(MainActivity.EXTRA_PLACE));
    app.fileWork().cancel(only());
    Wait.until("it has stopped", shadow::isStoppedBySelf);

    share(send(golden(0)));
    serve();
    waitForAll();
    Wait.until(
        "it is said",
        () ->
            shown.getAllNotifications().stream()
                .anyMatch(
                    one ->
                        "1 recording is written down"
                            .equals(one.extras.getString(Notification.EXTRA_TITLE))));
    filesTab();
    Wait.until(
        "it was seen",
        () ->
            shown.getAllNotifications().stream()
                .noneMatch(
                    one ->
                        "1 recording is written down"
                            .equals(one.extras.getString(Notification.EXTRA_TITLE))));
  }

  @Test
  public void nothingStopsAServiceThatIsNotInTheForegroundYet() throws Exception {
    ServiceController<FileService> service = Robolectric.buildService(FileService.class).create();
    app.fileQueue().tell();
    shadowOf(android.os.Looper.getMainLooper()).idle();
    assertFalse(shadowOf(service.get()).isStoppedBySelf());
    service.startCommand(0, 3);
    Wait.until("there is no work", () -> shadowOf(service.get()).isStoppedBySelf());
    assertEquals(3, shadowOf(service.get()).getStopSelfId());
  }

  private Uri hours(int hours) throws IOException {
    return recorder.offer("hours.wav", LongWav.silence(temporary.newFile(), 3600 * hours));
  }

  private void waitForShare(double share) throws Exception {
    Wait.until("share " + share, () -> app.fileQueue().jobs().get(0).share() >= share);
  }

  @Test
  public void cancelled() throws Exception {
    Demo.install(app);
    share(send(hours(12)));
    ServiceController<FileService> service = serve();
    MainActivity activity = filesTab().get();
    waitForShare(0.01);
    View cancel = row(activity).findViewById(R.id.file_remove);
    assertEquals("Cancel hours.wav", cancel.getContentDescription().toString());
    cancel.performClick();
    Wait.until("it has stopped", () -> shadowOf(service.get()).isStoppedBySelf());
    assertEquals(List.of(), app.fileQueue().jobs());
    assertEquals(List.of(), app.history().search("", 10));
  }

  /** In its last segment nothing is read any more, so that only the recogniser itself can stop. */
  @Test
  public void cancelledInItsLastSegment() throws Exception {
    Demo.install(app);
    Uri clip = recorder.offer("clip.wav", wav("clip", unbroken()));
    int tries = 1;
    while (isWrittenDown(clip)) { // now and then it comes too late
      assertTrue("its text came every time", ++tries < 20);
    }
  }

  /** Seconds of speech without a pause: one segment, which keeps the model busy for a while. */
  private static byte[] unbroken() throws IOException {
    float[] clip = Demo.golden(0).samples();
    byte[] middle = Pcm.toBytes(Arrays.copyOfRange(clip, clip.length / 4, clip.length * 3 / 4));
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    while (again.size() < 8 * 32_000) {
      again.writeBytes(middle);
    }
    return again.toByteArray();
  }

  /** Cancels a recording in its last segment; says whether its text came all the same. */
  private boolean isWrittenDown(Uri clip) throws Exception {
    int before = app.history().search("", 100).size();
    app.fileQueue().add("clip.wav", clip, null, false);
    Job job = only();
    app.fileWork().go();
    Wait.until(
        "all is read",
        () -> isInLastSegment() || app.fileQueue().get(job.id()).state() == Job.State.DONE);
    app.fileWork().cancel(job);
    Wait.until("it has stopped", () -> !app.fileWork().isRunning());
    return app.history().search("", 100).size() > before;
  }

  private static boolean isInLastSegment() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(one -> one.getKey().getName().equals("files"))
        .flatMap(one -> Arrays.stream(one.getValue()))
        .anyMatch(
            frame ->
                frame.getClassName().endsWith(".LongForm")
                    && frame.getMethodName().equals("finish"));
  }

  @Test
  public void heldWhenTheTimeIsUpAndGoesOnWhereItWas() throws Exception {
    Demo.install(app);
    share(send(hours(12)));
    ServiceController<FileService> service = serve();
    ActivityController<MainActivity> screen = filesTab();
    waitForShare(0.02);
    service.get().onTimeout(1, 1);
    Wait.until("the work stands still", FileWorkTest::standsStill);
    assertTrue(shadowOf(service.get()).isStoppedBySelf());
    assertTrue(shadowOf(service.get()).isForegroundStopped());
    assertEquals(Job.State.PAUSED, only().state());
    assertEquals("It was stopped before its end.", text(row(screen.get()), R.id.file_state));
    double share = only().share();
    service.destroy();
    screen.recreate();
    Button action = row(screen.get()).findViewById(R.id.file_action);
    assertEquals("Continue", action.getText().toString());
    assertEquals(share, only().share(), 0);
    action.performClick();
    ServiceController<FileService> again = serve();
    List<Double> shares = new ArrayList<>();
    app.fileQueue().listen(() -> app.fileQueue().jobs().forEach(job -> shares.add(job.share())));
    waitForShare(share + 0.02);
    assertTrue("it began anew: " + shares, shares.get(0) >= share);
    app.fileWork().cancel(only());
    Wait.until("it has stopped", () -> shadowOf(again.get()).isStoppedBySelf());
  }

  @Test
  public void theProcessorStaysAwakeWhileItWorks() throws Exception {
    Demo.install(app);
    share(send(hours(12)));
    serve();
    PowerManager.WakeLock lock = ShadowPowerManager.getLatestWakeLock();
    waitForShare(0.01);
    assertTrue(lock.isHeld());
    hold();
    assertFalse("nobody works", lock.isHeld());
    app.fileWork().go();
    Wait.until("it works again", lock::isHeld);
    app.fileWork().cancel(only());
    Wait.until("there is nothing more to do", () -> !lock.isHeld());
  }

  @Test
  public void whatWasUnderWayIsBroughtBackToo() throws Exception {
    Demo.install(app);
    share(send(hours(12)));
    serve();
    waitForShare(0.01);
    app.fileWork().cancel(only());
    app.fileQueue().restore();
    assertEquals(Job.State.WAITING, only().state());
    Wait.until("it is its turn again", () -> only().state() == Job.State.RUNNING);
  }

  /** The app that lends it takes its time, so that it isn't given up at once. */
  @Test
  public void whatWasBroughtBackWaitsForItsTurnThoughOthersCome() throws Exception {
    Demo.install(app);
    Recorder.Late other = recorder.answerLate();
    app.fileQueue().add("clip.wav", golden(0), null, false);
    app.fileWork().go();
    other.waitUntilAsked();
    try {
      app.fileWork().cancel(only());
      app.fileQueue().restore();
      app.fileWork().go(); // as when another recording is shared
      assertEquals(Job.State.WAITING, only().state());
    } finally {
      other.answer();
    }
    waitForAll();
    assertEquals(Job.State.DONE, only().state());
  }

  /** As after the end of a process that was at work on a recording: what it left is read. */
  @Test
  public void whatADeadProcessWorkedOutIsNotWorkedOutAgain() throws Exception {
    Demo.install(app);
    File wav = speech(120);
    Uri uri = recorder.offer("speech.wav", wav);
    app.fileQueue()
        .add("speech.wav", uri, FileQueue.open(app.getContentResolver(), uri, "it"), false);
    app.fileQueue().pauseAll();
    File journal = new File(app.getFilesDir(), "journal-" + only().id());
    String text;
    try (Lease lease = app.engine().acquire(app.bundles().current()).get();
        Wav samples = Wav.open(wav)) {
      text = lease.recognizer().transcribe(samples, Search.DEFAULT, journal).text();
    }
    long half = journal.length() / 2;
    long whole = journal.length();
    try (RandomAccessFile left = new RandomAccessFile(journal, "rw")) {
      left.setLength(half);
    }
    row(filesTab().get()).findViewById(R.id.file_action).performClick(); // "Continue"
    serve();
    LongSummaryStatistics lengths = new LongSummaryStatistics();
    Wait.until(
        "it is written down",
        () -> {
          assertNotEquals(only().detail(), Job.State.FAILED, only().state());
          long length = journal.length();
          if (length > 0) { // else it has been deleted
            lengths.accept(length);
          }
          return only().state() == Job.State.DONE;
        });
    long entry = whole / 10; // the windows are shorter
    assertTrue("it began anew: " + lengths, lengths.getMin() >= half - entry);
    assertTrue("it went on from " + half + ": " + lengths, lengths.getMax() > half + entry);
    assertEquals(text, app.history().text(only().entry()));
    assertFalse(journal.exists());
  }

  /** The golden clips again and again. */
  private File speech(int seconds) throws IOException {
    ByteArrayOutputStream clips = new ByteArrayOutputStream();
    while (clips.size() < 32_000 * seconds) {
      clips.writeBytes(Pcm.toBytes(Demo.golden(0).samples()));
      clips.writeBytes(Pcm.toBytes(Demo.golden(1).samples()));
    }
    return wav("speech", clips.toByteArray());
  }

  private File wav(String name, byte[] pcm) throws IOException {
    ByteArrayOutputStream wav = new ByteArrayOutputStream();
    PcmWav.write(file(name + ".pcm", pcm), wav);
    return file(name + ".wav", wav.toByteArray());
  }

  /** Two counts of what is alive while the work stands still, most of an hour of sound apart. */
  @Test
  public void whatWasReadOfHoursIsNotKept() throws Exception {
    Demo.install(app);
    share(send(hours(12))); // so many that it isn't over before it is held
    serve();
    waitForShare(0.02);
    hold();
    double share = only().share();
    long before = Census.bytesOfNumbers();
    app.fileWork().go();
    waitForShare(share + 0.07);
    hold();
    long sound = Math.round((only().share() - share) * 12 * 3600 * 32_000);
    long grown = Census.bytesOfNumbers() - before;
    assertTrue(grown + " bytes more after " + sound + " of sound", grown < sound / 10);
  }

  /** Pauses the work and waits until it stands still, between two blocks. */
  private void hold() throws Exception {
    app.fileWork().pause();
    Wait.until("the work stands still", FileWorkTest::standsStill);
  }

  private static boolean standsStill() {
    return Thread.getAllStackTraces().entrySet().stream()
        .anyMatch(
            one ->
                one.getKey().getState() == Thread.State.WAITING
                    && Arrays.stream(one.getValue())
                        .anyMatch(frame -> frame.getMethodName().equals("checkpoint")));
  }

  @Test
  public void whatADeadProcessLeftGoesWithItsRecording() throws Exception {
    app.fileQueue().add("clip.wav", golden(0), null, false);
    app.fileQueue().pauseAll();
    List<File> left =
        List.of(
            new File(app.getCacheDir(), "copy-" + only().id()),
            new File(app.getFilesDir(), "sound-" + only().id() + ".pcm"));
    for (File file : left) {
      assertTrue(file.createNewFile());
    }
    app.fileWork().cancel(only());
    app.fileWork().forgetRemoved();
    for (File file : left) {
      assertFalse(file.getName(), file.exists());
    }
  }

  @Test
  public void whatWasDoneEarlierIsNotSaidAgain() throws Exception {
    Demo.install(app);
    app.fileQueue().add("earlier.wav", golden(1), null, false);
    app.fileQueue().change(only().id(), job -> job.done(-1));
    share(send(golden(0)));
    serve();
    waitForAll();
    ShadowNotificationManager shown = shadowOf(app.getSystemService(NotificationManager.class));
    Wait.until(
        "it is said",
        () ->
            shown.getAllNotifications().stream()
                .map(one -> one.extras.getString(Notification.EXTRA_TITLE))
                .anyMatch(title -> title != null && title.endsWith("written down")));
    assertTrue(
        shown.getAllNotifications().stream()
            .anyMatch(
                one ->
                    "1 recording is written down"
                        .equals(one.extras.getString(Notification.EXTRA_TITLE))));
  }
}
