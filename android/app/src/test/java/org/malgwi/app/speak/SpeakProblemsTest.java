package org.malgwi.app.speak;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.content.Intent;
import android.net.Uri;
import android.provider.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.history.History;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.FullDisk;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.Pcm;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowAlertDialog;

@RunWith(RobolectricTestRunner.class)
public class SpeakProblemsTest extends OpenSpeakTab {
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
    stop();
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
  public void whatTheHistoryCannotTakeIsOfferedAgain() throws Exception {
    record(0.5);
    java.io.File obstacle = new java.io.File(context.getFilesDir(), "history");
    assertTrue(obstacle.createNewFile());
    stop();
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
}
