package org.malgwi.app.speak;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Activity;
import android.app.Application;
import android.content.ClipboardManager;
import android.content.Intent;
import android.net.Uri;
import android.provider.Settings;
import android.view.MenuItem;
import android.view.View;
import android.widget.PopupMenu;
import android.widget.TextView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.history.Entry;
import org.malgwi.app.history.History;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.FullDisk;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.models.Lease;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.ui.Typed;
import org.malgwi.core.Pcm;
import org.malgwi.core.Subtitles;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowAlertDialog;
import org.robolectric.shadows.ShadowPopupMenu;

@RunWith(RobolectricTestRunner.class)
@Config(qualifiers = "w411dp-h914dp-xxhdpi")
public class SpeakTabTest {
  private final Application context = RuntimeEnvironment.getApplication();
  private Installed installed;
  private Demo.Clip clip;
  private ActivityController<MainActivity> controller;
  private ServiceController<RecordingService> service;

  @Before
  public void install() throws Exception {
    installed = Demo.install(context);
    clip = Demo.golden(0);
  }

  @After
  public void end() throws Exception {
    FakeMicrophone.forget();
    if (speech().phase() == Speech.Phase.RECORDING) {
      speech().cancel();
      Wait.until("cancelled", () -> speech().phase() != Speech.Phase.RECORDING);
    }
    Engine.of(context).acquire(installed).get().close();
  }

  private Speech speech() {
    return Speech.of(context);
  }

  private void open() throws Exception {
    controller = Robolectric.buildActivity(MainActivity.class).setup();
  }

  private void openReady() throws Exception {
    open();
    Wait.until("ready", () -> speech().phase() == Speech.Phase.READY);
  }

  private View find(int id) {
    return controller.get().findViewById(id);
  }

  private String text(int id) {
    return ((TextView) find(id)).getText().toString();
  }

  private void tap(int id) {
    View view = find(id);
    assertTrue("visible", view.isShown());
    assertTrue("enabled", view.isEnabled());
    view.performClick();
    runService();
  }

  /** Runs the service that was asked for, as the system would. */
  private void runService() {
    Intent asked;
    while ((asked = shadowOf(context).getNextStartedService()) != null) {
      if (service == null) {
        service = Robolectric.buildService(RecordingService.class).create();
      }
      service.get().onStartCommand(asked, 0, 1);
    }
  }

  private String message() {
    return find(R.id.speak_message).isShown() ? text(R.id.message_sentence) : null;
  }

  private String status() {
    return text(R.id.speak_status);
  }

  private void assertProblem(Problem problem) {
    assertEquals(context.getString(problem.sentence()), message());
    assertEquals(context.getString(problem.action()), text(R.id.message_action));
  }

  private void record(double thenQuiet) throws Exception {
    FakeMicrophone.allow();
    FakeMicrophone.Given given = FakeMicrophone.says(clip.pcm(), thenQuiet);
    openReady();
    tap(R.id.speak_button);
    assertEquals(Speech.Phase.RECORDING, speech().phase());
    Wait.until(
        "all is recorded",
        () -> {
          if (speech().phase() == Speech.Phase.FAILED) {
            throw new AssertionError(speech().problem().name(), speech().detail());
          }
          return given.samples() == clip.samples().length + (int) (16_000 * thenQuiet);
        });
  }

  @Test
  public void aClipBecomesItsText() throws Exception {
    record(0.5);
    assertTrue(find(R.id.speak_button).getRootView().findViewById(R.id.speak_live).isShown());
    Wait.until("words", () -> !speech().text().text().isEmpty());
    assertEquals(speech().text().text(), text(R.id.speak_live));
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(Demo.heard(speech().result().pcm()), speech().result().text());
    assertEquals(clip.samples().length + 8_000, speech().samples());
    assertTrue(find(R.id.speak_transcript).isShown());
    assertTrue(find(R.id.speak_actions).isShown());
    List<Entry> history = History.of(context).search("", 10);
    assertEquals(1, history.size());
    assertFalse("the sound isn't kept unless asked for", history.get(0).hasAudio());
    assertTrue("but its words can be played now", speech().result().pcm().isFile());
    tap(R.id.speak_other);
    assertEquals(Speech.Phase.PREPARING, speech().phase());
    Wait.until("ready", () -> speech().phase() == Speech.Phase.READY);
    String[] left = new java.io.File(context.getFilesDir(), "recordings").list();
    assertEquals(List.of(), List.of(left));
  }

  @Test
  public void anotherModelWritesAnotherText() throws Exception {
    installed = Demo.install(context, Demo.altered());
    record(0);
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertNotEquals(clip.text(), speech().result().text());
  }

  @Test
  public void aPauseEndsIt() throws Exception {
    new Preferences(context).setPauseMs(1_000);
    record(2.5);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(Demo.heard(speech().result().pcm()), speech().result().text());
  }

  @Test
  public void rotationAndBackLoseNoSample() throws Exception {
    new Preferences(context).setPauseMs(0); // until it is stopped
    FakeMicrophone.allow();
    openReady();
    FakeMicrophone.Given given = FakeMicrophone.says(clip.pcm(), 10);
    tap(R.id.speak_button);
    Wait.until("some is recorded", () -> speech().samples() > 0);
    controller.recreate();
    assertEquals(Speech.Phase.RECORDING, speech().phase());
    assertEquals("Stop", find(R.id.speak_button).getContentDescription().toString());
    controller.pause().stop().destroy();
    open();
    Wait.until("all is recorded", () -> given.samples() == clip.samples().length + 160_000);
    Wait.until("in the file", () -> speech().samples() == clip.samples().length + 160_000);
    assertEquals(Speech.Phase.RECORDING, speech().phase());
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    byte[] kept = Files.readAllBytes(speech().result().pcm().toPath());
    assertEquals(2L * (clip.samples().length + 160_000), kept.length);
    assertArrayEquals(
        Pcm.toBytes(clip.samples()), java.util.Arrays.copyOf(kept, 2 * clip.samples().length));
    try (Lease lease = Engine.of(context).acquire(installed).get()) {
      assertEquals(
          lease.recognizer().transcribe(Pcm.toFloats(kept, kept.length)).text(),
          speech().result().text());
    }
    controller.recreate();
    assertTrue(find(R.id.speak_transcript).isShown());
  }

  @Test
  public void whatADeadProcessLeftIsRecovered() throws Exception {
    record(0.5);
    // A process that dies leaves the file as it is, here half a sample longer.
    java.io.File folder = new java.io.File(context.getFilesDir(), "recordings");
    java.io.File pcm = folder.listFiles((where, name) -> name.endsWith(".pcm"))[0];
    Wait.until("in the file", () -> pcm.length() == 2L * (clip.samples().length + 8_000));
    byte[] bytes = Files.readAllBytes(pcm.toPath());
    speech().cancel();
    Wait.until("found", () -> speech().phase() == Speech.Phase.FOUND);
    Files.write(pcm.toPath(), java.util.Arrays.copyOf(bytes, bytes.length + 1));
    controller.pause().stop().destroy();
    // The next process.
    Speech next =
        new Speech(
            context,
            BundleStore.of(context),
            Engine.of(context),
            History.of(context),
            new Preferences(context));
    next.prepare();
    Wait.until("found again", () -> next.phase() == Speech.Phase.FOUND);
    open();
    assertEquals(
        "A recording of 0:0" + next.found().seconds() + " was never written down.", message());
    tap(R.id.message_action);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(Demo.heard(speech().result().pcm()), speech().result().text());
    assertEquals("Written down from the recording that was left", status());
    assertTrue(speech().result().recovered());
  }

  @Test
  public void whatWasFoundCanBeDeleted() throws Exception {
    record(0);
    speech().cancel();
    Wait.until("found", () -> speech().phase() == Speech.Phase.FOUND);
    tap(R.id.speak_action);
    ShadowAlertDialog.getLatestAlertDialog()
        .getButton(android.app.AlertDialog.BUTTON_POSITIVE)
        .performClick();
    Wait.until("ready", () -> speech().phase() == Speech.Phase.READY);
    String[] left = new java.io.File(context.getFilesDir(), "recordings").list();
    assertEquals(List.of(), List.of(left));
  }

  @Test
  public void pauseAndResume() throws Exception {
    record(0);
    tap(R.id.speak_other);
    assertEquals(Dictation.State.PAUSED, speech().state());
    Wait.until("said", () -> status().equals("Paused"));
    assertFalse("the screen may go dark", find(R.id.speak_button).getRootView().getKeepScreenOn());
    tap(R.id.speak_other);
    Wait.until("listening", () -> speech().state() == Dictation.State.LISTENING);
    Wait.until("said", () -> status().equals("Listening"));
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(clip.text(), speech().result().text());
  }

  @Test
  public void thePermissionIsAskedForAndFollowed() throws Exception {
    FakeMicrophone.says(clip.pcm(), 0);
    openReady();
    assertProblem(Problem.MICROPHONE_NOT_ALLOWED);
    tap(R.id.message_action);
    assertEquals(
        List.of(
            android.os.Build.VERSION.SDK_INT < 33
                ? new String[] {Manifest.permission.RECORD_AUDIO}
                : new String[] {
                  Manifest.permission.RECORD_AUDIO, Manifest.permission.POST_NOTIFICATIONS
                }),
        List.of(shadowOf(controller.get()).getLastRequestedPermission().requestedPermissions));
    controller.pause();
    FakeMicrophone.allow(); // and notifications are refused: that blocks nothing
    controller.resume();
    runService();
    assertEquals(Speech.Phase.RECORDING, speech().phase());
  }

  @Test
  public void refusedOnceItIsAskedForAgain() throws Exception {
    openReady();
    tap(R.id.message_action);
    shadowOf(context.getPackageManager())
        .setShouldShowRequestPermissionRationale(Manifest.permission.RECORD_AUDIO, true);
    controller.pause().resume();
    assertProblem(Problem.MICROPHONE_NOT_ALLOWED);
    assertEquals(Speech.Phase.READY, speech().phase());
    tap(R.id.message_action);
    assertEquals(
        Manifest.permission.RECORD_AUDIO,
        shadowOf(controller.get()).getLastRequestedPermission().requestedPermissions[0]);
  }

  @Test
  public void refusedForEverOnlyTheSettingsHelp() throws Exception {
    openReady();
    tap(R.id.message_action);
    controller.pause().resume();
    assertProblem(Problem.MICROPHONE_REFUSED);
    tap(R.id.message_action);
    Intent remedy = shadowOf(controller.get()).getNextStartedActivity();
    while (remedy.getAction().equals("android.content.pm.action.REQUEST_PERMISSIONS")) {
      remedy = shadowOf(controller.get()).getNextStartedActivity();
    }
    assertEquals(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, remedy.getAction());
    assertEquals(Uri.parse("package:org.malgwi.app"), remedy.getData());
  }

  @Test
  public void zerosAreABlockedMicrophone() throws Exception {
    FakeMicrophone.allow();
    FakeMicrophone.saysZeros(2);
    openReady();
    tap(R.id.speak_button);
    Wait.until("blocked", () -> speech().state() == Dictation.State.BLOCKED);
    Wait.until("said", () -> status().startsWith("The microphone is blocked"));
    assertEquals(context.getString(Problem.MICROPHONE_BLOCKED.sentence()), status());
    tap(R.id.speak_action);
    assertEquals(
        Settings.ACTION_PRIVACY_SETTINGS,
        shadowOf(controller.get()).getNextStartedActivity().getAction());
    assertEquals("it goes on", Speech.Phase.RECORDING, speech().phase());
  }

  @Test
  public void aLostMicrophoneKeepsTheSound() throws Exception {
    record(0);
    Wait.until("in the file", () -> speech().samples() == clip.samples().length);
    FakeMicrophone.fails(android.media.AudioRecord.ERROR_DEAD_OBJECT); // once is mended; it lasts
    Wait.until("failed", () -> speech().phase() == Speech.Phase.FAILED);
    assertProblem(Problem.MICROPHONE_LOST);
    tap(R.id.message_action);
    Wait.until("found", () -> speech().phase() == Speech.Phase.FOUND);
    tap(R.id.message_action);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(clip.text(), speech().result().text());
  }

  @Test
  @Config(shadows = FakeMicrophone.Contended.class)
  public void aMicrophoneThatAnotherAppHoldsIsTriedAgain() throws Exception {
    shadowOf(context.getPackageManager())
        .setSystemFeature(android.content.pm.PackageManager.FEATURE_MICROPHONE, true);
    FakeMicrophone.allow();
    FakeMicrophone.Given given = FakeMicrophone.says(clip.pcm(), 0.5);
    FakeMicrophone.Contended.hold(true);
    openReady();
    tap(R.id.speak_button);
    Wait.until("failed", () -> speech().phase() == Speech.Phase.FAILED);
    assertProblem(Problem.MICROPHONE_BUSY);
    assertEquals("Another app is using the microphone. Close it, then try again.", message());
    tap(R.id.message_action);
    Wait.until("failed again", () -> speech().phase() == Speech.Phase.FAILED);
    assertProblem(Problem.MICROPHONE_BUSY);
    assertEquals("nothing was heard", 0, given.samples());
    FakeMicrophone.Contended.hold(false);
    tap(R.id.message_action);
    assertEquals(Speech.Phase.RECORDING, speech().phase());
    assertNull("the problem has gone", message());
    Wait.until("all is recorded", () -> speech().samples() == clip.samples().length + 8_000);
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(Demo.heard(speech().result().pcm()), speech().result().text());
  }

  @Test
  public void whatFitsOnAFullDiskIsWrittenDown() throws Exception {
    int fits = 2 * clip.samples().length + 3_001; // the last sample fits by half
    FakeMicrophone.allow();
    FakeMicrophone.Given given = FakeMicrophone.says(clip.pcm(), 1);
    given.hold(true);
    openReady();
    tap(R.id.speak_button);
    assertEquals(Speech.Phase.RECORDING, speech().phase());
    FullDisk.after(speech(), fits);
    given.hold(false);
    Wait.until("failed", () -> speech().phase() == Speech.Phase.FAILED);
    assertProblem(Problem.STORAGE_FULL);
    assertEquals("The storage is full. What you said until then is kept.", message());
    tap(R.id.message_action);
    assertEquals(
        Settings.ACTION_INTERNAL_STORAGE_SETTINGS,
        shadowOf(controller.get()).getNextStartedActivity().getAction());
    Wait.until("found", () -> speech().phase() == Speech.Phase.FOUND);
    tap(R.id.message_action);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(fits / 2, speech().samples());
    byte[] kept = Files.readAllBytes(speech().result().pcm().toPath());
    assertArrayEquals(
        Pcm.toBytes(clip.samples()), java.util.Arrays.copyOf(kept, 2 * clip.samples().length));
    assertEquals(Demo.heard(speech().result().pcm()), speech().result().text());
  }

  @Test
  public void aModelThatCannotBeLoadedIsSaid() throws Exception {
    Path model = installed.folder().toPath().resolve("model.onnx");
    byte[] whole = Files.readAllBytes(model);
    Files.write(model, new byte[100]);
    FakeMicrophone.allow();
    open();
    Wait.until("failed", () -> speech().phase() == Speech.Phase.FAILED);
    assertProblem(Problem.MODEL_FAILED);
    assertEquals("The model couldn't be run. Check it, or choose another one.", message());
    tap(R.id.speak_action);
    String details = shadowOf(ShadowAlertDialog.getLatestAlertDialog()).getMessage().toString();
    assertTrue(details, details.contains("model.onnx"));
    tap(R.id.message_action);
    Intent remedy = shadowOf(controller.get()).getNextStartedActivity();
    assertEquals("MODELS", remedy.getStringExtra(MainActivity.EXTRA_PLACE));
    Wait.until("it still can't", () -> speech().phase() == Speech.Phase.FAILED);
    Files.write(model, whole);
    speech().dismiss();
    Wait.until("ready", () -> speech().phase() == Speech.Phase.READY);
    assertEquals(context.getString(R.string.speak_ready), message());
  }

  /**
   * The real model falls behind: the fake microphone gives sound as fast as it can be written,
   * which is faster than the model hears it, until the screen says so, and then nothing more.
   */
  @Test
  public void howFarItIsBehindIsSaidUntilItHasCaughtUp() throws Exception {
    new Preferences(context).setPauseMs(0); // until it is stopped
    FakeMicrophone.allow();
    openReady();
    FakeMicrophone.Given given = FakeMicrophone.says(clip.pcm(), 3_600);
    List<String> behind = new ArrayList<>();
    TextView status = (TextView) find(R.id.speak_status);
    status.addTextChangedListener(
        new Typed(
            () -> {
              if (status.getText().toString().contains("behind")) {
                given.hold(true);
                behind.add(status.getText().toString());
              }
            }));
    tap(R.id.speak_button);
    Wait.until("behind", () -> !behind.isEmpty());
    assertTrue(behind.get(0), behind.get(0).matches("[0-9]+ seconds behind what you say"));
    Wait.until("caught up", () -> status().equals("Listening"));
    assertEquals(Dictation.State.LISTENING, speech().state());
    assertEquals("no sound is left out for it", given.samples(), speech().samples());
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(Demo.heard(speech().result().pcm()), speech().result().text());
  }

  @Test
  public void withoutAModelItSaysWhereToGetOne() throws Exception {
    BundleStore.of(context).delete(installed.id());
    FakeMicrophone.allow();
    open();
    Wait.until("failed", () -> speech().phase() == Speech.Phase.FAILED);
    assertProblem(Problem.NO_MODEL);
    assertFalse(find(R.id.speak_button).isEnabled());
    tap(R.id.message_action);
    Intent remedy = shadowOf(controller.get()).getNextStartedActivity();
    assertEquals("MODELS", remedy.getStringExtra(MainActivity.EXTRA_PLACE));
    installed = Demo.install(context);
  }

  @Test
  public void aTextIsCorrected() throws Exception {
    record(0);
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    tap(R.id.speak_change);
    TextView edit = (TextView) find(R.id.speak_edit);
    assertEquals(clip.text(), edit.getText().toString());
    edit.setText("quite another text");
    controller.recreate();
    assertEquals("rotation loses nothing", "quite another text", text(R.id.speak_edit));
    tap(R.id.speak_edit_save);
    Wait.until("corrected", () -> speech().result().text().equals("quite another text"));
    assertEquals("quite another text", History.of(context).text(speech().result().entry()));
    assertNull(speech().draft());
  }

  @Test
  public void withoutHistoryTheTextIsOnlyOnTheScreen() throws Exception {
    new Preferences(context).setKeepHistory(false);
    record(0);
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(clip.text(), speech().result().text());
    assertEquals(0, History.of(context).search("", 10).size());
    assertTrue(speech().result().pcm().isFile());
    tap(R.id.speak_other);
    Wait.until("ready", () -> speech().phase() == Speech.Phase.READY);
    assertFalse(new java.io.File(context.getFilesDir(), "recordings").list().length > 0);
  }

  @Test
  public void theTextIsCopiedSharedAndSaved() throws Exception {
    record(0);
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);

    tap(R.id.speak_copy);
    ClipboardManager clipboard = context.getSystemService(ClipboardManager.class);
    assertEquals(clip.text(), clipboard.getPrimaryClip().getItemAt(0).getText().toString());

    tap(R.id.speak_share);
    choose(R.string.speak_as_text);
    Wait.until("shared", () -> shadowOf(controller.get()).peekNextStartedActivity() != null);
    Intent chooser = shadowOf(controller.get()).getNextStartedActivity();
    @SuppressWarnings("deprecation") // the newer call came with Android 13
    Intent shared = chooser.getParcelableExtra(Intent.EXTRA_INTENT);
    assertEquals(Intent.ACTION_SEND, shared.getAction());
    assertEquals(clip.text(), shared.getStringExtra(Intent.EXTRA_TEXT));

    tap(R.id.speak_save);
    choose(R.string.speak_as_srt);
    Intent create = shadowOf(controller.get()).getNextStartedActivityForResult().intent;
    assertEquals(Intent.ACTION_CREATE_DOCUMENT, create.getAction());
    assertEquals("malgwi.srt", create.getStringExtra(Intent.EXTRA_TITLE));
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    Uri place = Uri.parse("content://documents/1");
    shadowOf(context.getContentResolver()).registerOutputStream(place, written);
    shadowOf(controller.get())
        .receiveResult(create, Activity.RESULT_OK, new Intent().setData(place));
    String subtitles = Subtitles.srt(speech().result().words());
    Wait.until("saved", () -> written.toString(StandardCharsets.UTF_8).equals(subtitles));
    assertTrue(subtitles.startsWith("1\n00:00:0"));
  }

  private void choose(int label) {
    PopupMenu menu = ShadowPopupMenu.getLatestPopupMenu();
    for (int i = 0; i < menu.getMenu().size(); i++) {
      MenuItem item = menu.getMenu().getItem(i);
      if (context.getString(label).contentEquals(item.getTitle())) {
        shadowOf(menu).getOnMenuItemClickListener().onMenuItemClick(item);
        return;
      }
    }
    throw new AssertionError("no such item");
  }

  @Test
  public void whatTheHistoryCannotTakeIsOfferedAgain() throws Exception {
    record(0.5);
    java.io.File obstacle = new java.io.File(context.getFilesDir(), "history");
    assertTrue(obstacle.createNewFile());
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    String text = speech().result().text();
    assertEquals(Demo.heard(speech().result().pcm()), text);
    tap(R.id.speak_other);
    Wait.until("looked for", () -> speech().phase() != Speech.Phase.PREPARING);
    assertEquals(Speech.Phase.FOUND, speech().phase());
    assertTrue(obstacle.delete());
    tap(R.id.message_action);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    assertEquals(text, History.of(context).text(speech().result().entry()));
  }

  @Test
  public void aCorrectionThatCannotBeWrittenIsKeptAsADraft() throws Exception {
    record(0.5);
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
    History.of(context).trash(speech().result().entry()); // as good as a full disk
    tap(R.id.speak_change);
    ((TextView) find(R.id.speak_edit)).setText("by hand");
    tap(R.id.speak_edit_save);
    Wait.until("it is said", () -> speech().problem() != null);
    assertEquals(Speech.Phase.DONE, speech().phase());
    assertEquals("by hand", text(R.id.speak_edit));
    assertEquals(context.getString(R.string.transcript_not_written), status());
    History.of(context).restore(speech().result().entry());
    tap(R.id.speak_edit_save);
    Wait.until("kept", () -> speech().result().text().equals("by hand"));
    assertEquals("Written down", status());
    assertEquals("by hand", History.of(context).text(speech().result().entry()));
  }
}
