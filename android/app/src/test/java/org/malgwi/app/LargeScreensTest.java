package org.malgwi.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.content.Intent;
import android.graphics.Rect;
import android.os.Looper;
import android.view.View;
import android.view.ViewGroup;
import android.widget.EditText;
import android.widget.ListView;
import android.widget.TextView;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.history.Source;
import org.malgwi.app.history.TranscriptActivity;
import org.malgwi.app.history.Written;
import org.malgwi.app.settings.SettingsActivity;
import org.malgwi.app.settings.SetupActivity;
import org.malgwi.app.speak.Speech;
import org.malgwi.app.speak.SpeechStates;
import org.malgwi.app.ui.Place;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/**
 * Tablets, unfolded phones and windows of any size: their room is used, and resizing loses nothing.
 */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = LargeScreensTest.PHONE)
public class LargeScreensTest {
  static final String PHONE = "w411dp-h914dp-port-mdpi";
  static final String TABLET = "w1280dp-h800dp-land-mdpi";

  /** Of a line of text, in pixels, of which each is a dp here. */
  private static final int WIDEST = 640;

  private static final String TALK =
      "the small boat drifted under the old stone bridge while we talked about the weather";

  private final App app = (App) RuntimeEnvironment.getApplication();

  @Before
  public void install() throws Exception {
    Demo.install(app);
    FakeMicrophone.allow();
    Written.add(app, Source.FILE, "Interview 3.m4a", TALK + " " + TALK, true);
    Written.add(app, Source.KEYBOARD, "", "on my way", false);
    Written.add(app, Source.SPEECH, "", TALK, true);
  }

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

  private static int rows(Activity activity) {
    return activity.<ListView>findViewById(R.id.history_list).getCount();
  }

  private static Rect place(View view) {
    Rect place = new Rect();
    assertTrue(view.getGlobalVisibleRect(place));
    return place;
  }

  /** The bar's places: one below the other at the side, or side by side at the bottom. */
  private static boolean isRail(Activity activity) {
    shadowOf(Looper.getMainLooper()).idle();
    ViewGroup bar = activity.findViewById(R.id.tabs);
    Rect content = place(activity.findViewById(R.id.content));
    for (int i = 0; i < bar.getChildCount(); i++) {
      Rect one = place(bar.getChildAt(i));
      assertTrue(one + " is cut", one.height() == bar.getChildAt(i).getHeight());
      assertTrue(one + "", one.width() >= 48 && one.height() >= 48);
      assertFalse(one + " covers " + content, Rect.intersects(one, content));
    }
    Rect first = place(bar.getChildAt(0));
    Rect last = place(bar.getChildAt(3));
    assertTrue(first.left == last.left || first.top == last.top);
    return first.left == last.left;
  }

  private void narrow(View text) {
    assertTrue(text.getWidth() + "", text.getWidth() > 200 && text.getWidth() <= WIDEST);
  }

  private void pictures(String size) throws Exception {
    ActivityController<MainActivity> speak = main(Place.SPEAK);
    Wait.until("the model", () -> app.speech().phase() == Speech.Phase.READY);
    new SpeechStates(app).done(TALK, false);
    speak.pause().resume();
    assertTrue(isRail(speak.get()));
    narrow(speak.get().findViewById(R.id.speak_transcript));
    Shots.take(speak.get(), "large-speak-" + size);
    MainActivity history = main(Place.HISTORY).get();
    Wait.until("the list", () -> rows(history) > 3);
    assertTrue(isRail(history));
    narrow(history.findViewById(R.id.history_list));
    Shots.take(history, "large-history-" + size);
    long id = app.history().search("interview", 1).get(0).id();
    Activity transcript =
        Robolectric.buildActivity(TranscriptActivity.class, TranscriptActivity.intent(app, id))
            .setup()
            .get();
    Wait.until("it", () -> transcript.findViewById(R.id.transcript_reading).isShown());
    narrow(transcript.findViewById(R.id.transcript_text));
    Shots.take(transcript, "large-transcript-" + size);
    Activity settings = Robolectric.buildActivity(SettingsActivity.class).setup().get();
    narrow(settings.findViewById(R.id.settings_hotwords));
    Activity setup = Robolectric.buildActivity(SetupActivity.class).setup().get();
    Wait.until("the model", () -> setup.findViewById(R.id.setup_model).isShown());
    shadowOf(Looper.getMainLooper()).idle();
    narrow(setup.findViewById(R.id.setup_try));
    Shots.take(setup, "large-setup-" + size);
  }

  @Test
  @Config(qualifiers = "w600dp-h960dp-port-mdpi")
  public void smallTablet() throws Exception {
    pictures("600x960");
  }

  @Test
  @Config(qualifiers = "w960dp-h600dp-land-mdpi")
  public void smallTabletOnItsSide() throws Exception {
    pictures("960x600");
  }

  @Test
  @Config(
      sdk = {35, 36},
      qualifiers = TABLET)
  public void largeTablet() throws Exception {
    pictures("1280x800");
  }

  /** Of a phone on its side, with the largest type. */
  @Test
  @Config(qualifiers = "w640dp-h320dp-land-mdpi", fontScale = 2f)
  public void theRailFitsTheLowestWindow() throws Exception {
    MainActivity activity = main(Place.FILES).get();
    assertTrue(isRail(activity));
  }

  @Test
  public void aNarrowWindowKeepsTheBarBelow() {
    assertFalse(isRail(main(Place.FILES).get()));
  }

  private static void resize(ActivityController<?> controller, String to) {
    RuntimeEnvironment.setQualifiers(to);
    controller.recreate();
    shadowOf(Looper.getMainLooper()).idle();
  }

  @Test
  public void resizingKeepsThePlaceTheSearchAndWhatIsChosen() throws Exception {
    ActivityController<MainActivity> main = main(Place.HISTORY);
    Wait.until("the list", () -> rows(main.get()) > 3);
    main.get().<EditText>findViewById(R.id.history_search).setText("boat");
    Wait.until("two are found", () -> rows(main.get()) == 3); // and a date
    ListView list = main.get().findViewById(R.id.history_list);
    list.setSelection(0);
    shadowOf(Looper.getMainLooper()).idle();
    list.getOnItemLongClickListener().onItemLongClick(list, null, 1, list.getItemIdAtPosition(1));
    String chosen = chosen(main.get());
    assertEquals("1 chosen", chosen);
    resize(main, TABLET);
    assertTrue(isRail(main.get()));
    Wait.until("the list", () -> rows(main.get()) == 3);
    assertEquals(
        "boat", main.get().<EditText>findViewById(R.id.history_search).getText().toString());
    assertEquals(chosen, chosen(main.get()));
    resize(main, PHONE);
    assertFalse(isRail(main.get()));
    assertEquals(chosen, chosen(main.get()));
    assertTrue(main.get().findViewById(R.id.history_delete).isShown());
  }

  private static String chosen(Activity activity) {
    return activity.<TextView>findViewById(R.id.history_chosen_count).getText().toString();
  }

  @Test
  public void resizingKeepsWhatIsBeingWritten() throws Exception {
    long id = app.history().search("interview", 1).get(0).id();
    ActivityController<TranscriptActivity> screen =
        Robolectric.buildActivity(TranscriptActivity.class, TranscriptActivity.intent(app, id))
            .setup();
    Wait.until("it", () -> screen.get().findViewById(R.id.transcript_reading).isShown());
    screen.get().findViewById(R.id.transcript_edit).performClick();
    screen.get().<EditText>findViewById(R.id.transcript_editor).setText("The small boat");
    resize(screen, TABLET);
    Wait.until("it", () -> screen.get().findViewById(R.id.transcript_editor).isShown());
    assertEquals(
        "The small boat",
        screen.get().<EditText>findViewById(R.id.transcript_editor).getText().toString());
  }

  @Test
  public void resizingKeepsTheTextThatIsBeingChanged() throws Exception {
    ActivityController<MainActivity> main = main(Place.SPEAK);
    Wait.until("the model", () -> app.speech().phase() == Speech.Phase.READY);
    new SpeechStates(app).done(TALK, false);
    main.pause().resume();
    main.get().findViewById(R.id.speak_change).performClick();
    main.get().<EditText>findViewById(R.id.speak_edit).setText("by hand");
    resize(main, TABLET);
    assertTrue(main.get().findViewById(R.id.speak_edit).isShown());
    assertEquals(
        "by hand", main.get().<EditText>findViewById(R.id.speak_edit).getText().toString());
  }
}
