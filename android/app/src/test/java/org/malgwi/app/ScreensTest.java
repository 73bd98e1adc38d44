package org.malgwi.app;

import static org.junit.Assert.assertEquals;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.Application;
import android.content.Intent;
import android.graphics.Insets;
import android.os.Looper;
import android.text.Layout;
import android.view.View;
import android.view.ViewGroup;
import android.view.WindowInsets;
import android.widget.AdapterView;
import android.widget.EditText;
import android.widget.ListView;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.backup.BackupActivity;
import org.malgwi.app.selftest.SelfTestActivity;
import org.malgwi.app.settings.AboutActivity;
import org.malgwi.app.settings.SettingsActivity;
import org.malgwi.app.settings.SetupActivity;
import org.malgwi.app.speak.Speech;
import org.malgwi.app.ui.Place;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/** What every screen must obey, whatever it shows. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
public class ScreensTest {
  /** Of the bars that Android 15 draws over an app, in pixels: 24 dp and 48 dp. */
  private static final int STATUS_BAR = 72;

  private static final int NAVIGATION_BAR = 144;

  private final Application app = RuntimeEnvironment.getApplication();
  private final List<String> wrong = new ArrayList<>();

  private void checkAll(String shots) throws Exception {
    Demo.install(app);
    for (Place place : Place.values()) {
      Intent intent =
          new Intent(app, MainActivity.class).putExtra(MainActivity.EXTRA_PLACE, place.name());
      Activity activity = Robolectric.buildActivity(MainActivity.class, intent).setup().get();
      Wait.until(place.name(), () -> isThere(activity, place));
      check(activity, "main-" + place.name().toLowerCase(java.util.Locale.ROOT), shots);
    }
    check(SettingsActivity.class, "settings", shots, ScreensTest::namesItsModel);
    check(
        SetupActivity.class,
        "setup",
        shots,
        screen -> screen.findViewById(R.id.setup_model).isShown());
    check(
        BackupActivity.class,
        "backup",
        shots,
        screen -> screen.<TextView>findViewById(R.id.backup_facts).getText().length() > 0);
    check(
        AboutActivity.class,
        "about",
        shots,
        screen -> screen.<ListView>findViewById(R.id.about_list).getCount() > 1);
    check(
        SelfTestActivity.class,
        "self_test",
        shots,
        screen -> screen.findViewById(R.id.selftest_before).isShown());
    assertEquals(List.of(), wrong);
  }

  /** Whether a place shows what it read from the disk. */
  private static boolean isThere(Activity activity, Place place) {
    return switch (place) {
      case SPEAK -> ((App) activity.getApplication()).speech().phase() == Speech.Phase.READY;
      case FILES -> activity.findViewById(R.id.files_empty).isShown();
      case HISTORY -> activity.findViewById(R.id.history_empty).isShown();
      case MODELS -> activity.<ViewGroup>findViewById(R.id.models_list).getChildCount() > 0;
    };
  }

  private static boolean namesItsModel(Activity settings) {
    return settings.<TextView>findViewById(R.id.settings_model_value).getText().length() > 0;
  }

  /** Checks a screen as soon as it shows what it read from the disk. */
  private void check(
      Class<? extends Activity> screen, String name, String shots, Predicate<Activity> isThere)
      throws Exception {
    Activity activity = Robolectric.buildActivity(screen).setup().get();
    Wait.until(name, () -> isThere.test(activity));
    check(activity, name, shots);
  }

  private void check(Activity activity, String name, String shots) throws Exception {
    View decor = activity.getWindow().getDecorView();
    decor.dispatchApplyWindowInsets(
        new WindowInsets.Builder()
            .setInsets(WindowInsets.Type.statusBars(), Insets.of(0, STATUS_BAR, 0, 0))
            .setInsets(WindowInsets.Type.navigationBars(), Insets.of(0, 0, 0, NAVIGATION_BAR))
            .build());
    shadowOf(Looper.getMainLooper()).idle(); // lays it out
    walk(decor, name, decor.getHeight());
    if (shots != null) {
      Shots.take(activity, "all-" + name + "-" + shots);
    }
    activity.finish();
  }

  private void walk(View view, String screen, int height) {
    if (view.getVisibility() != View.VISIBLE || view.getWidth() == 0) {
      return;
    }
    String where = screen + ": " + name(view);
    int[] place = new int[2];
    view.getLocationInWindow(place);
    if (view.isClickable() && !(view instanceof AdapterView)) {
      checkTarget(view, where);
    }
    if (view instanceof TextView text && !text.getText().toString().isEmpty()) {
      if (place[1] + text.getTotalPaddingTop() < STATUS_BAR) {
        wrong.add(where + " \"" + text.getText() + "\" lies under the status bar");
      }
      checkWhole(text, where);
    }
    if (view instanceof ViewGroup group) {
      for (int i = 0; i < group.getChildCount(); i++) {
        walk(group.getChildAt(i), screen, height);
      }
    }
  }

  private void checkTarget(View view, String where) {
    float dp = app.getResources().getDisplayMetrics().density;
    if (view.getWidth() < 48 * dp - 1 || view.getHeight() < 48 * dp - 1) {
      wrong.add(
          where
              + " is "
              + view.getWidth() / dp
              + " x "
              + view.getHeight() / dp
              + " dp; expected 48 x 48");
    }
    if (!saysWhatItIs(view)) {
      wrong.add(where + " can be tapped and has no name for screen readers");
    }
  }

  private static boolean saysWhatItIs(View view) {
    if (view.getContentDescription() != null
        || view instanceof EditText
        || (view instanceof TextView text && text.getText().length() > 0)) {
      return true;
    }
    if (view instanceof ViewGroup group) {
      for (int i = 0; i < group.getChildCount(); i++) {
        if (saysWhatItIs(group.getChildAt(i))) {
          return true;
        }
      }
    }
    return false;
  }

  /** No text is cut off at a side or at the bottom, and none is shortened. */
  private void checkWhole(TextView text, String where) {
    Layout layout = text.getLayout();
    if (layout == null || text instanceof EditText) {
      return;
    }
    View parent = (View) text.getParent();
    if (text.getLeft() < 0 || text.getRight() > parent.getWidth()) {
      wrong.add(
          where + " \"" + text.getText() + "\" is wider than its place, " + parent.getWidth());
    }
    int room = text.getHeight() - text.getTotalPaddingTop() - text.getTotalPaddingBottom();
    if (layout.getHeight() > room + 1) {
      wrong.add(where + " \"" + text.getText() + "\" is cut: " + layout.getHeight() + " > " + room);
    }
    for (int line = 0; line < layout.getLineCount(); line++) {
      if (layout.getEllipsisCount(line) > 0) {
        wrong.add(where + " \"" + text.getText() + "\" is shortened");
      }
    }
  }

  private static String name(View view) {
    // Ids that the platform made, as for labels of other views, have no package and no name.
    boolean named = view.getId() != View.NO_ID && view.getId() >>> 24 != 0;
    String id = named ? " " + view.getResources().getResourceEntryName(view.getId()) : "";
    return view.getClass().getSimpleName() + id;
  }

  @Test
  @Config(
      sdk = {34, 35, 36},
      qualifiers = "w411dp-h914dp-xxhdpi")
  public void screens() throws Exception {
    checkAll(null);
  }

  @Test
  @Config(sdk = 35, qualifiers = "ko-rKR-w411dp-h914dp-night-xxhdpi", fontScale = 2f)
  public void koreanWithLargeText() throws Exception {
    checkAll("ko-night-2.0");
  }

  @Test
  @Config(sdk = 35, qualifiers = "w360dp-h640dp-xxhdpi", fontScale = 2f)
  public void smallPhoneWithLargeText() throws Exception {
    checkAll("small-2.0");
  }

  @Test
  @Config(sdk = 35, qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void landscape() throws Exception {
    checkAll("land");
  }

  @Test
  @Config(sdk = 35, qualifiers = "ar-rEG-ldrtl-w411dp-h914dp-xxhdpi")
  public void rightToLeft() throws Exception {
    checkAll("rtl");
    Activity settings = Robolectric.buildActivity(SettingsActivity.class).setup().get();
    for (int id : new int[] {R.id.title, R.id.settings_pause_value, R.id.settings_audio}) {
      TextView text = settings.findViewById(id);
      Layout lines = text.getLayout();
      assertEquals(
          text.getText() + " ends at the right", lines.getWidth(), lines.getLineRight(0), 1);
    }
  }
}
