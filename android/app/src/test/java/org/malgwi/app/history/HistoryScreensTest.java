package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.ClipboardManager;
import android.content.Intent;
import android.graphics.Rect;
import android.net.Uri;
import android.os.Bundle;
import android.os.Parcel;
import android.provider.Settings;
import android.text.Layout;
import android.widget.EditText;
import android.widget.ListView;
import android.widget.TextView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.settings.SettingsActivity;
import org.malgwi.app.share.Sharing;
import org.malgwi.core.Transcript;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;

@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class HistoryScreensTest extends OpenHistory {
  @Test
  public void nothingCanBeTappedBeforeItIsThere() throws Exception {
    long id = Written.add(app, Source.KEYBOARD, "", "on my way", false);
    TranscriptActivity activity;
    synchronized (app.history()) { // the disk is slow
      activity =
          Robolectric.buildActivity(TranscriptActivity.class, TranscriptActivity.intent(app, id))
              .setup()
              .get();
      assertFalse(activity.findViewById(R.id.transcript_copy).isShown());
      assertFalse(activity.findViewById(R.id.transcript_edit).isShown());
    }
    Wait.until("it is there", () -> activity.findViewById(R.id.transcript_copy).isShown());
  }

  private void fill() throws Exception {
    Written.add(app, Source.FILE, "Interview 3.m4a", TALK + " " + TALK, true);
    Written.add(app, Source.KEYBOARD, "", "on my way", false);
    long checked = Written.add(app, Source.SPEECH, "", "by milk and bred", true);
    app.history().correct(checked, "Buy milk and bread.");
    Written.add(app, Source.KEYBOARD, "", "call anna tomorrow at nine", false);
    Written.add(app, Source.SPEECH, "", TALK, false);
  }

  @Test
  public void whatWasLeftOutIsSaid() throws Exception {
    long noisy =
        Written.add(
            app,
            "a boat",
            new Transcript.Stretch(0, 12_000),
            new Transcript.Stretch(20_000, 82_500));
    String facts = text(transcript(noisy).get().findViewById(R.id.root), R.id.transcript_facts);
    assertTrue(facts, facts.endsWith("\n1:14 left out: no speech was heard in it"));
    long quiet = Written.add(app, Source.FILE, "", "a boat", false);
    facts = text(transcript(quiet).get().findViewById(R.id.root), R.id.transcript_facts);
    assertFalse(facts, facts.contains("left out"));
  }

  @Test
  public void theChannelThatAloneWasHeardIsSaid() throws Exception {
    long id = Written.ofChannel(app, "a boat", 1);
    String facts = text(transcript(id).get().findViewById(R.id.root), R.id.transcript_facts);
    String said = "\nOnly channel 2 was listened to (1 is the left one), since the others would";
    assertTrue(facts, facts.contains(said));
    app.history().correct(id, "The boat.");
    assertEquals(1, app.history().channel(id));
  }

  @Test
  public void nothingYet() throws Exception {
    MainActivity main = tab().get();
    assertEquals(
        "What you say and the recordings you open are kept here, on this phone only.",
        text(main.findViewById(R.id.history_empty), R.id.message_sentence));
    Shots.take(main, "history-empty");
  }

  @Test
  @Config(sdk = {34, 35, 36})
  public void theListIsSearchedAndOpensATranscript() throws Exception {
    fill();
    MainActivity main = tab().get();
    assertEquals(5, rows(main));
    Shots.take(main, "history-list");
    EditText search = main.findViewById(R.id.history_search);
    search.setText("milk");
    Wait.until("one is left", () -> rows(main) == 1);
    Shots.take(main, "history-search");
    assertEquals("Buy milk and bread.", text(row(main, 0), R.id.history_excerpt));
    assertTrue(text(row(main, 0), R.id.history_facts).endsWith("Spoken · Checked"));
    tap(main, 0);
    assertEquals(
        TranscriptActivity.class.getName(),
        shadowOf(main).getNextStartedActivity().getComponent().getClassName());
    search.setText("zebra");
    Wait.until("none is left", () -> isShown(main, R.id.history_empty));
    assertEquals(
        "Nothing contains “zebra”.",
        text(main.findViewById(R.id.history_empty), R.id.message_sentence));
    main.findViewById(R.id.message_action).performClick();
    Wait.until("all are back", () -> rows(main) == 5);
  }

  @Test
  public void deletedWithUndoThereAndInTheList() throws Exception {
    fill();
    long id = app.history().search("anna", 1).get(0).id();
    ActivityController<TranscriptActivity> screen = transcript(id);
    choose(screen.get(), R.id.delete);
    Wait.until("it is deleted", () -> isShown(screen.get(), R.id.message));
    assertEquals(
        "The transcript is deleted.",
        text(screen.get().findViewById(R.id.root), R.id.message_sentence));
    Shots.take(screen.get(), "transcript-deleted");
    screen.get().findViewById(R.id.message_action).performClick();
    Wait.until("it is back", () -> !isShown(screen.get(), R.id.message));
    choose(screen.get(), R.id.delete);
    Wait.until("it is deleted", () -> isShown(screen.get(), R.id.message));
    screen.pause().stop().destroy();

    ActivityController<MainActivity> main = tab();
    Wait.until("undo is offered", () -> isShown(main.get(), R.id.history_trash));
    assertEquals(4, rows(main.get()));
    Shots.take(main.get(), "history-undo");
    main.recreate();
    Wait.until("undo survives turning", () -> isShown(main.get(), R.id.history_trash));
    main.get().findViewById(R.id.history_undo).performClick();
    Wait.until("it is back", () -> rows(main.get()) == 5);
    assertFalse(isShown(main.get(), R.id.history_trash));
    assertEquals("call anna tomorrow at nine", app.history().text(id));
  }

  /** Chooses from the top bar's menu. */
  private static void choose(Activity activity, int item) {
    choose(activity, R.id.more, item);
  }

  private static void choose(Activity activity, int menuButton, int item) {
    activity.findViewById(menuButton).performClick();
    android.widget.PopupMenu menu = org.robolectric.shadows.ShadowPopupMenu.getLatestPopupMenu();
    assertTrue(
        shadowOf(menu).getOnMenuItemClickListener().onMenuItemClick(menu.getMenu().findItem(item)));
  }

  /** Android 16 gives them the height that they need, whatever a layout says. */
  @Test
  @Config(sdk = {35, 36})
  public void lettersWithMuchAboveAndBelowAreWhole() throws Exception {
    String burmese = "ကျွန်ုပ်တို့သည် တံတားဟောင်းအောက်တွင် လှေစီးကြသည်";
    String thai = "ที่นี่มีผู้ใหญ่กำลังซื้อปั๊มน้ำอยู่ริมแม่น้ำ";
    String arabic = "قَالَ لِي صَدِيقِي إِنَّ ٱلطَّقْسَ جَمِيلٌ جِدًّا";
    for (String text : List.of(burmese, thai, arabic)) {
      long id = Written.add(app, Source.FILE, "", text, false);
      Activity screen = transcript(id).get();
      checkWhole(paragraph(screen, 0));
      Character.UnicodeScript script = Character.UnicodeScript.of(text.codePointAt(0));
      Shots.take(screen, "transcript-" + script.name().toLowerCase(Locale.ROOT));
    }
    MainActivity main = tab().get();
    for (int row = 0; row < 3; row++) {
      checkWhole(row(main, row).findViewById(R.id.history_excerpt));
    }
    Shots.take(main, "history-scripts");
  }

  /** No line draws above its own top or below its own bottom, and the view has room for all. */
  private static void checkWhole(TextView view) {
    Layout lines = view.getLayout();
    String text = view.getText().toString();
    for (int line = 0; line < lines.getLineCount(); line++) {
      Rect drawn = new Rect();
      view.getPaint().getTextBounds(text, lines.getLineStart(line), lines.getLineEnd(line), drawn);
      int baseline = lines.getLineBaseline(line);
      assertTrue(text + drawn, baseline + drawn.top >= lines.getLineTop(line));
      assertTrue(text + drawn, baseline + drawn.bottom <= lines.getLineBottom(line));
    }
    int room = view.getHeight() - view.getTotalPaddingTop() - view.getTotalPaddingBottom();
    assertTrue(text, lines.getHeight() <= room);
  }

  @Test
  @Config(sdk = {34, 35, 36})
  public void editedInPlaceAndTurnedMeanwhile() throws Exception {
    long id = Written.add(app, Source.FILE, "Talk.wav", TALK, true);
    ActivityController<TranscriptActivity> screen = transcript(id);
    Shots.take(screen.get(), "transcript");
    screen.get().findViewById(R.id.transcript_edit).performClick();
    EditText editor = screen.get().findViewById(R.id.transcript_editor);
    assertEquals(TALK, editor.getText().toString());
    editor.setText("The small boat drifted.");
    shadowOf(android.os.Looper.getMainLooper()).idle();
    Shots.take(screen.get(), "transcript-edit");
    screen.recreate();
    Wait.until("the edit is back", () -> isShown(screen.get(), R.id.transcript_editor));
    assertEquals(
        "The small boat drifted.",
        screen.get().<EditText>findViewById(R.id.transcript_editor).getText().toString());
    screen.get().findViewById(R.id.transcript_save).performClick();
    Wait.until("it is saved", () -> isShown(screen.get(), R.id.transcript_reading));
    assertEquals("The small boat drifted.", app.history().text(id));
    assertEquals("The small boat drifted.", paragraph(screen.get(), 0).getText().toString());
    assertTrue(
        text(screen.get().findViewById(R.id.root), R.id.transcript_facts).endsWith("Checked"));

    screen.get().findViewById(R.id.transcript_edit).performClick();
    screen.get().<EditText>findViewById(R.id.transcript_editor).setText("something else");
    screen.get().findViewById(R.id.transcript_cancel).performClick();
    assertTrue(isShown(screen.get(), R.id.transcript_reading));
    assertEquals("The small boat drifted.", app.history().text(id));
  }

  @Test
  public void hoursOfTextNeverEnterIntentsOrSavedState() throws Exception {
    String hours = "many words and more ".repeat(6_000).trim();
    assertTrue(hours.length() > Sharing.MOST_BYTES);
    long id = Written.add(app, Source.FILE, "Talk.wav", hours, false);
    ActivityController<TranscriptActivity> screen = transcript(id);
    ListView list = screen.get().findViewById(R.id.transcript_text);
    assertTrue(list.getCount() > 100);
    assertTrue(list.getChildCount() < 10); // only what is on the screen
    screen.get().findViewById(R.id.transcript_edit).performClick();
    Bundle state = new Bundle();
    screen.pause().saveInstanceState(state);
    assertTrue(size(state) < 10_000);
    screen.resume();
    screen.get().findViewById(R.id.transcript_cancel).performClick();
    assertEquals(0, screen.get().<EditText>findViewById(R.id.transcript_editor).length());

    screen.get().findViewById(R.id.transcript_copy).performClick();
    Wait.until("it is shared", () -> shadowOf(screen.get()).peekNextStartedActivity() != null);
    assertNull(app.getSystemService(ClipboardManager.class).getPrimaryClip());
    Intent chooser = shadowOf(screen.get()).getNextStartedActivity();
    @SuppressWarnings("deprecation") // what runs on every version
    Intent send = chooser.getParcelableExtra(Intent.EXTRA_INTENT);
    assertNull(send.getStringExtra(Intent.EXTRA_TEXT));
    assertEquals("Talk.txt", send.getClipData().getItemAt(0).getUri().getLastPathSegment());
  }

  private static int size(Bundle state) {
    Parcel parcel = Parcel.obtain();
    state.writeToParcel(parcel, 0);
    int size = parcel.dataSize();
    parcel.recycle();
    return size;
  }

  @Test
  public void copiedSharedAndSaved() throws Exception {
    long id = Written.add(app, Source.FILE, "Talk.wav", "hello world", true);
    Activity screen = transcript(id).get();
    screen.findViewById(R.id.transcript_copy).performClick();
    assertEquals(
        "hello world",
        app.getSystemService(ClipboardManager.class)
            .getPrimaryClip()
            .getItemAt(0)
            .getText()
            .toString());
    choose(screen, R.id.share_srt);
    Wait.until("it is shared", () -> shadowOf(screen).peekNextStartedActivity() != null);
    assertEquals(Intent.ACTION_CHOOSER, shadowOf(screen).getNextStartedActivity().getAction());
    choose(screen, R.id.save_vtt);
    Intent create = shadowOf(screen).getNextStartedActivityForResult().intent;
    assertEquals(Intent.ACTION_CREATE_DOCUMENT, create.getAction());
    assertEquals("text/vtt", create.getType());
    assertEquals("Talk.vtt", create.getStringExtra(Intent.EXTRA_TITLE));
    Uri to = Uri.parse("content://org.example.files/Talk.vtt");
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    shadowOf(app.getContentResolver()).registerOutputStream(to, saved);
    shadowOf(screen).receiveResult(create, Activity.RESULT_OK, new Intent().setData(to));
    String expected = "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nhello world\n";
    Wait.until("it is saved", () -> saved.size() >= expected.length());
    assertEquals(expected, saved.toString(StandardCharsets.UTF_8));
  }

  @Test
  public void aFullDiskIsSaidAndCanBeMended() throws Exception {
    long id = Written.add(app, Source.FILE, "Talk.wav", "hello world", true);
    Activity screen = transcript(id).get();
    screen.findViewById(R.id.transcript_edit).performClick();
    assertTrue(
        app.getFilesDir().toPath().resolve("history/" + id + "/transcript.json").toFile().delete());
    screen.findViewById(R.id.transcript_save).performClick();
    Wait.until("it is said", () -> ShadowAlertDialog.getLatestAlertDialog() != null);
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    assertEquals(
        "It couldn't be written. There may be too little free space.",
        shadowOf(dialog).getMessage().toString());
    assertTrue(isShown(screen, R.id.transcript_editor)); // nothing that was typed is lost
    dialog.getButton(AlertDialog.BUTTON_POSITIVE).performClick();
    shadowOf(android.os.Looper.getMainLooper()).idle();
    assertEquals(
        Settings.ACTION_INTERNAL_STORAGE_SETTINGS,
        shadowOf(screen).getNextStartedActivity().getAction());
  }

  @Test
  public void aTranscriptThatIsGone() throws Exception {
    Activity screen = transcript(7).get();
    assertEquals(
        "This transcript is no longer here.",
        text(screen.findViewById(R.id.root), R.id.message_sentence));
    screen.findViewById(R.id.message_action).performClick();
    assertTrue(screen.isFinishing());
  }

  @Test
  public void trainingData() throws Exception {
    Written.add(app, Source.SPEECH, "", "hello", true);
    MainActivity main = tab().get();
    choose(main, R.id.history_more, R.id.history_export);
    Wait.until("it is explained", () -> ShadowAlertDialog.getLatestAlertDialog() != null);
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    assertTrue(shadowOf(dialog).getMessage().toString().startsWith("Training data are texts"));
    dialog.getButton(AlertDialog.BUTTON_POSITIVE).performClick();
    shadowOf(android.os.Looper.getMainLooper()).idle();
    assertEquals(
        SettingsActivity.class.getName(),
        shadowOf(main).getNextStartedActivity().getComponent().getClassName());
    long id = app.history().search("", 1).get(0).id();
    app.history().correct(id, "Hello!");
    choose(main, R.id.history_more, R.id.history_export);
    Wait.until("a place is asked for", () -> shadowOf(main).peekNextStartedActivity() != null);
    Intent create = shadowOf(main).getNextStartedActivityForResult().intent;
    Uri to = Uri.parse("content://org.example.files/data.zip");
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    shadowOf(app.getContentResolver()).registerOutputStream(to, saved);
    shadowOf(main).receiveResult(create, Activity.RESULT_OK, new Intent().setData(to));
    Wait.until("it is written", () -> saved.size() > 1_000);
    assertEquals('P', saved.toByteArray()[0]);
  }

  /** The list and a transcript, read and edited, as pictures. */
  private void pictures(String name) throws Exception {
    fill();
    Shots.take(tab().get(), "history-list-" + name);
    long id = app.history().search("interview", 1).get(0).id();
    ActivityController<TranscriptActivity> screen = transcript(id);
    Shots.take(screen.get(), "transcript-" + name);
    screen.get().findViewById(R.id.transcript_edit).performClick();
    shadowOf(android.os.Looper.getMainLooper()).idle();
    Shots.take(screen.get(), "transcript-edit-" + name);
  }

  @Test
  @Config(qualifiers = "w411dp-h914dp-night-xxhdpi")
  public void dark() throws Exception {
    pictures("dark");
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-xxhdpi")
  public void korean() throws Exception {
    pictures("ko");
  }

  @Test
  @Config(fontScale = 2f)
  public void large() throws Exception {
    pictures("2.0");
  }

  @Test
  @Config(qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void landscape() throws Exception {
    pictures("land");
  }

  @Test
  @Config(qualifiers = "ar-ldrtl-w411dp-h914dp-xxhdpi")
  public void rightToLeft() throws Exception {
    pictures("rtl");
  }
}
