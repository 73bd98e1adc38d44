package org.malgwi.app.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Intent;
import android.graphics.Rect;
import android.net.Uri;
import android.os.Bundle;
import android.os.Looper;
import android.view.View;
import android.widget.EditText;
import android.widget.ListView;
import android.widget.PopupMenu;
import android.widget.TextView;
import java.io.ByteArrayOutputStream;
import java.io.File;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.ui.Place;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;
import org.robolectric.shadows.ShadowPopupMenu;

/** The list and the transcript that is open of it, side by side where there is room. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = TwoPanesTest.WIDE)
public class TwoPanesTest extends OpenHistory {
  static final String WIDE = "w840dp-h600dp-land-mdpi";
  private static final String NARROW = "w411dp-h914dp-port-mdpi";

  private long interview;
  private long note;

  private ActivityController<MainActivity> filled() throws Exception {
    Demo.install(app);
    interview = Written.add(app, Source.FILE, "Interview 3.m4a", TALK + " " + TALK, true);
    note = Written.add(app, Source.KEYBOARD, "", "on my way", false);
    Written.add(app, Source.SPEECH, "", "by milk and bred", true);
    return tab();
  }

  private static boolean isOpen(Activity main, String text) {
    View screen = main.findViewById(R.id.history_transcript);
    return screen.isShown()
        && main.findViewById(R.id.transcript_text).isShown()
        && paragraph(main, 0) != null
        && paragraph(main, 0).getText().toString().equals(text);
  }

  private static void open(Activity main, int index, String text) throws Exception {
    tap(main, index);
    Wait.until("it is open", () -> isOpenNow(main, text));
  }

  private static boolean isOpenNow(Activity main, String text) {
    ListView paragraphs = main.findViewById(R.id.transcript_text);
    return paragraphs.isShown() && paragraphs.getChildCount() > 0 && isOpen(main, text);
  }

  private static Rect place(View view) {
    Rect place = new Rect();
    assertTrue(view.getGlobalVisibleRect(place));
    return place;
  }

  /** Which rows of entries are marked. */
  private static String marked(Activity main) {
    shadowOf(Looper.getMainLooper()).idle();
    StringBuilder marked = new StringBuilder();
    for (int i = 0; i < rows(main); i++) {
      marked.append(row(main, i).isActivated() ? "x" : "-");
    }
    return marked.toString();
  }

  private static void choose(Activity activity, int menuButton, int item) {
    activity.findViewById(menuButton).performClick();
    PopupMenu menu = ShadowPopupMenu.getLatestPopupMenu();
    assertTrue(
        shadowOf(menu).getOnMenuItemClickListener().onMenuItemClick(menu.getMenu().findItem(item)));
  }

  /** From the menu of the transcript: the bar of the window has one, too. */
  private static void chooseOfTranscript(Activity main, int item) {
    main.findViewById(R.id.history_transcript).findViewById(R.id.more).performClick();
    PopupMenu menu = ShadowPopupMenu.getLatestPopupMenu();
    assertTrue(
        shadowOf(menu).getOnMenuItemClickListener().onMenuItemClick(menu.getMenu().findItem(item)));
  }

  @Test
  @Config(sdk = {34, 35, 36})
  public void aTapOpensItBesideTheListAndMarksItsRow() throws Exception {
    MainActivity main = filled().get();
    assertEquals("---", marked(main));
    View nothing = main.findViewById(R.id.history_nothing_open);
    assertTrue(nothing.isShown());
    assertEquals("Tap a transcript to read it here.", text(nothing, R.id.message_sentence));
    open(main, 1, "on my way");
    assertNull("in the same window", shadowOf(main).getNextStartedActivity());
    assertEquals("-x-", marked(main));
    assertFalse(nothing.isShown());
    Rect list = place(main.findViewById(R.id.history_list));
    Rect transcript = place(main.findViewById(R.id.history_transcript));
    assertTrue(list + ", " + transcript, list.right <= transcript.left);
    assertTrue(list + "", list.width() >= 280);
    assertTrue(transcript + "", transcript.width() >= 400);
    open(main, 2, TALK + " " + TALK);
    assertEquals("--x", marked(main));
    assertEquals(
        "Interview 3.m4a",
        main.findViewById(R.id.history_transcript)
            .<TextView>findViewById(R.id.title)
            .getText()
            .toString());
    main.go(Place.SPEAK);
    main.go(Place.HISTORY);
    Wait.until("it is open still", () -> isOpenNow(main, TALK + " " + TALK));
    assertEquals("--x", marked(main));
  }

  /** Of a small tablet held upright, and of a phone on its side. */
  @Test
  public void withoutRoomItIsAWindowOfItsOwn() throws Exception {
    for (String size : new String[] {"w600dp-h960dp-port-mdpi", "w914dp-h411dp-land-mdpi"}) {
      RuntimeEnvironment.setQualifiers(size);
      MainActivity main = filled().get();
      assertNull(size, main.findViewById(R.id.history_transcript));
      tap(main, 0);
      Intent started = shadowOf(main).getNextStartedActivity();
      assertEquals(TranscriptActivity.class.getName(), started.getComponent().getClassName());
      assertEquals("---", marked(main).substring(0, 3));
    }
  }

  @Test
  public void anEmptyHistoryHasAllTheRoom() throws Exception {
    MainActivity main = tab().get();
    assertFalse(main.findViewById(R.id.history_pane).isShown());
    assertTrue(main.findViewById(R.id.history_empty).getWidth() > 600);
  }

  @Test
  public void whatIsWrittenStaysWhenAnotherIsOpened() throws Exception {
    MainActivity main = filled().get();
    open(main, 1, "on my way");
    main.findViewById(R.id.transcript_edit).performClick();
    EditText editor = main.findViewById(R.id.transcript_editor);
    editor.setText("On my way!");
    open(main, 2, TALK + " " + TALK);
    assertEquals("On my way!", app.history().draft(note));
    tap(main, 1);
    Wait.until("it is written on", () -> editor.isShown());
    assertEquals("On my way!", editor.getText().toString());
    main.findViewById(R.id.transcript_save).performClick();
    Wait.until(
        "the list has it, too", () -> text(row(main, 1), R.id.history_excerpt).endsWith("!"));
    assertTrue(text(row(main, 1), R.id.history_facts).endsWith("Checked"));
    assertTrue(isOpenNow(main, "On my way!"));
    assertEquals("-x-", marked(main));
  }

  @Test
  public void whatIsDeletedIsOfferedBackByTheList() throws Exception {
    MainActivity main = filled().get();
    open(main, 1, "on my way");
    chooseOfTranscript(main, R.id.delete);
    Wait.until("undo is offered", () -> isShown(main, R.id.history_trash));
    Wait.until("it is gone", () -> rows(main) == 2);
    assertTrue(main.findViewById(R.id.history_nothing_open).isShown());
    assertEquals("--", marked(main));
    PopupMenu old = ShadowPopupMenu.getLatestPopupMenu(); // one that was open still does nothing
    shadowOf(old).getOnMenuItemClickListener().onMenuItemClick(old.getMenu().findItem(R.id.rename));
    main.findViewById(R.id.history_undo).performClick();
    Wait.until("it is back", () -> rows(main) == 3);
  }

  /** Deleted in the list while it is being corrected beside it. */
  @Test
  public void aCorrectionComesBackWithItsEntry() throws Exception {
    MainActivity main = filled().get();
    open(main, 1, "on my way");
    main.findViewById(R.id.transcript_edit).performClick();
    main.<EditText>findViewById(R.id.transcript_editor).setText("On my way!");
    choose(main, R.id.history_more, R.id.history_choose);
    tap(main, 1);
    assertEquals("which are chosen is marked by their boxes", "---", marked(main));
    main.findViewById(R.id.history_delete).performClick();
    Wait.until("it is gone", () -> rows(main) == 2);
    assertTrue(main.findViewById(R.id.history_nothing_open).isShown());
    Wait.until("undo is offered", () -> isShown(main, R.id.history_trash));
    main.findViewById(R.id.history_undo).performClick();
    Wait.until("it is back", () -> rows(main) == 3);
    tap(main, 1);
    Wait.until("it is written on", () -> main.findViewById(R.id.transcript_editor).isShown());
    assertEquals(
        "On my way!", main.<EditText>findViewById(R.id.transcript_editor).getText().toString());
  }

  private static void resize(ActivityController<?> controller, String to) {
    RuntimeEnvironment.setQualifiers(to);
    controller.recreate();
    shadowOf(Looper.getMainLooper()).idle();
  }

  /**
   * Narrower: in a window of its own, from which Back leads to the list. Wider: beside it again.
   */
  @Test
  @Config(sdk = {34, 35})
  public void itStaysOpenWhenTheWindowIsResized() throws Exception {
    ActivityController<MainActivity> main = filled();
    open(main.get(), 2, TALK + " " + TALK);
    View screen = main.get().findViewById(R.id.history_transcript);
    screen.findViewById(R.id.player_on).performClick();
    screen.findViewById(R.id.player_speed).performClick();
    chooseOfTranscript(main.get(), R.id.rename);
    typeTitle("The old bri");

    resize(main, NARROW);
    assertNull(main.get().findViewById(R.id.history_transcript));
    Intent asked = shadowOf(main.get()).getNextStartedActivityForResult().intent;
    ActivityController<TranscriptActivity> alone =
        Robolectric.buildActivity(TranscriptActivity.class, asked).setup();
    Wait.until("it is open", () -> alone.get().findViewById(R.id.transcript_text).isShown());
    assertEquals("0:05 / 0:30", text(alone.get().findViewById(R.id.root), R.id.player_time));
    assertEquals("1.25×", text(alone.get().findViewById(R.id.root), R.id.player_speed));
    assertEquals("The old bri", TurnedTranscriptTest.title().getText().toString());
    alone.get().findViewById(R.id.transcript_edit).performClick();
    alone.get().<EditText>findViewById(R.id.transcript_editor).setText("by hand");

    resize(alone, WIDE);
    assertTrue("back to the list", alone.get().isFinishing());
    assertEquals(Activity.RESULT_OK, shadowOf(alone.get()).getResultCode());
    Intent answer = shadowOf(alone.get()).getResultIntent();
    main.pause().stop();
    RuntimeEnvironment.setQualifiers(WIDE);
    main.recreate();
    shadowOf(main.get()).receiveResult(asked, Activity.RESULT_OK, answer);
    main.pause().resume(); // an answer comes before
    EditText editor = main.get().findViewById(R.id.transcript_editor);
    Wait.until("it is beside the list", () -> editor.isShown());
    assertEquals("by hand", editor.getText().toString());
    Wait.until("its row is marked", () -> marked(main.get()).equals("--x"));
    assertEquals(
        "1.25×", text(main.get().findViewById(R.id.history_transcript), R.id.player_speed));
  }

  private ByteArrayOutputStream savedTo(Uri place) {
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    shadowOf(app.getContentResolver()).registerOutputStream(place, saved);
    return saved;
  }

  /** As a screen is when its process or its window's size was another while a picker was open. */
  private static <T extends Activity> ActivityController<T> anew(
      Class<T> type, ActivityController<T> before, String size) {
    Bundle state = new Bundle();
    before.pause().stop().saveInstanceState(state).destroy();
    RuntimeEnvironment.setQualifiers(size);
    return Robolectric.buildActivity(type, before.getIntent())
        .create(state)
        .start()
        .restoreInstanceState(state);
  }

  @SuppressWarnings("deprecation") // what replaces it knows only what this instance asked
  private static void answer(Activity now, int request, Uri to) {
    shadowOf(now).callOnActivityResult(request, Activity.RESULT_OK, new Intent().setData(to));
  }

  /** In the same size, and in one without room for it. */
  @Test
  public void whereToSaveIsAnsweredInAnotherWindow() throws Exception {
    Uri to = Uri.parse("content://org.example.files/note.txt");
    for (String size : new String[] {WIDE, NARROW}) {
      RuntimeEnvironment.setQualifiers(WIDE);
      ActivityController<MainActivity> main = filled();
      open(main.get(), 1, "on my way");
      chooseOfTranscript(main.get(), R.id.save_text);
      int request = shadowOf(main.get()).getNextStartedActivityForResult().requestCode;
      ActivityController<MainActivity> now = anew(MainActivity.class, main, size);
      ByteArrayOutputStream saved = savedTo(to);
      answer(now.get(), request, to);
      now.resume();
      Wait.until("it is saved", () -> saved.toString(UTF_8).startsWith("on my way"));
      now.pause().stop().destroy();
    }
  }

  @Test
  public void whereToSaveIsAnsweredOnTheWayBackToTheList() throws Exception {
    RuntimeEnvironment.setQualifiers(NARROW);
    ActivityController<MainActivity> main = filled();
    tap(main.get(), 1);
    Intent asked = shadowOf(main.get()).getNextStartedActivityForResult().intent;
    ActivityController<TranscriptActivity> alone =
        Robolectric.buildActivity(TranscriptActivity.class, asked).setup();
    Wait.until("it is open", () -> alone.get().findViewById(R.id.transcript_text).isShown());
    alone.get().findViewById(R.id.more).performClick();
    PopupMenu menu = ShadowPopupMenu.getLatestPopupMenu();
    shadowOf(menu)
        .getOnMenuItemClickListener()
        .onMenuItemClick(menu.getMenu().findItem(R.id.save_text));
    int request = shadowOf(alone.get()).getNextStartedActivityForResult().requestCode;
    ActivityController<TranscriptActivity> now = anew(TranscriptActivity.class, alone, WIDE);
    assertFalse("not before the answer", now.get().isFinishing());
    Uri to = Uri.parse("content://org.example.files/note.txt");
    ByteArrayOutputStream saved = savedTo(to);
    answer(now.get(), request, to);
    now.resume();
    assertTrue(now.get().isFinishing());
    now.pause().destroy();
    Wait.until("it is saved", () -> saved.toString(UTF_8).startsWith("on my way"));
  }

  /** Made anew twice before it was seen, as behind another window. */
  @Test
  public void itStaysOpenInAWindowThatIsntSeen() throws Exception {
    ActivityController<MainActivity> main = filled();
    open(main.get(), 1, "on my way");
    ActivityController<MainActivity> behind = anew(MainActivity.class, main, WIDE);
    Bundle state = new Bundle();
    behind.stop().saveInstanceState(state).destroy();
    MainActivity seen =
        Robolectric.buildActivity(MainActivity.class, main.getIntent()).setup(state).get();
    Wait.until("it is open still", () -> isOpenNow(seen, "on my way"));
  }

  @Test
  public void whatCantBeKeptIsSaidWhenAnotherIsOpened() throws Exception {
    MainActivity main = filled().get();
    open(main, 1, "on my way");
    main.findViewById(R.id.transcript_edit).performClick();
    main.<EditText>findViewById(R.id.transcript_editor).setText("On my way!");
    // What it is written to first is no file.
    assertTrue(new File(app.getFilesDir(), "history/" + note + "/draft.txt.new").mkdir());
    open(main, 2, TALK + " " + TALK);
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    assertTrue(dialog.isShowing());
    assertEquals(
        "It couldn't be written. There may be too little free space.",
        shadowOf(dialog).getMessage().toString());
  }

  @Test
  public void theListHearsOfADeletionWhenAnotherIsOpenedMeanwhile() throws Exception {
    MainActivity main = filled().get();
    open(main, 1, "on my way");
    chooseOfTranscript(main, R.id.delete);
    tap(main, 2);
    Wait.until("undo is offered", () -> isShown(main, R.id.history_trash));
    Wait.until("it is gone", () -> rows(main) == 2);
    Wait.until("the other is open", () -> isOpenNow(main, TALK + " " + TALK));
  }

  private static void typeTitle(String title) {
    assertNotNull(TurnedTranscriptTest.title());
    TurnedTranscriptTest.title().setText(title);
  }

  private void pictures(String name) throws Exception {
    MainActivity main = filled().get();
    Shots.take(main, "panes-none-" + name);
    tap(main, 2);
    Wait.until("it is open", () -> isOpenNow(main, TALK + " " + TALK));
    marked(main);
    Shots.take(main, "panes-" + name);
    main.findViewById(R.id.transcript_edit).performClick();
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(main, "panes-edit-" + name);
    assertTrue(interview > 0);
  }

  @Test
  @Config(qualifiers = "w1280dp-h800dp-land-mdpi")
  public void onALargeTablet() throws Exception {
    pictures("1280x800");
  }

  @Test
  @Config(qualifiers = "ko-rKR-w840dp-h600dp-land-night-mdpi")
  public void inKoreanByNight() throws Exception {
    pictures("ko-night");
  }

  @Test
  @Config(qualifiers = "w840dp-h480dp-land-mdpi", fontScale = 2f)
  public void inLargeTypeOnTheSmallestThatHasRoom() throws Exception {
    pictures("small-2.0");
  }

  @Test
  @Config(qualifiers = "ar-ldrtl-w840dp-h600dp-land-mdpi")
  public void fromRightToLeft() throws Exception {
    pictures("rtl");
    MainActivity main = tab().get();
    Rect list = place(main.findViewById(R.id.history_list));
    Rect pane = place(main.findViewById(R.id.history_pane));
    assertTrue(list + ", " + pane, list.left >= pane.right);
  }
}
