package org.malgwi.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Intent;
import android.os.Looper;
import android.widget.ListView;
import android.widget.PopupMenu;
import android.widget.TextView;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.history.Source;
import org.malgwi.app.history.Written;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.ModelActivity;
import org.malgwi.app.settings.SettingsActivity;
import org.malgwi.app.speak.Speech;
import org.malgwi.app.speak.SpeechStates;
import org.malgwi.app.ui.Place;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowAlertDialog;
import org.robolectric.shadows.ShadowPopupMenu;

/** A question that is open when the phone is turned is open afterwards, too. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-port-xxhdpi")
public class TurnedScreensTest {
  private final App app = (App) RuntimeEnvironment.getApplication();

  @After
  public void letGo() {
    app.history().close();
    FakeMicrophone.forget();
  }

  private static ActivityController<MainActivity> main(Place place) {
    return Robolectric.buildActivity(
            MainActivity.class, new Intent().putExtra(MainActivity.EXTRA_PLACE, place.name()))
        .setup();
  }

  /** Turns the phone, and gives the dialog that is open then. */
  private static AlertDialog turned(ActivityController<?> controller) {
    AlertDialog before = ShadowAlertDialog.getLatestAlertDialog();
    assertTrue(before.isShowing());
    RuntimeEnvironment.setQualifiers("w914dp-h411dp-land-xxhdpi");
    controller.recreate();
    shadowOf(Looper.getMainLooper()).idle();
    assertFalse("it went with its window", before.isShowing());
    AlertDialog after = ShadowAlertDialog.getLatestAlertDialog();
    assertTrue(after.isShowing());
    return after;
  }

  private static void choose(Activity activity, int button, int item) {
    activity.findViewById(button).performClick();
    PopupMenu menu = ShadowPopupMenu.getLatestPopupMenu();
    assertTrue(
        shadowOf(menu).getOnMenuItemClickListener().onMenuItemClick(menu.getMenu().findItem(item)));
  }

  @Test
  public void howSeveralAreShared() throws Exception {
    Written.add(app, Source.SPEECH, "", "by milk", false);
    Written.add(app, Source.SPEECH, "", "on my way", false);
    ActivityController<MainActivity> main = main(Place.HISTORY);
    ListView list = main.get().findViewById(R.id.history_list);
    Wait.until("the list", () -> list.getCount() == 3);
    choose(main.get(), R.id.history_more, R.id.history_choose);
    for (int row = 1; row <= 2; row++) {
      list.performItemClick(null, row, list.getItemIdAtPosition(row));
    }
    main.get().findViewById(R.id.history_share).performClick();
    AlertDialog dialog = turned(main);
    shadowOf(dialog).clickOnItem(0);
    Wait.until("it is shared", () -> shadowOf(main.get()).peekNextStartedActivity() != null);
    Intent send =
        shadowOf(main.get())
            .getNextStartedActivity()
            .getParcelableExtra(Intent.EXTRA_INTENT, Intent.class);
    String text = send.getStringExtra(Intent.EXTRA_TEXT);
    assertTrue(text, text.contains("by milk") && text.contains("on my way"));
  }

  @Test
  public void whetherARecordingIsDeleted() throws Exception {
    Demo.install(app);
    FakeMicrophone.allow();
    ActivityController<MainActivity> main = main(Place.SPEAK);
    Wait.until("the model", () -> app.speech().phase() == Speech.Phase.READY);
    new SpeechStates(app).found(192);
    main.pause().resume();
    main.get().findViewById(R.id.speak_action).performClick();
    AlertDialog dialog = turned(main);
    assertEquals(Speech.Phase.FOUND, app.speech().phase());
    dialog.getButton(AlertDialog.BUTTON_POSITIVE).performClick();
    shadowOf(Looper.getMainLooper()).idle();
    assertTrue(app.speech().phase() != Speech.Phase.FOUND);
  }

  @Test
  public void whetherAModelIsDeleted() throws Exception {
    Demo.install(app);
    String id = BundleStore.of(app).current().id();
    ActivityController<ModelActivity> screen =
        Robolectric.buildActivity(ModelActivity.class, ModelActivity.intent(app, id)).setup();
    screen.get().findViewById(R.id.model_delete).performClick();
    AlertDialog dialog = turned(screen);
    assertEquals(
        app.getString(R.string.model_delete_question, "demo"),
        shadowOf(dialog).getMessage().toString());
  }

  @Test
  public void whatASettingIsToBe() throws Exception {
    ActivityController<SettingsActivity> screen =
        Robolectric.buildActivity(SettingsActivity.class).setup();
    screen.get().findViewById(R.id.settings_pause).performClick();
    AlertDialog dialog = turned(screen);
    shadowOf(dialog).clickOnItem(3);
    assertEquals(
        app.getResources().getStringArray(R.array.settings_pauses)[3],
        screen.get().<TextView>findViewById(R.id.settings_pause_value).getText().toString());
  }
}
