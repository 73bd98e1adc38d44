package org.malgwi.app.settings;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Activity;
import android.app.AlertDialog;
import android.app.Application;
import android.content.ClipboardManager;
import android.content.Context;
import android.content.Intent;
import android.graphics.Rect;
import android.os.Bundle;
import android.os.Looper;
import android.provider.Settings;
import android.view.View;
import android.view.inputmethod.InputMethodInfo;
import android.view.inputmethod.InputMethodManager;
import android.widget.CompoundButton;
import android.widget.ListView;
import android.widget.TextView;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.dictate.VoiceKeyboard;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;

@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(qualifiers = "w411dp-h914dp-xxhdpi")
public class SettingsTest {
  private final Application context = RuntimeEnvironment.getApplication();
  private final Preferences preferences = new Preferences(context);

  private static String text(Activity activity, int id) {
    return ((TextView) activity.findViewById(id)).getText().toString();
  }

  private static void choose(Activity activity, int row, int which) {
    activity.findViewById(row).performClick();
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    ListView list = dialog.getListView();
    list.performItemClick(null, which, which);
    assertFalse(dialog.isShowing());
  }

  @Test
  public void whatIsSetIsKept() throws Exception {
    ActivityController<SettingsActivity> controller =
        Robolectric.buildActivity(SettingsActivity.class).setup();
    SettingsActivity activity = controller.get();
    assertEquals("3 seconds", text(activity, R.id.settings_pause_value));
    choose(activity, R.id.settings_pause, 4);
    assertEquals(0, preferences.pauseMs());
    assertEquals("Only when I tap Stop", text(activity, R.id.settings_pause_value));
    choose(activity, R.id.settings_threads, 2);
    assertEquals(2, preferences.threads());
    toggle(activity, R.id.settings_audio);
    toggle(activity, R.id.settings_starts);
    toggle(activity, R.id.settings_returns);
    toggle(activity, R.id.settings_any_language);
    assertTrue(preferences.keepAudio());
    assertFalse(preferences.keyboardStarts());
    assertTrue(preferences.keyboardReturns());
    assertTrue(preferences.anyLanguage());
    toggle(activity, R.id.settings_history);
    assertFalse(preferences.keepHistory());
    assertFalse(
        "sound is kept with its text only", activity.findViewById(R.id.settings_audio).isEnabled());
    ((TextView) activity.findViewById(R.id.settings_hotwords)).setText("말귀\n\n Seoul Station \n");
    controller.recreate();
    assertEquals("말귀\n\n Seoul Station \n", text(controller.get(), R.id.settings_hotwords));
    controller.pause();
    assertEquals(List.of("말귀", "Seoul Station"), preferences.hotwords());
    assertEquals(List.of("말귀", "Seoul Station"), new Preferences(context).hotwords());
  }

  private static ActivityController<SettingsActivity> screen() {
    return Robolectric.buildActivity(SettingsActivity.class).setup();
  }

  /** The phone's keyboard settings open another one, beside the one that the app has open. */
  @Test
  public void anOlderScreenKeepsTheHotwordsOfANewerOne() {
    preferences.setHotwordLines("Han");
    ActivityController<SettingsActivity> older = screen();
    Bundle state = new Bundle();
    older.pause().stop().saveInstanceState(state);
    ActivityController<SettingsActivity> newer = screen();
    ((TextView) newer.get().findViewById(R.id.settings_hotwords)).setText("Han\n말귀");
    newer.pause().stop().destroy();
    older.restart().start().resume();
    assertEquals("Han\n말귀", text(older.get(), R.id.settings_hotwords));
    older.pause().stop().destroy();
    assertEquals(List.of("Han", "말귀"), preferences.hotwords());
    // The process ended meanwhile: what the system has kept of the screen is older, too.
    ActivityController<SettingsActivity> again =
        Robolectric.buildActivity(SettingsActivity.class).setup(state);
    assertEquals("Han\n말귀", text(again.get(), R.id.settings_hotwords));
    again.pause();
    assertEquals(List.of("Han", "말귀"), preferences.hotwords());
  }

  private static void toggle(Activity activity, int id) {
    ((CompoundButton) activity.findViewById(id)).toggle();
  }

  @Test
  public void theModelIsChosenAmongTheModels() throws Exception {
    SettingsActivity activity = Robolectric.buildActivity(SettingsActivity.class).setup().get();
    Wait.until("a name", () -> text(activity, R.id.settings_model_value).equals("None yet"));
    activity.findViewById(R.id.settings_model).performClick();
    Intent opened = shadowOf(activity).getNextStartedActivity();
    assertEquals("MODELS", opened.getStringExtra(org.malgwi.app.MainActivity.EXTRA_PLACE));
  }

  private static String unspellable(Activity activity) {
    View mark = activity.findViewById(R.id.settings_hotwords_unspellable);
    return mark.isShown() ? ((TextView) mark).getText().toString() : "";
  }

  private static void waitFor(String mark, Activity activity) throws Exception {
    Wait.until(mark, () -> unspellable(activity).equals(mark));
  }

  private static void write(Activity activity, String hotwords) {
    ((TextView) activity.findViewById(R.id.settings_hotwords)).setText(hotwords);
  }

  /** A word that the demo's model was trained on. */
  private static String known() throws Exception {
    return Demo.golden(0).text().split(" ", -1)[0];
  }

  @Test
  public void hotwordsThatTheModelCannotSpellAreMarked() throws Exception {
    preferences.setHotwordLines(known() + "\n東京\n");
    ActivityController<SettingsActivity> controller =
        Robolectric.buildActivity(SettingsActivity.class).setup();
    SettingsActivity activity = controller.get();
    Wait.until("a name", () -> text(activity, R.id.settings_model_value).equals("None yet"));
    write(activity, known() + "\n東京"); // without a model nothing is wrong with it
    Installed installed = Demo.install(context);
    assertEquals("", unspellable(activity));
    controller.pause().resume();
    waitFor("This model has no letter for: 東京", activity);
    write(activity, "東京\n" + known() + "\n\n " + known() + " 漢 \n");
    waitFor("This model has no letter for: 東京, " + known() + " 漢", activity);
    write(activity, known());
    waitFor("", activity);
    write(activity, "漢");
    waitFor("This model has no letter for: 漢", activity);
    controller.recreate();
    waitFor("This model has no letter for: 漢", controller.get());
    BundleStore.of(context).delete(installed.id());
    controller.pause().resume();
    waitFor("", controller.get());
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-xxhdpi", fontScale = 2f)
  public void hotwordsAreMarkedInKorean() throws Exception {
    Demo.install(context);
    preferences.setHotwordLines(known() + "\n東京\n漢字");
    SettingsActivity activity = Robolectric.buildActivity(SettingsActivity.class).setup().get();
    waitFor("이 모델에 없는 글자가 든 말: 東京, 漢字", activity);
    View mark = activity.findViewById(R.id.settings_hotwords_unspellable);
    shadowOf(Looper.getMainLooper()).idle();
    mark.requestRectangleOnScreen(new Rect(0, 0, mark.getWidth(), mark.getHeight()), true);
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(activity, "settings-hotwords-ko-2.0");
  }

  private static View row(Activity activity, int row, int id) {
    return activity.findViewById(row).findViewById(id);
  }

  private static String sentence(Activity activity, int row) {
    return ((TextView) row(activity, row, R.id.setup_sentence)).getText().toString();
  }

  @Test
  public void theChecklistSaysWhatIsMissingAndOpensIt() throws Exception {
    ActivityController<SetupActivity> controller =
        Robolectric.buildActivity(SetupActivity.class).setup();
    SetupActivity activity = controller.get();
    assertEquals(
        "Malgwi can't listen until you allow the microphone.",
        sentence(activity, R.id.setup_microphone));
    row(activity, R.id.setup_microphone, R.id.setup_action).performClick();
    assertEquals(
        Manifest.permission.RECORD_AUDIO,
        shadowOf(activity).getLastRequestedPermission().requestedPermissions[0]);
    FakeMicrophone.allow();
    controller.pause().resume();
    assertEquals(
        "Malgwi may listen while you ask it to.", sentence(activity, R.id.setup_microphone));
    assertEquals(
        View.GONE, row(activity, R.id.setup_microphone, R.id.setup_action).getVisibility());
    drain(activity);
    row(activity, R.id.setup_keyboard, R.id.setup_action).performClick();
    assertEquals(
        Settings.ACTION_INPUT_METHOD_SETTINGS,
        shadowOf(activity).getNextStartedActivity().getAction());
    row(activity, R.id.setup_recogniser, R.id.setup_action).performClick();
    assertEquals(
        Settings.ACTION_VOICE_INPUT_SETTINGS,
        shadowOf(activity).getNextStartedActivity().getAction());
    activity.findViewById(R.id.setup_adb_copy).performClick();
    assertEquals(
        "adb shell settings put secure voice_recognition_service"
            + " org.malgwi.app/org.malgwi.app.dictate.MalgwiRecognitionService",
        context
            .getSystemService(ClipboardManager.class)
            .getPrimaryClip()
            .getItemAt(0)
            .getText()
            .toString());
    Settings.Secure.putString(
        context.getContentResolver(),
        "voice_recognition_service",
        "org.malgwi.app/org.malgwi.app.dictate.MalgwiRecognitionService");
    controller.pause().resume();
    assertEquals(
        "Apps that ask the phone to recognise speech get Malgwi.",
        sentence(activity, R.id.setup_recogniser));
    assertEquals(View.GONE, activity.findViewById(R.id.setup_adb_card).getVisibility());
  }

  private static void drain(Activity activity) {
    while (shadowOf(activity).getNextStartedActivity() != null) {}
  }

  @Test
  public void theChecklistNamesTheModelOrLeadsToOne() throws Exception {
    SetupActivity none = Robolectric.buildActivity(SetupActivity.class).setup().get();
    Wait.until("it is known", () -> none.findViewById(R.id.setup_model).isShown());
    assertEquals(
        "There is no model yet. Add one to write down speech.", sentence(none, R.id.setup_model));
    row(none, R.id.setup_model, R.id.setup_action).performClick();
    Intent opened = shadowOf(none).getNextStartedActivity();
    assertEquals("MODELS", opened.getStringExtra(org.malgwi.app.MainActivity.EXTRA_PLACE));
    Demo.install(context);
    SetupActivity one = Robolectric.buildActivity(SetupActivity.class).setup().get();
    Wait.until("it is known", () -> one.findViewById(R.id.setup_model).isShown());
    assertEquals("“demo” is in use.", sentence(one, R.id.setup_model));
    assertEquals(View.GONE, row(one, R.id.setup_model, R.id.setup_action).getVisibility());
  }

  private static void keyboard(Context context, boolean selected) {
    InputMethodInfo ours =
        new InputMethodInfo(
            context.getPackageName(), VoiceKeyboard.class.getName(), "Malgwi", null);
    shadowOf(context.getSystemService(InputMethodManager.class))
        .setEnabledInputMethodInfoList(List.of(ours));
    Settings.Secure.putString(
        context.getContentResolver(),
        Settings.Secure.DEFAULT_INPUT_METHOD,
        selected ? ours.getId() : "org.example/.Keyboard");
  }

  @Test
  public void theKeyboardIsTriedAtTheEnd() throws Exception {
    ActivityController<SetupActivity> controller =
        Robolectric.buildActivity(SetupActivity.class).setup();
    SetupActivity activity = controller.get();
    View choose = activity.findViewById(R.id.setup_try_choose);
    assertEquals(
        "Once the voice keyboard is on, you can try it here.",
        text(activity, R.id.setup_try_sentence));
    assertFalse(choose.isShown());
    keyboard(context, false);
    controller.pause().resume();
    assertEquals(
        "Choose the Malgwi voice keyboard, then tap the field and speak.",
        text(activity, R.id.setup_try_sentence));
    assertTrue(choose.isShown());
    keyboard(context, true);
    activity.onWindowFocusChanged(true); // the list of keyboards is gone again
    assertEquals("Tap the field and speak.", text(activity, R.id.setup_try_sentence));
    assertFalse(choose.isShown());
    shadowOf(Looper.getMainLooper()).idle(); // lays it out
    Shots.take(activity, "setup-try");
    activity.<TextView>findViewById(R.id.setup_try_field).setText("hello");
    controller.recreate();
    assertEquals("hello", text(controller.get(), R.id.setup_try_field));
    controller.get().findViewById(R.id.setup_finish).performClick();
    assertTrue(controller.get().isFinishing());
  }

  @Test
  public void refusedForEverTheChecklistOpensTheAppsSettings() throws Exception {
    preferences.setMicrophoneAsked();
    SetupActivity activity = Robolectric.buildActivity(SetupActivity.class).setup().get();
    row(activity, R.id.setup_microphone, R.id.setup_action).performClick();
    assertEquals(
        Settings.ACTION_APPLICATION_DETAILS_SETTINGS,
        shadowOf(activity).getNextStartedActivity().getAction());
  }

  @Test
  public void pictures() throws Exception {
    shots("");
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-night-xxhdpi")
  public void picturesInKoreanAtNight() throws Exception {
    shots("-ko-night");
  }

  @Test
  @Config(qualifiers = "w411dp-h914dp-xxhdpi", fontScale = 2f)
  public void picturesInLargeType() throws Exception {
    shots("-2.0");
  }

  @Test
  @Config(qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void picturesInLandscape() throws Exception {
    shots("-land");
  }

  @Test
  public void theLicencesAreShown() throws Exception {
    AboutActivity about = Robolectric.buildActivity(AboutActivity.class).setup().get();
    ListView list = about.findViewById(R.id.about_list);
    Wait.until("licences", () -> list.getCount() > 1);
    assertEquals("=== Malgwi, LICENSE ===", list.getItemAtPosition(1));
    assertTrue(((String) list.getItemAtPosition(2)).startsWith("Apache License"));
  }

  private static void shots(String kind) throws Exception {
    SettingsActivity settings = Robolectric.buildActivity(SettingsActivity.class).setup().get();
    Wait.until("a model", () -> !text(settings, R.id.settings_model_value).isEmpty());
    Shots.take(settings, "settings" + kind);
    SetupActivity setup = Robolectric.buildActivity(SetupActivity.class).setup().get();
    Wait.until("a model", () -> setup.findViewById(R.id.setup_model).isShown());
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(setup, "setup" + kind);
    AboutActivity about = Robolectric.buildActivity(AboutActivity.class).setup().get();
    ListView list = about.findViewById(R.id.about_list);
    Wait.until("licences", () -> list.getCount() > 1);
    Shots.take(about, "about" + kind);
  }
}
