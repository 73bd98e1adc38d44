package org.malgwi.app.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.robolectric.Shadows.shadowOf;

import android.content.ClipData;
import android.content.Intent;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.Settings;
import android.view.View;
import android.widget.Button;
import android.widget.TextView;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.history.Entry;
import org.malgwi.app.history.TranscriptActivity;
import org.malgwi.app.preferences.Preferences;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;

/** From another app's recording to the text in the history and on the screen. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class FilesTest extends SharedRecordings {
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

  @Test
  @Config(sdk = {34, 35, 36})
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
    Wait.until("there is no more work", () -> shadowOf(service.get()).isStoppedBySelf());
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
  public void whichChannelWasHeardIsKept() throws Exception {
    Demo.install(app);
    share(send(recorder.offer("call.wav", file("call.wav", besideSilence(Demo.goldenWav(0))))));
    serve();
    waitForAll();
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
    assertEquals(1, app.history().channel(only().entry()));
  }

  /** The same samples as the second channel of two. */
  private static byte[] besideSilence(byte[] mono) {
    ByteBuffer in = ByteBuffer.wrap(mono).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer both =
        ByteBuffer.allocate(2 * mono.length - 44).order(ByteOrder.LITTLE_ENDIAN).put(mono, 0, 44);
    both.putInt(4, both.capacity() - 8).putInt(40, both.capacity() - 44);
    both.putShort(22, (short) 2).putInt(28, 64_000).putShort(32, (short) 4);
    for (int at = 44; at < mono.length; at += 2) {
      both.putShort((short) 0).putShort(in.getShort(at));
    }
    return both.array();
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
    File file = file("pipe", Demo.goldenWav(0));
    ParcelFileDescriptor clip =
        ParcelFileDescriptor.open(file, ParcelFileDescriptor.MODE_READ_ONLY);
    app.fileQueue()
        .add(
            "pipe.wav",
            recorder.offer("pipe.wav", file),
            new ParcelFileDescriptor(clip) {
              @Override
              public long getStatSize() {
                return -1;
              }
            },
            false);
  }

  private String[] copies() {
    return app.getCacheDir().list((folder, name) -> name.startsWith("copy"));
  }

  @Test
  @Config(sdk = {34, 35, 36})
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
    app.fileQueue().change(only().id(), job -> job.in(Job.State.WAITING)); // there is room by now
    app.fileWork().go();
    waitForAll();
    assertEquals(only().detail(), Job.State.DONE, only().state());
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
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
}
