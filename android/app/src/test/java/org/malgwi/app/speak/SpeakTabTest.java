package org.malgwi.app.speak;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.Intent;
import android.widget.TextView;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
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
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Lease;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.ui.Typed;
import org.malgwi.core.Pcm;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowAlertDialog;

@RunWith(RobolectricTestRunner.class)
public class SpeakTabTest extends OpenSpeakTab {
  @Test
  @Config(sdk = {34, 35, 36})
  public void aClipBecomesItsText() throws Exception {
    record(0.5);
    assertTrue(find(R.id.speak_button).getRootView().findViewById(R.id.speak_live).isShown());
    Wait.until("words", () -> !speech().text().text().isEmpty());
    assertEquals(speech().text().text(), text(R.id.speak_live));
    stop();
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
  public void theChipNamesTheModelAndLeadsToTheOthers() throws Exception {
    open();
    assertFalse("first the microphone", find(R.id.speak_model).isShown());
    FakeMicrophone.allow();
    openReady();
    assertEquals("demo · English", text(R.id.speak_model));
    assertNull("made when there is a text", find(R.id.speak_actions));
    assertEquals(
        "Model: demo · English", find(R.id.speak_model).getContentDescription().toString());
    tap(R.id.speak_model);
    Intent opened = shadowOf(controller.get()).getNextStartedActivity();
    assertEquals("MODELS", opened.getStringExtra(MainActivity.EXTRA_PLACE));
  }

  @Test
  public void anotherModelWritesAnotherText() throws Exception {
    installed = Demo.install(context, Demo.altered());
    record(0);
    stop();
    assertNotEquals(clip.text(), speech().result().text());
  }

  @Test
  public void aPauseEndsIt() throws Exception {
    new Preferences(context).setPauseMs(1_000);
    FakeMicrophone.allow();
    FakeMicrophone.says(clip.pcm(), 20);
    openReady();
    tap(R.id.speak_button);
    assertEquals(Speech.Phase.RECORDING, speech().phase());
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
    stop();
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
    stop();
    assertEquals(clip.text(), speech().result().text());
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
    stop();
    assertEquals(Demo.heard(speech().result().pcm()), speech().result().text());
  }
}
