package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.content.ClipboardManager;
import android.content.Intent;
import android.provider.Settings;
import android.text.InputType;
import android.view.inputmethod.EditorInfo;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Crashed;
import org.malgwi.app.models.Installed;
import org.malgwi.app.models.ModelActivity;
import org.malgwi.app.preferences.Preferences;
import org.robolectric.RobolectricTestRunner;

@RunWith(RobolectricTestRunner.class)
public class KeyboardProblemsTest extends OpenKeyboard {
  @Test
  public void passwordsAreRefused() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeyboardStarts(true);
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    int[] types = {
      InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_VARIATION_PASSWORD,
      InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD,
      InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_VARIATION_WEB_PASSWORD,
      InputType.TYPE_CLASS_NUMBER | InputType.TYPE_NUMBER_VARIATION_PASSWORD,
    };
    for (int type : types) {
      EditorInfo info = new EditorInfo();
      info.inputType = type;
      enter(info);
      assertEquals("Passwords aren't for speaking aloud: Malgwi doesn't listen here.", says());
      assertFalse(panel.findViewById(R.id.speak).isEnabled());
      keyboard.speak();
      assertTrue(idle());
    }
    shot("keyboard-password");
    assertTrue(isAction(R.string.keyboard_back));
    tap(R.id.action);
    assertEquals(1, ShadowSwitching.switched);
    assertEquals(0, said.samples());
  }

  @Test
  public void aFieldThatBecomesAPasswordEndsIt() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    EditorInfo password = text();
    password.inputType |= InputType.TYPE_TEXT_VARIATION_PASSWORD;
    system.restartInput(field, password);
    assertTrue(idle());
    Wait.until("nobody records", FakeMicrophone::nobodyRecords);
    assertEquals("", field.text());
    enter(text());
    assertFalse("a password may have been spoken", isAction(R.string.keyboard_insert));
  }

  @Test
  public void theMissingPermissionIsAskedFor() throws Exception {
    Demo.install(app);
    shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
    new Preferences(app).setKeyboardStarts(true);
    enter(text());
    assertEquals(app.getString(R.string.problem_microphone_not_allowed), says());
    assertFalse(panel.findViewById(R.id.speak).isEnabled());
    shot("keyboard-permission");
    assertTrue(isAction(R.string.problem_allow));
    tap(R.id.action);
    Intent opened = shadowOf(app).getNextStartedActivity();
    assertEquals(PermissionActivity.class.getName(), opened.getComponent().getClassName());
    assertTrue((opened.getFlags() & Intent.FLAG_ACTIVITY_NEW_TASK) != 0);
  }

  @Test
  public void withoutAModelItSaysWhereToGetOne() throws Exception {
    enter(text());
    FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("it is over", this::idle);
    assertEquals(app.getString(R.string.problem_no_model), says());
    assertTrue(isAction(R.string.problem_open_models));
    tap(R.id.action);
    Intent opened = shadowOf(app).getNextStartedActivity();
    assertEquals(MainActivity.class.getName(), opened.getComponent().getClassName());
    assertEquals("MODELS", opened.getStringExtra(MainActivity.EXTRA_PLACE));
  }

  @Test
  public void whoUsesOnlyTheKeyboardHearsOfACrash() throws Exception {
    Installed crashed = Crashed.before(app);
    new Preferences(app).setKeyboardStarts(true);
    enter(text());
    assertTrue("nothing writes over it", idle());
    assertEquals(app.getString(R.string.crash_notice_once, crashed.name()), says());
    shot("keyboard-crashed");
    tap(R.id.action);
    Intent opened = shadowOf(app).getNextStartedActivity();
    assertEquals(ModelActivity.class.getName(), opened.getComponent().getClassName());
    FakeMicrophone.says(new short[0], 1);
    enter(text());
    assertFalse("said once", idle());
    tap(R.id.discard);
  }

  @Test
  public void aBlockedMicrophoneIsSaidWithItsRemedy() throws Exception {
    Demo.install(app);
    enter(text());
    FakeMicrophone.saysZeros(3);
    tap(R.id.speak);
    Wait.until("blocked", () -> isAction(R.string.problem_open_privacy));
    assertEquals(app.getString(R.string.problem_microphone_blocked), says());
    tap(R.id.action);
    assertEquals(
        Settings.ACTION_PRIVACY_SETTINGS, shadowOf(app).getNextStartedActivity().getAction());
    tap(R.id.discard);
  }

  @Test
  public void nothingHeardIsSaid() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(new short[0], 20);
    tap(R.id.speak);
    Wait.until("it is over", this::idle);
    assertEquals("Nothing was heard. Tap the button and try again.", says());
    assertEquals("", field.text());
    assertEquals(List.of(), history());
  }

  @Test
  public void aTextThatTheFieldRefusesCanBeCopied() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    field.refuses = true;
    dictate();
    assertEquals(clip.text(), shows(R.id.text));
    assertEquals("The field didn't take the text. Copy it and paste it.", says());
    tap(R.id.action);
    ClipboardManager clipboard = app.getSystemService(ClipboardManager.class);
    assertEquals(clip.text(), clipboard.getPrimaryClip().getItemAt(0).getText().toString());
  }
}
