package org.malgwi.app.settings;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.Application;
import android.app.StatusBarManager;
import android.content.ComponentName;
import android.graphics.drawable.Icon;
import android.provider.Settings;
import android.view.View;
import android.widget.ImageView;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.dictate.SpeakTile;
import org.malgwi.app.preferences.Preferences;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;

/** What is done and what is to do; the tile. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi", shadows = SetupTest.ShadowTiles.class)
public class SetupTest {
  private final Application app = RuntimeEnvironment.getApplication();

  /** The system, which asks the user. */
  @Implements(StatusBarManager.class)
  public static class ShadowTiles {
    private static final List<ComponentName> ASKED = new ArrayList<>();
    private static int answer;

    @Implementation
    protected void requestAddTileService(
        ComponentName tile,
        CharSequence label,
        Icon icon,
        Executor executor,
        Consumer<Integer> answered) {
      ASKED.add(tile);
      executor.execute(() -> answered.accept(answer));
    }
  }

  @Before
  public void nobodyWasAsked() {
    ShadowTiles.ASKED.clear();
  }

  private static View part(Activity activity, int row, int id) {
    return activity.findViewById(row).findViewById(id);
  }

  private static void checkMark(Activity activity, int row, String named, int icon) {
    ImageView mark = (ImageView) part(activity, row, R.id.setup_mark);
    assertEquals(named, mark.getContentDescription().toString());
    assertEquals(icon, shadowOf(mark.getDrawable()).getCreatedFromResId());
  }

  @Test
  public void whatIsToDoIsNoWarning() throws Exception {
    FakeMicrophone.allow();
    SetupActivity activity = Robolectric.buildActivity(SetupActivity.class).setup().get();
    checkMark(activity, R.id.setup_microphone, "Done", R.drawable.ic_check);
    checkMark(activity, R.id.setup_keyboard, "To do", R.drawable.ic_todo);
    checkMark(activity, R.id.setup_tile, "To do", R.drawable.ic_todo);
    checkMark(activity, R.id.setup_recogniser, "To do", R.drawable.ic_todo);
  }

  private static String sentence(Activity activity) {
    return ((TextView) part(activity, R.id.setup_tile, R.id.setup_sentence)).getText().toString();
  }

  private static View button(Activity activity) {
    return part(activity, R.id.setup_tile, R.id.setup_action);
  }

  @Test
  @Config(sdk = {34, 35})
  public void theTileIsOffered() {
    ActivityController<SetupActivity> screen =
        Robolectric.buildActivity(SetupActivity.class).setup();
    SetupActivity activity = screen.get();
    assertTrue(sentence(activity), sentence(activity).startsWith("With it you swipe down"));
    ShadowTiles.answer = StatusBarManager.TILE_ADD_REQUEST_RESULT_TILE_NOT_ADDED;
    button(activity).performClick();
    shadowOf(app.getMainLooper()).idle();
    assertEquals(List.of(new ComponentName(app, SpeakTile.class)), ShadowTiles.ASKED);
    // The system may never ask again: how it is done without it.
    assertTrue(sentence(activity), sentence(activity).contains("tap the pencil"));
    assertFalse(button(activity).isShown());
    screen.recreate();
    activity = screen.get();
    ShadowTiles.answer = StatusBarManager.TILE_ADD_REQUEST_RESULT_TILE_ADDED;
    button(activity).performClick();
    shadowOf(app.getMainLooper()).idle();
    assertTrue(sentence(activity), sentence(activity).startsWith("It is there"));
    assertFalse(button(activity).isShown());
    checkMark(activity, R.id.setup_tile, "Done", R.drawable.ic_check);
    // It was taken away in the panel.
    Robolectric.buildService(SpeakTile.class).create().get().onTileRemoved();
    screen.pause().resume();
    assertTrue(button(activity).isShown());
    assertFalse(new Preferences(app).tileAdded());
  }

  @Test
  public void aTileThatIsThereIsKnown() {
    SpeakTile tile = Robolectric.buildService(SpeakTile.class).create().get();
    tile.onTileAdded();
    assertTrue(new Preferences(app).tileAdded());
    tile.onTileRemoved();
    tile.onStartListening(); // of an earlier version of this app
    SetupActivity activity = Robolectric.buildActivity(SetupActivity.class).setup().get();
    assertTrue(sentence(activity), sentence(activity).startsWith("It is there"));
  }

  /** Whoever looks for Malgwi behind these keys doesn't find it. */
  @Test
  public void whichKeysLeadToTheKeyboardIsSaid() {
    String yes = app.getString(R.string.setup_keyboard_yes);
    assertTrue(yes, yes.contains("not those of Gboard and Samsung Keyboard"));
  }

  private void picture(String name) throws Exception {
    FakeMicrophone.allow();
    Settings.Secure.putString(
        app.getContentResolver(),
        "voice_recognition_service",
        "org.malgwi.app/org.malgwi.app.dictate.MalgwiRecognitionService");
    Shots.take(Robolectric.buildActivity(SetupActivity.class).setup().get(), "setup-half" + name);
  }

  @Test
  public void picture() throws Exception {
    picture("");
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-night-xxhdpi")
  public void pictureInKoreanAtNight() throws Exception {
    picture("-ko-night");
  }
}
