package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.ComponentName;
import android.content.Intent;
import android.content.IntentFilter;
import android.provider.Settings;
import android.view.inputmethod.InputMethodInfo;
import android.view.inputmethod.InputMethodManager;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.ui.Screens;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class ChosenTest {
  private final Application app = RuntimeEnvironment.getApplication();

  private void put(String key, String value) {
    Settings.Secure.putString(app.getContentResolver(), key, value);
  }

  @Test
  public void theRecogniserIsOursWhenTheSettingNamesIt() {
    assertEquals(Chosen.Answer.NO, Chosen.recogniser(app));
    put("voice_recognition_service", "com.example/.Recogniser");
    assertEquals(Chosen.Answer.NO, Chosen.recogniser(app));
    put("voice_recognition_service", "org.malgwi.app/.dictate.MalgwiRecognitionService");
    assertEquals(Chosen.Answer.YES, Chosen.recogniser(app));
    put("voice_recognition_service", "nonsense");
    assertEquals(Chosen.Answer.NO, Chosen.recogniser(app));
  }

  @Test
  public void theAdbLineIsWhatTheSettingThenHolds() {
    String line = Chosen.adbLine(app);
    assertEquals(
        "adb shell settings put secure voice_recognition_service"
            + " org.malgwi.app/org.malgwi.app.dictate.MalgwiRecognitionService",
        line);
    put("voice_recognition_service", line.substring(line.lastIndexOf(' ') + 1));
    assertEquals(Chosen.Answer.YES, Chosen.recogniser(app));
  }

  @Test
  public void theKeyboardIsTurnedOnAndThenChosen() {
    assertFalse(Chosen.keyboardEnabled(app));
    assertFalse(Chosen.keyboardSelected(app));
    shadowOf(app.getSystemService(InputMethodManager.class))
        .setEnabledInputMethodInfoList(
            List.of(
                new InputMethodInfo(
                    app.getPackageName(), VoiceKeyboard.class.getName(), "label", null)));
    assertTrue(Chosen.keyboardEnabled(app));
    put(Settings.Secure.DEFAULT_INPUT_METHOD, "com.example/.Keyboard");
    assertFalse(Chosen.keyboardSelected(app));
    put(
        Settings.Secure.DEFAULT_INPUT_METHOD,
        new ComponentName(app, VoiceKeyboard.class).flattenToShortString());
    assertTrue(Chosen.keyboardSelected(app));
  }

  @Test
  public void theFirstSettingsScreenThatThePhoneHasIsOpened() {
    shadowOf(app).checkActivities(true);
    assertFalse(Screens.openFirst(app, Chosen.recogniserSettings()));
    install(Settings.ACTION_SETTINGS);
    assertTrue(Screens.openFirst(app, Chosen.recogniserSettings()));
    assertEquals(Settings.ACTION_SETTINGS, shadowOf(app).getNextStartedActivity().getAction());
    install(Settings.ACTION_VOICE_INPUT_SETTINGS);
    assertTrue(Screens.openFirst(app, Chosen.recogniserSettings()));
    assertEquals(
        Settings.ACTION_VOICE_INPUT_SETTINGS, shadowOf(app).getNextStartedActivity().getAction());
  }

  private void install(String action) {
    ComponentName screen = new ComponentName("com.android.settings", action);
    shadowOf(app.getPackageManager()).addActivityIfNotPresent(screen);
    IntentFilter filter = new IntentFilter(action);
    filter.addCategory(Intent.CATEGORY_DEFAULT);
    shadowOf(app.getPackageManager()).addIntentFilterForActivity(screen, filter);
  }
}
