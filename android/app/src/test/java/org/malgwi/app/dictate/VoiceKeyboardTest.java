package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import android.os.Process;
import android.view.inputmethod.EditorInfo;
import java.io.File;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.history.Source;
import org.malgwi.app.preferences.Preferences;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
public class VoiceKeyboardTest extends OpenKeyboard {
  @Test
  @Config(sdk = {34, 35, 36})
  public void whatIsSaidGoesIntoTheFieldAndOutAgain() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    field.commitText("Please", 1);
    assertEquals("Tap the button and speak, or hold it while you speak.", says());
    shot("keyboard-ready");
    dictate();
    assertEquals("Please " + clip.text(), field.text());
    assertEquals("Inserted. Tap the button for more.", says());
    shot("keyboard-inserted");
    Wait.until("it is in the history", () -> history().size() == 1);
    assertEquals(Source.KEYBOARD, history().get(0).source());
    assertFalse("sound is kept only if the user says so", history().get(0).hasAudio());
    tap(R.id.undo);
    assertEquals("Please", field.text());
    assertEquals("Taken out again.", says());
    assertFalse(panel.findViewById(R.id.undo).isEnabled());
  }

  @Test
  public void soundOfAnEndedProcessIsDeleted() throws Exception {
    File left = new File(app.getCacheDir(), "keyboard-" + (Process.myPid() + 1) + "-1.pcm");
    File ours = new File(app.getCacheDir(), "keyboard-" + Process.myPid() + "-1.pcm");
    assertTrue(left.createNewFile() && ours.createNewFile());
    ServiceController<VoiceKeyboard> next = Robolectric.buildService(VoiceKeyboard.class).create();
    Wait.until("it is deleted", () -> !left.exists());
    assertTrue(ours.exists());
    next.destroy();
  }

  @Test
  public void aPauseEndsItToo() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    tap(R.id.speak);
    Wait.until("it is over", this::idle);
    assertEquals(FakeMicrophone.heardUntilAPause(clip.pcm()), field.text());
  }

  @Test
  public void anotherModelHearsAnotherText() throws Exception {
    Demo.install(app, Demo.altered());
    TextField field = enter(text());
    dictate();
    assertNotEquals(clip.text(), field.text());
    assertEquals(Demo.alter(clip.text()), field.text());
  }

  @Test
  public void undoLeavesAloneWhatWasChanged() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    dictate();
    field.commitText("s", 1);
    tap(R.id.undo);
    assertEquals(clip.text() + "s", field.text());
    assertEquals("The text was changed since then, so nothing was taken out.", says());
  }

  @Test
  public void whatWasDictatedOneAfterTheOtherIsTakenOutOneByOneOrAllAtOnce() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    dictate();
    tap(R.id.period);
    dictate();
    tap(R.id.question);
    String one = clip.text() + ".";
    assertEquals(one + " " + clip.text() + "?", field.text());
    tap(R.id.undo);
    assertEquals(one, field.text());
    assertTrue("the first one, too", panel.findViewById(R.id.undo).isEnabled());
    tap(R.id.undo);
    assertEquals("", field.text());
    assertFalse(panel.findViewById(R.id.undo).isEnabled());
    dictate();
    tap(R.id.comma);
    dictate();
    panel.findViewById(R.id.undo).performLongClick();
    assertEquals("", field.text());
    assertEquals("Taken out again.", says());
    assertFalse(panel.findViewById(R.id.undo).isEnabled());
  }

  @Test
  public void anotherFieldNeverGetsWhatWasSaidBefore() throws Exception {
    Demo.install(app);
    TextField first = enter(text());
    say();
    tap(R.id.speak); // the final text is on its way
    TextField second = enter(text());
    assertTrue(idle());
    Wait.until("nobody records", FakeMicrophone::nobodyRecords);
    dictate();
    assertEquals("", first.text());
    assertEquals(clip.text(), second.text());
    assertFalse(
        "the first field's undo is gone",
        enter(text()).text().equals(clip.text()) || panel.findViewById(R.id.undo).isEnabled());
  }

  @Test
  public void whatAnotherFieldCutOffIsOffered() throws Exception {
    Demo.install(app);
    TextField first = enter(text());
    say();
    TextField second = enter(text());
    assertTrue(idle());
    Wait.until("it is offered", () -> isAction(R.string.keyboard_insert));
    assertEquals("What you said last went into no field.", says());
    shot("keyboard-unplaced");
    Wait.until("it is in the history", () -> history().size() == 1);
    new Preferences(app).setKeyboardStarts(true);
    keyboard.onStartInputView(text(), false);
    assertTrue("nothing writes over the offer", idle());
    tap(R.id.action);
    assertEquals("", first.text());
    assertEquals(clip.text(), second.text());
    assertFalse(isAction(R.string.keyboard_insert));
    assertEquals("kept once", 1, history().size());
  }

  @Test
  public void aHiddenWindowEndsIt() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    say();
    keyboard.onWindowHidden();
    assertTrue(idle());
    Wait.until("nobody records", FakeMicrophone::nobodyRecords);
    assertEquals("", field.text());
  }

  @Test
  public void whatMustNotBeLearntIsNotKept() throws Exception {
    Demo.install(app);
    EditorInfo info = text();
    info.imeOptions = EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING;
    TextField field = enter(info);
    dictate();
    assertEquals(clip.text(), field.text());
    TextField other = enter(text());
    dictate();
    Wait.until("the other field's text is kept", () -> !history().isEmpty());
    assertEquals(1, history().size());
    assertEquals(clip.text(), other.text());
  }

  @Test
  public void theSoundIsKeptWhenTheUserSaysSo() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeepAudio(true);
    enter(text());
    dictate();
    Wait.until("it is in the history", () -> history().size() == 1);
    assertTrue(history().get(0).hasAudio());
    assertEquals(0, app.getCacheDir().list((folder, name) -> name.startsWith("keyboard-")).length);
  }

  @Test
  public void itStartsByItselfAndGivesWayIfTheUserWantsThat() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeyboardStarts(true);
    new Preferences(app).setKeyboardReturns(true);
    clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    TextField field = enter(text());
    assertFalse(idle());
    Wait.until("it is over", this::idle);
    assertEquals(FakeMicrophone.heardUntilAPause(clip.pcm()), field.text());
    assertEquals(1, ShadowSwitching.switched);
  }
}
