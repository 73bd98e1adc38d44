package org.malgwi.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.app.Activity;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.util.function.Consumer;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
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
