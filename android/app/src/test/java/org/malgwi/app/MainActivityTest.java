package org.malgwi.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.content.Intent;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.util.function.Consumer;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.settings.SetupActivity;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(qualifiers = "w411dp-h914dp-xxhdpi")
public class MainActivityTest {
  private static String title(MainActivity activity) {
    return activity.<TextView>findViewById(R.id.title).getText().toString();
  }

  @Test
  public void theBottomBarChangesTheTab() throws Exception {
    MainActivity activity = Robolectric.buildActivity(MainActivity.class).setup().get();
    assertEquals("Speak", title(activity));
    View history = activity.<LinearLayout>findViewById(R.id.tabs).getChildAt(2);
    history.performClick();
    assertEquals("History", title(activity));
    assertTrue(history.isSelected());
    Shots.take(activity, "main");
  }

  @Test
  public void theFirstStartLeadsThroughTheSetup() {
    Intent launch = new Intent(Intent.ACTION_MAIN).addCategory(Intent.CATEGORY_LAUNCHER);
    ActivityController<MainActivity> first =
        Robolectric.buildActivity(MainActivity.class, launch).setup();
    assertEquals(
        SetupActivity.class.getName(),
        shadowOf(first.get()).getNextStartedActivity().getComponent().getClassName());
    first.recreate();
    assertNull("once", shadowOf(first.get()).getNextStartedActivity());
    MainActivity second = Robolectric.buildActivity(MainActivity.class, launch).setup().get();
    assertNull("and no more", shadowOf(second).getNextStartedActivity());
  }

  @Test
  public void noSetupForWhoHasUsedItBeforeOrComesFromElsewhere() {
    Intent launch = new Intent(Intent.ACTION_MAIN).addCategory(Intent.CATEGORY_LAUNCHER);
    MainActivity tile = Robolectric.buildActivity(MainActivity.class).setup().get();
    assertNull("another screen leads here", shadowOf(tile).getNextStartedActivity());
    new Preferences(RuntimeEnvironment.getApplication()).setMicrophoneAsked();
    MainActivity updated = Robolectric.buildActivity(MainActivity.class, launch).setup().get();
    assertNull(shadowOf(updated).getNextStartedActivity());
  }

  /**
   * Not on 14, which keeps no callback of an app whose manifest doesn't ask for them: Robolectric
   * doesn't read that word, which tests/test_app.py finds in the APK.
   */
  @Test
  @Config(sdk = {35, 36})
  public void backReachesSpeakBeforeItLeaves() {
    checkBack(MainActivityTest::back);
  }

  /** What Android 8 to 12 call. */
  @Test
  @SuppressWarnings("deprecation")
  public void theKeyOfOlderPhonesDoes() {
    checkBack(Activity::onBackPressed);
  }

  private static void checkBack(Consumer<Activity> back) {
    MainActivity activity = Robolectric.buildActivity(MainActivity.class).setup().get();
    activity.<LinearLayout>findViewById(R.id.tabs).getChildAt(1).performClick();
    activity.<LinearLayout>findViewById(R.id.tabs).getChildAt(2).performClick();
    back.accept(activity);
    assertEquals("Speak", title(activity));
    assertFalse(activity.isFinishing());
    back.accept(activity);
    assertTrue(activity.isFinishing());
  }

  /** What the system does for a press or a swipe: the last callback that is there is run. */
  private static void back(Activity activity) {
    activity
        .getWindow()
        .getDecorView()
        .getViewRootImpl()
        .getOnBackInvokedDispatcher()
        .getTopCallback()
        .onBackInvoked();
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-night-xxhdpi", fontScale = 2f)
  public void korean() throws Exception {
    MainActivity activity = Robolectric.buildActivity(MainActivity.class).setup().get();
    assertEquals("말하기", title(activity));
    Shots.take(activity, "main-ko-night-2.0");
  }
}
