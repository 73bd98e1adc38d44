package org.malgwi.app.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.app.Notification;
import android.app.NotificationManager;
import android.content.ClipData;
import android.content.Intent;
import android.content.pm.ServiceInfo;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.Settings;
import android.view.View;
import android.widget.Button;
import android.widget.ListView;
import android.widget.TextView;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.Census;
import org.malgwi.app.Demo;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.history.Entry;
import org.malgwi.app.history.TranscriptActivity;
import org.malgwi.app.models.Lease;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.sound.PcmWav;
import org.malgwi.core.Pcm;
import org.malgwi.core.Search;
import org.malgwi.core.Wav;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowNotificationManager;
import org.robolectric.shadows.ShadowService;

/** From another app's recording to the text in the history and on the screen. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class FilesTest {
  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private App app;
  private Recorder recorder;

  @Before
  public void setUp() {
    app = (App) RuntimeEnvironment.getApplication();
    recorder = Recorder.install();
  }

  @After
  public void closeAll() {
    app.history().close();
    app.fileQueue().jobs().forEach(app.fileWork()::cancel);
  }

  private File file(String name, byte[] content) throws IOException {
    return Files.write(temporary.newFile(name).toPath(), content).toFile();
  }

  private Uri golden(int index) throws IOException {
    return recorder.offer("clip" + index + ".wav", file("clip" + index, Demo.goldenWav(index)));
  }

  private static Intent send(Uri uri) {
    return new Intent(Intent.ACTION_SEND).setType("audio/wav").putExtra(Intent.EXTRA_STREAM, uri);
  }

  /** What the other app's share sheet starts, up to the Files tab. */
  private void share(Intent intent) throws Exception {
    ActivityController<OpenAudioActivity> opening =
        Robolectric.buildActivity(OpenAudioActivity.class, intent).setup();
    Wait.until("it is opened", () -> opening.get().isFinishing());
    Intent next = shadowOf(opening.get()).getNextStartedActivity();
    assertEquals(MainActivity.class.getName(), next.getComponent().getClassName());
    assertEquals("FILES", next.getStringExtra(MainActivity.EXTRA_PLACE));
    opening.destroy();
  }

  /** Starts the service that was asked for, as the system does. */
  private ServiceController<FileService> serve() {
    Intent started = shadowOf((Application) app).getNextStartedService();
    assertEquals(FileService.class.getName(), started.getComponent().getClassName());
    return Robolectric.buildService(FileService.class, started).create().startCommand(0, 1);
  }

  private void waitForAll() throws Exception {
    Wait.until(
        "all recordings are written down",
        () ->
            app.fileQueue().jobs().stream()
                .noneMatch(
                    job -> job.state() == Job.State.WAITING || job.state() == Job.State.RUNNING));
  }

  private Job only() {
    assertEquals(1, app.fileQueue().jobs().size());
    return app.fileQueue().jobs().get(0);
  }

  /** The only row of the tab. */
  /** The work where next to nothing is free. */
  private FileWork fullPhone() {
    return new FileWork(
        app,
        app.fileQueue(),
        app.bundles(),
        app.engine(),
        app.history(),
        new Preferences(app),
        () -> 1_000_000);
  }

  private static View row(MainActivity activity) {
    shadowOf(android.os.Looper.getMainLooper()).idle();
    ListView list = activity.findViewById(R.id.files_list);
    assertEquals(1, list.getCount());
    return list.getChildAt(0);
  }

  private static String text(View row, int id) {
    return row.<TextView>findViewById(id).getText().toString();
  }

  private static ActivityController<MainActivity> filesTab() {
    return Robolectric.buildActivity(
            MainActivity.class, new Intent().putExtra(MainActivity.EXTRA_PLACE, "FILES"))
        .setup();
  }

  @Test
  @Config(sdk = {34, 35})
  public void aSharedRecordingIsInTheHistoryAndOnTheScreen() throws Exception {
    Demo.install(app);
    share(send(golden(0)));
    ServiceController<FileService> service = serve();
    MainActivity activity = filesTab().get();
    waitForAll();
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
    Entry entry = app.history().get(only().entry());
    assertEquals("clip0.wav", entry.title());
    assertFalse(entry.hasAudio());
    assertEquals("clip0.wav", text(row(activity), R.id.file_name));
    assertEquals("Written down. Tap to read it.", text(row(activity), R.id.file_state));
    assertTrue(shadowOf(service.get()).isStoppedBySelf());
    row(activity).performClick();
    Intent open = shadowOf(activity).getNextStartedActivity();
    assertEquals(TranscriptActivity.class.getName(), open.getComponent().getClassName());
  }

  @Test
  public void anotherModelGivesAnotherText() throws Exception {
    Demo.install(app, Demo.altered());
    share(send(golden(0)));
    serve();
    waitForAll();
    assertNotEquals(Demo.golden(0).text(), app.history().text(only().entry()));
    assertEquals(Demo.alter(Demo.golden(0).text()), app.history().text(only().entry()));
  }

  @Test
  public void severalAreAQueue() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeepAudio(true);
    ArrayList<Uri> uris = new ArrayList<>(List.of(golden(0), golden(1)));
    share(
        new Intent(Intent.ACTION_SEND_MULTIPLE)
            .setType("audio/*")
            .putParcelableArrayListExtra(Intent.EXTRA_STREAM, uris));
    serve();
    waitForAll();
    List<Job> jobs = app.fileQueue().jobs();
    assertEquals(2, jobs.size());
    for (int i = 0; i < 2; i++) {
      assertEquals(Demo.golden(i).text(), app.history().text(jobs.get(i).entry()));
      File sound = app.history().audio(jobs.get(i).entry());
      assertEquals(2L * Demo.golden(i).samples().length, sound.length());
    }
  }

  @Test
  public void aViewedRecording() throws Exception {
    Demo.install(app);
    share(new Intent(Intent.ACTION_VIEW).setDataAndType(golden(0), "audio/wav"));
    serve();
    waitForAll();
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
  }

  /** A file that can only be read once, from beginning to end, as another app's pipe. */
  private void addPipe() throws IOException {
    ParcelFileDescriptor clip =
        ParcelFileDescriptor.open(
            file("pipe", Demo.goldenWav(0)), ParcelFileDescriptor.MODE_READ_ONLY);
    app.fileQueue()
        .add(
            "pipe.wav",
            Uri.parse("content://x/pipe"),
            new ParcelFileDescriptor(clip) {
              @Override
              public long getStatSize() {
                return -1;
              }
            });
  }

  private String[] copies() {
    return app.getCacheDir().list((folder, name) -> name.startsWith("copy"));
  }

  @Test
  @Config(sdk = {34, 35})
  public void whatOnlyStreamsIsCopied() throws Exception {
    Demo.install(app);
    addPipe();
    app.fileWork().go();
    waitForAll();
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
    assertEquals(0, copies().length);
  }

  @Test
  public void pickedRecordings() throws Exception {
    Demo.install(app);
    MainActivity main = filesTab().get();
    main.findViewById(R.id.files_open).performClick();
    Intent pick = shadowOf(main).getNextStartedActivity();
    ActivityController<OpenAudioActivity> opening =
        Robolectric.buildActivity(OpenAudioActivity.class, pick).setup();
    Intent picker = shadowOf(opening.get()).getNextStartedActivity();
    assertEquals(Intent.ACTION_OPEN_DOCUMENT, picker.getAction());
    ClipData two = ClipData.newRawUri("", golden(0));
    two.addItem(new ClipData.Item(golden(1)));
    Intent picked = new Intent();
    picked.setClipData(two);
    shadowOf(opening.get()).receiveResult(picker, OpenAudioActivity.RESULT_OK, picked);
    Wait.until("both are opened", () -> app.fileQueue().jobs().size() == 2);
  }

  @Test
  public void whatOtherAppsCanSend() throws Exception {
    Intent[] odd = {
      new Intent(Intent.ACTION_SEND).setType("audio/wav"),
      send(null),
      new Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, new Intent()),
      new Intent(Intent.ACTION_SEND_MULTIPLE).putExtra(Intent.EXTRA_STREAM, "text"),
      new Intent(Intent.ACTION_VIEW),
      new Intent("org.example.UNKNOWN"),
    };
    for (Intent intent : odd) {
      OpenAudioActivity activity =
          Robolectric.buildActivity(OpenAudioActivity.class, intent).setup().get();
      assertEquals(
          "There was no recording in what the other app sent. Open one here.",
          activity.<TextView>findViewById(R.id.message_sentence).getText().toString());
      activity.findViewById(R.id.message_action).performClick();
      assertEquals(
          Intent.ACTION_OPEN_DOCUMENT, shadowOf(activity).getNextStartedActivity().getAction());
    }
    assertEquals(List.of(), app.fileQueue().jobs());
    share(send(Uri.fromFile(new File(app.getFilesDir(), "secret.wav"))));
    assertEquals(FileProblem.GONE, only().problem());
  }

  /** Shares a recording that fails; returns what its row shows, once its action was tapped. */
  private Intent failure(Uri uri, FileProblem problem, String sentence) throws Exception {
    share(send(uri));
    serve();
    waitForAll();
    assertEquals(problem, only().problem());
    assertFalse(only().detail().isEmpty());
    MainActivity activity = filesTab().get();
    assertEquals(sentence, text(row(activity), R.id.file_state));
    Button action = row(activity).findViewById(R.id.file_action);
    assertEquals(View.VISIBLE, action.getVisibility());
    action.performClick();
    return shadowOf(activity).getNextStartedActivity();
  }

  @Test
  public void aRecordingThatIsGone() throws Exception {
    Demo.install(app);
    Intent remedy =
        failure(
            recorder.offer("gone.wav", null),
            FileProblem.GONE,
            "This recording can no longer be opened.");
    assertEquals(OpenAudioActivity.class.getName(), remedy.getComponent().getClassName());
    assertNull(remedy.getAction());
  }

  @Test
  public void aFileThatIsNoRecording() throws Exception {
    Demo.install(app);
    Intent remedy =
        failure(
            recorder.offer("a.wav", file("a", "RIFF but no sound at all".getBytes(UTF_8))),
            FileProblem.UNKNOWN_FORMAT,
            "This phone can't read this kind of file. WAV, MP3 and M4A work everywhere.");
    assertEquals(OpenAudioActivity.class.getName(), remedy.getComponent().getClassName());
    assertEquals(List.of(), app.fileQueue().jobs());
  }

  @Test
  public void noModel() throws Exception {
    Intent remedy =
        failure(
            golden(0),
            FileProblem.NO_MODEL,
            "There is no model yet. Add one to write down speech.");
    assertEquals(MainActivity.class.getName(), remedy.getComponent().getClassName());
    assertEquals("MODELS", remedy.getStringExtra(MainActivity.EXTRA_PLACE));
    Demo.install(app);
    MainActivity back = filesTab().get();
    assertEquals("It was stopped before its end.", text(row(back), R.id.file_state));
    row(back).findViewById(R.id.file_action).performClick();
    serve();
    waitForAll();
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
  }

  @Test
  public void aFullDisk() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeepAudio(true);
    share(send(golden(0)));
    fullPhone().go();
    waitForAll();
    assertEquals(FileProblem.NO_SPACE, only().problem());
    MainActivity activity = filesTab().get();
    assertEquals(
        "There isn't enough free space to write this recording down.",
        text(row(activity), R.id.file_state));
    row(activity).findViewById(R.id.file_action).performClick();
    assertEquals(
        Settings.ACTION_INTERNAL_STORAGE_SETTINGS,
        shadowOf(activity).getNextStartedActivity().getAction());
    assertEquals(List.of(), app.history().search("", 10));
    assertEquals(0, app.getFilesDir().listFiles((folder, name) -> name.endsWith("pcm")).length);
  }

  @Test
  public void hotwordsThatTheModelCannotSpellAreLeftOut() throws Exception {
    Demo.install(app);
    new Preferences(app).setHotwordLines("말귀");
    share(send(golden(0)));
    serve();
    waitForAll();
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
  }

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
    Notification now = shown.getNotification(shadow.getLastForegroundNotificationId());
    assertEquals("hours.wav", now.extras.getString(Notification.EXTRA_TEXT));
    assertTrue(now.extras.getInt(Notification.EXTRA_PROGRESS) > 0);
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
  public void silenceIsNoSpeech() throws Exception {
    Demo.install(app);
    share(send(recorder.offer("quiet.wav", LongWav.silence(temporary.newFile(), 3))));
    serve();
    waitForAll();
    assertEquals("No speech was heard in it.", text(row(filesTab().get()), R.id.file_state));
    assertEquals(List.of(), app.history().search("", 10));
  }

  @Test
  public void aFullDiskWhileCopying() throws Exception {
    Demo.install(app);
    addPipe();
    fullPhone().go();
    waitForAll();
    assertEquals(FileProblem.NO_SPACE, only().problem());
    assertEquals(0, copies().length);
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

  @Test
  public void heldWhenTheTimeIsUpAndGoesOnWhereItWas() throws Exception {
    Demo.install(app);
    share(send(hours(12)));
    ServiceController<FileService> service = serve();
    ActivityController<MainActivity> screen = filesTab();
    waitForShare(0.02);
    service.get().onTimeout(1, 1);
    Wait.until("the work stands still", FilesTest::standsStill);
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
  public void theQueueSurvivesTheProcess() throws Exception {
    Uri uri = golden(0);
    share(send(uri));
    app.fileQueue().addFailed("other", Uri.parse("content://x/y"), FileProblem.NO_SOUND, "why");
    FileQueue next = new FileQueue(app);
    assertEquals(Job.State.PAUSED, next.jobs().get(0).state());
    assertEquals("clip0.wav", next.jobs().get(0).name());
    next.file(next.jobs().get(0)); // can be opened again
    next.release(next.jobs().get(0));
    assertEquals(FileProblem.NO_SOUND, next.jobs().get(1).problem());
    assertEquals("why", next.jobs().get(1).detail());

    recorder.offer("clip0.wav", null);
    FileQueue last = new FileQueue(app);
    assertEquals(
        FileProblem.GONE,
        assertThrows(FileProblemException.class, () -> last.file(last.jobs().get(0))).problem());
    Files.write(app.getFilesDir().toPath().resolve("queue.json"), "[{".getBytes(UTF_8));
    assertEquals(List.of(), new FileQueue(app).jobs());
  }

  /** As after the end of a process that was at work on a recording: what it left is read. */
  @Test
  public void whatADeadProcessWorkedOutIsNotWorkedOutAgain() throws Exception {
    Demo.install(app);
    File wav = speech(120);
    Uri uri = recorder.offer("speech.wav", wav);
    app.fileQueue().add("speech.wav", uri, FileQueue.open(app.getContentResolver(), uri, "it"));
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
    ByteArrayOutputStream wav = new ByteArrayOutputStream();
    PcmWav.write(file("speech.pcm", clips.toByteArray()), wav);
    return file("speech.wav", wav.toByteArray());
  }

  /** Two hours of sound: what memory there is in use must not grow with it. */
  /** Two counts of what is alive while the work stands still, most of an hour of sound apart. */
  @Test
  public void whatWasReadOfHoursIsNotKept() throws Exception {
    Demo.install(app);
    share(send(hours(2)));
    serve();
    waitForShare(0.2);
    hold();
    double share = only().share();
    long before = Census.bytesOfNumbers();
    app.fileWork().go();
    waitForShare(share + 0.4);
    hold();
    long sound = Math.round((only().share() - share) * 2 * 3600 * 32_000);
    long grown = Census.bytesOfNumbers() - before;
    assertTrue(grown + " bytes more after " + sound + " of sound", grown < sound / 10);
    app.fileWork().go();
    waitForAll();
    assertEquals(Job.State.DONE, only().state());
  }

  /** Pauses the work and waits until it stands still, between two blocks. */
  private void hold() throws Exception {
    app.fileWork().pause();
    Wait.until("the work stands still", FilesTest::standsStill);
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
    app.fileQueue().add("clip.wav", golden(0), null);
    app.fileQueue().pauseAll();
    List<File> left =
        List.of(
            new File(app.getCacheDir(), "copy-" + only().id()),
            new File(app.getFilesDir(), "sound-" + only().id() + ".pcm"));
    for (File file : left) {
      assertTrue(file.createNewFile());
    }
    app.fileWork().cancel(only());
    for (File file : left) {
      assertFalse(file.getName(), file.exists());
    }
  }

  @Test
  public void aSlowAppHoldsUpNoOne() throws Exception {
    Uri uri = golden(0);
    app.fileQueue().add("clip0.wav", uri, null);
    FileQueue next = new FileQueue(app);
    Job job = next.jobs().get(0);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answers = new CountDownLatch(1);
    recorder.beforeOpening(
        () -> {
          asked.countDown();
          answers.await();
          return null;
        });
    CompletableFuture<ParcelFileDescriptor> file =
        CompletableFuture.supplyAsync(() -> open(next, job));
    assertTrue(asked.await(60, SECONDS));
    CompletableFuture<List<Job>> jobs = CompletableFuture.supplyAsync(next::jobs);
    try {
      assertEquals(List.of(job), jobs.get(60, SECONDS));
    } finally {
      answers.countDown();
    }
    file.get(60, SECONDS);
    next.release(job);
  }

  private static ParcelFileDescriptor open(FileQueue queue, Job job) {
    try {
      return queue.file(job);
    } catch (FileProblemException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  public void soundIsKeptOnlyWithTheHistory() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeepAudio(true);
    new Preferences(app).setKeepHistory(false);
    share(send(golden(0)));
    serve();
    waitForAll();
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
    assertNull(app.history().audio(only().entry()));
  }

  @Test
  public void whatWasDoneEarlierIsNotSaidAgain() throws Exception {
    Demo.install(app);
    app.fileQueue().add("earlier.wav", golden(1), null);
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
