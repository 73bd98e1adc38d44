package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Intent;
import android.net.Uri;
import android.os.Looper;
import android.view.View;
import android.view.ViewGroup;
import android.widget.CheckBox;
import android.widget.EditText;
import android.widget.ListView;
import android.widget.PopupMenu;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.share.Format;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;
import org.robolectric.shadows.ShadowPopupMenu;

/** Dates, names, and several at once. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class HistoryListTest extends OpenHistory {
  /** The time of an entry: so many days ago, at noon. */
  private static long at(int daysAgo, int minute) {
    return LocalDate.now(ZoneId.systemDefault())
        .minusDays(daysAgo)
        .atTime(12, minute)
        .atZone(ZoneId.systemDefault())
        .toInstant()
        .toEpochMilli();
  }

  /** Adds an entry as if it had been written down then. */
  private long addAt(long time, Source source, String title, String text) throws IOException {
    long id = Written.add(app, source, title, text, source == Source.FILE);
    File root = new File(app.getFilesDir(), "history");
    assertTrue(new File(root, "" + id).renameTo(new File(root, "" + time)));
    app.history().close(); // the index is compared with the folders when it is opened next
    return time;
  }

  private List<Long> fill() throws IOException {
    return List.of(
        addAt(at(30, 0), Source.FILE, "Interview 3.m4a", TALK + " " + TALK),
        addAt(at(1, 5), Source.KEYBOARD, "", "on my way"),
        addAt(at(1, 9), Source.SPEECH, "", "by milk and bred"),
        addAt(at(0, 1), Source.FILE, "a/b: ../../Talk.wav", "call anna tomorrow at nine"));
  }

  private static List<String> dates(Activity activity) {
    List<String> dates = new ArrayList<>();
    ViewGroup list = activity.findViewById(R.id.history_list);
    for (int i = 0; i < list.getChildCount(); i++) {
      if (list.getChildAt(i) instanceof TextView date) {
        dates.add(date.getText().toString());
      }
    }
    return dates;
  }

  private static void menu(Activity activity, int button, int item) {
    activity.findViewById(button).performClick();
    PopupMenu menu = ShadowPopupMenu.getLatestPopupMenu();
    assertTrue(
        shadowOf(menu).getOnMenuItemClickListener().onMenuItemClick(menu.getMenu().findItem(item)));
  }

  private static boolean isChosen(View row) {
    return row.<CheckBox>findViewById(R.id.history_chosen).isChecked();
  }

  @Test
  public void datesAreHeadings() throws Exception {
    fill();
    MainActivity main = tab().get();
    assertEquals(4, rows(main));
    List<String> dates = dates(main);
    assertEquals(3, dates.size());
    assertEquals("Today", dates.get(0));
    assertEquals("Yesterday", dates.get(1));
    assertTrue(dates.get(2), dates.get(2).contains("day, ")); // of the week
    assertEquals(
        "12:01\u202fPM · 0:05 · a/b: ../../Talk.wav", text(row(main, 0), R.id.history_facts));
    ListView list = main.findViewById(R.id.history_list);
    assertFalse(list.getAdapter().isEnabled(0));
    assertTrue(list.getAdapter().isEnabled(1));
    Shots.take(main, "history-dates");
    main.<EditText>findViewById(R.id.history_search).setText("milk");
    Wait.until("one is left", () -> rows(main) == 1);
    assertEquals(List.of("Yesterday"), dates(main));
  }

  @Test
  public void severalAreChosenDeletedAndBroughtBack() throws Exception {
    List<Long> ids = fill();
    MainActivity main = tab().get();
    menu(main, R.id.history_more, R.id.history_choose);
    assertFalse(isShown(main, R.id.history_bar));
    assertTrue(isShown(main, R.id.history_choosing));
    assertFalse(isShown(main, R.id.history_delete));
    View root = main.findViewById(R.id.history_choosing);
    assertEquals("Tap those you want.", text(root, R.id.history_chosen_count));
    tap(main, 0);
    tap(main, 2);
    tap(main, 1);
    tap(main, 1); // not that one
    shadowOf(Looper.getMainLooper()).idle();
    assertNull(shadowOf(main).getNextStartedActivity());
    assertEquals("2 chosen", text(root, R.id.history_chosen_count));
    assertTrue(isChosen(row(main, 0)));
    assertFalse(isChosen(row(main, 1)));
    Shots.take(main, "history-choosing");
    main.findViewById(R.id.history_delete).performClick();
    Wait.until("they are deleted", () -> rows(main) == 2);
    Wait.until("undo is offered", () -> isShown(main, R.id.history_trash));
    assertTrue(isShown(main, R.id.history_bar));
    assertEquals(
        "2 transcripts are deleted.",
        text(main.findViewById(R.id.history_trash), R.id.history_deleted));
    assertNull(app.history().get(ids.get(3)));
    assertNull(app.history().get(ids.get(1)));
    main.findViewById(R.id.history_undo).performClick();
    Wait.until("they are back", () -> rows(main) == 4);
  }

  @Test
  public void whatCannotBeDeletedIsSaid() throws Exception {
    List<Long> ids = fill();
    MainActivity main = tab().get();
    menu(main, R.id.history_more, R.id.history_choose);
    tap(main, 0);
    tap(main, 1);
    tap(main, 2);
    File root = new File(app.getFilesDir(), "history");
    assertTrue(new File(root, "" + ids.get(1)).renameTo(new File(root, "elsewhere")));
    assertTrue(new File(root, "" + ids.get(2)).renameTo(new File(root, "there")));
    main.findViewById(R.id.history_delete).performClick();
    Wait.until("it is said", () -> ShadowAlertDialog.getLatestAlertDialog() != null);
    assertEquals(
        "2 transcripts couldn't be deleted. They are still here.",
        shadowOf(ShadowAlertDialog.getLatestAlertDialog()).getMessage().toString());
    Wait.until("the other one is deleted", () -> isShown(main, R.id.history_trash));
    assertEquals(
        "The transcript is deleted.",
        text(main.findViewById(R.id.history_trash), R.id.history_deleted));
    assertEquals(List.of(ids.get(3)), app.history().inTrash());
  }

  @Test
  public void aLongPressBeginsAndBackEnds() throws Exception {
    fill();
    MainActivity main = tab().get();
    ListView list = main.findViewById(R.id.history_list);
    View row = row(main, 1);
    int position = list.getPositionForView(row);
    assertTrue(
        list.getOnItemLongClickListener()
            .onItemLongClick(list, row, position, list.getItemIdAtPosition(position)));
    assertEquals(
        "1 chosen", text(main.findViewById(R.id.history_choosing), R.id.history_chosen_count));
    main.onBackPressed();
    assertFalse(isShown(main, R.id.history_choosing));
    assertTrue(isShown(main, R.id.history_list)); // the tab is the same
    assertTrue(isShown(main, R.id.history_bar));
    main.onBackPressed();
    assertNull(main.findViewById(R.id.history_list));
  }

  private Intent share(int which) throws Exception {
    MainActivity main = tab().get();
    menu(main, R.id.history_more, R.id.history_choose);
    for (int i = 0; i < 4; i++) {
      tap(main, i);
    }
    main.findViewById(R.id.history_share).performClick();
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    assertEquals("One text", dialog.getListView().getAdapter().getItem(0));
    assertEquals("ZIP: For ELAN (.eaf)", dialog.getListView().getAdapter().getItem(4));
    shadowOf(dialog).clickOnItem(which);
    Wait.until("it is shared", () -> shadowOf(main).peekNextStartedActivity() != null);
    assertFalse(isShown(main, R.id.history_choosing));
    return shadowOf(main)
        .getNextStartedActivity()
        .getParcelableExtra(Intent.EXTRA_INTENT, Intent.class);
  }

  @Test
  public void sharedAsOneText() throws Exception {
    fill();
    String text = share(0).getStringExtra(Intent.EXTRA_TEXT);
    LocalDate today = LocalDate.now(ZoneId.systemDefault());
    assertTrue(text, text.startsWith(today.minusDays(30) + " 12:00 Interview 3.m4a\n" + TALK));
    assertTrue(
        text,
        text.endsWith(
            "\n\n"
                + today.minusDays(1)
                + " 12:09\nby milk and bred\n\n\n"
                + today
                + " 12:01 a/b: ../../Talk.wav\ncall anna tomorrow at nine"));
  }

  private Map<String, byte[]> unzip(Intent send) throws IOException {
    assertEquals("application/zip", send.getType());
    Uri uri = send.getParcelableExtra(Intent.EXTRA_STREAM, Uri.class);
    try (InputStream in = app.getContentResolver().openInputStream(uri)) {
      return unzip(in.readAllBytes());
    }
  }

  @Test
  public void sharedAsAZip() throws Exception {
    fill();
    Map<String, byte[]> files = unzip(share(4));
    LocalDate today = LocalDate.now(ZoneId.systemDefault());
    assertEquals(
        List.of(
            today.minusDays(30) + " 1200 Interview 3.eaf",
            today.minusDays(1) + " 1205.eaf",
            today.minusDays(1) + " 1209.eaf",
            today + " 1201 a b .. .. Talk.eaf"),
        new ArrayList<>(files.keySet()));
    String first = new String(files.values().iterator().next(), StandardCharsets.UTF_8);
    assertTrue(first, first.contains("\"./Interview 3.m4a\""));
    assertTrue(first, first.contains("<ANNOTATION_VALUE>bridge</ANNOTATION_VALUE>"));
    // Nobody has a file of what was spoken and not kept.
    String spoken = text(files, today.minusDays(1) + " 1209.eaf");
    assertTrue(spoken, spoken.contains("<ANNOTATION_VALUE>milk</ANNOTATION_VALUE>"));
    assertFalse(spoken, spoken.contains("MEDIA_DESCRIPTOR"));
  }

  private static String text(Map<String, byte[]> files, String name) {
    return new String(files.get(name), StandardCharsets.UTF_8);
  }

  private static Map<String, byte[]> unzip(byte[] archive) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      ZipEntry entry;
      while ((entry = zip.getNextEntry()) != null) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    }
    return files;
  }

  private byte[] zipped(Format format, List<Long> ids) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Several.write(app.history(), format, ids, out);
    return out.toByteArray();
  }

  private static String recording(Source source, String title, boolean hasAudio) {
    Entry entry = new Entry(7, source, title, "demo", "en", 1_000, "", false, hasAudio);
    return Several.shared(entry, "", List.of()).recording();
  }

  @Test
  public void aSingleOneLinksToItsFileOrToTheSoundAsItIsShared() {
    assertEquals("Talk.m4a", recording(Source.FILE, "Talk.m4a", true));
    assertEquals("Talk.m4a", recording(Source.FILE, "Talk.m4a", false));
    assertEquals("Anna.wav", recording(Source.FILE, "Anna", true));
    assertEquals("a b c.wav", recording(Source.FILE, "a/b:c", true));
    assertEquals("", recording(Source.FILE, "Anna", false));
    assertEquals("b.wav", recording(Source.SPEECH, "b.mp3", true));
    assertEquals("malgwi.wav", recording(Source.SPEECH, "", true));
    assertEquals("", recording(Source.SPEECH, "b.wav", false));
  }

  /** Two recordings of one name: each links to its own sound, as the ZIP of sounds calls it. */
  @Test
  public void tiersLinkToTheirOwnSound() throws Exception {
    List<Long> ids =
        List.of(
            addAt(at(2, 3), Source.FILE, "Talk.wav", "one"),
            addAt(at(2, 3) + 5, Source.FILE, "talk.WAV", "two words"),
            addAt(at(2, 3) + 6, Source.FILE, "Meeting 3.5 with Dr. Kim", "renamed"),
            addAt(at(2, 3) + 7, Source.FILE, "Interview 3.m4a", "alone"));
    app.history().rename(Written.add(app, Source.KEYBOARD, "", "nothing kept", false), "b.wav");
    List<Long> all = new ArrayList<>(ids);
    all.add(app.history().search("nothing kept", 1).get(0).id());
    Map<String, byte[]> tiers = unzip(zipped(Format.EAF, all));
    Map<String, byte[]> sounds = unzip(zipped(Format.WAV, all));
    String day = LocalDate.now(ZoneId.systemDefault()).minusDays(2) + " 1203 ";
    assertEquals(
        List.of(
            day + "Talk.wav",
            day + "talk (2).wav",
            day + "Meeting 3.5 with Dr. Kim.wav",
            day + "Interview 3.wav"),
        new ArrayList<>(sounds.keySet()));
    for (String name : List.of("Talk", "talk (2)", "Meeting 3.5 with Dr. Kim")) {
      String eaf = text(tiers, day + name + ".eaf");
      assertTrue(eaf, eaf.contains("RELATIVE_MEDIA_URL=\"./" + day + name + ".wav\""));
    }
    String eaf = text(tiers, day + "Interview 3.eaf");
    assertTrue(eaf, eaf.contains("RELATIVE_MEDIA_URL=\"./Interview 3.m4a\""));
    String last = new ArrayList<>(tiers.keySet()).get(4);
    assertFalse(last, text(tiers, last).contains("MEDIA_DESCRIPTOR"));
  }

  @Test
  public void equalNamesAndSoundThatWasNotKept() throws Exception {
    long one = addAt(at(2, 3), Source.FILE, "Talk.wav", "one");
    long two = addAt(at(2, 3) + 5, Source.FILE, "TALK.mp3", "two words");
    long silent = addAt(at(2, 3) + 9, Source.KEYBOARD, "", "no sound");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Several.write(app.history(), Format.WAV, List.of(one, two, silent, 7L), out);
    List<String> names = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(out.toByteArray()))) {
      ZipEntry entry;
      while ((entry = zip.getNextEntry()) != null) {
        names.add(entry.getName());
        sizes.add(zip.readAllBytes().length);
      }
    }
    String day = LocalDate.now(ZoneId.systemDefault()).minusDays(2) + " 1203 ";
    assertEquals(List.of(day + "Talk.wav", day + "TALK (2).wav"), names);
    assertEquals(List.of(44 + 32_000, 44 + 64_000), sizes);
  }

  @Test
  public void renamed() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "hello world", false);
    Activity screen = transcript(id).get();
    menu(screen, R.id.more, R.id.rename);
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    EditText field = findField((ViewGroup) dialog.getWindow().getDecorView());
    assertEquals("", field.getText().toString());
    field.setText(" Anna's greeting ");
    dialog.getButton(AlertDialog.BUTTON_POSITIVE).performClick();
    Wait.until(
        "it is renamed",
        () -> text(screen.findViewById(R.id.root), R.id.title).equals("Anna's greeting"));
    MainActivity main = tab().get();
    assertTrue(text(row(main, 0), R.id.history_facts).endsWith(" · Anna's greeting"));
  }

  /** What was typed before is kept as a draft; what was typed since is on the screen alone. */
  @Test
  public void renamedWhileItIsEdited() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "hello world", false);
    app.history().keepDraft(id, "hello wor");
    Activity screen = transcript(id).get();
    EditText editor = screen.findViewById(R.id.transcript_editor);
    Wait.until("it is edited", () -> editor.getText().toString().equals("hello wor"));
    editor.setText("Hello, world!");
    menu(screen, R.id.more, R.id.rename);
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    findField((ViewGroup) dialog.getWindow().getDecorView()).setText("Greeting");
    dialog.getButton(AlertDialog.BUTTON_POSITIVE).performClick();
    Wait.until(
        "it is renamed", () -> text(screen.findViewById(R.id.root), R.id.title).equals("Greeting"));
    assertEquals("Hello, world!", editor.getText().toString());
    assertTrue(isShown(screen, R.id.transcript_editor));
    screen.findViewById(R.id.transcript_save).performClick();
    Wait.until("it is saved", () -> isShown(screen, R.id.transcript_reading));
    assertEquals("Hello, world!", app.history().text(id));
    assertEquals("Greeting", app.history().get(id).title());
  }

  private static EditText findField(ViewGroup group) {
    for (int i = 0; i < group.getChildCount(); i++) {
      View view = group.getChildAt(i);
      EditText found =
          view instanceof EditText field
              ? field
              : view instanceof ViewGroup inner ? findField(inner) : null;
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private void pictures(String name) throws Exception {
    fill();
    MainActivity main = tab().get();
    menu(main, R.id.history_more, R.id.history_choose);
    tap(main, 1);
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(main, "history-choosing-" + name);
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
  @Config(qualifiers = "w360dp-h640dp-xxhdpi", fontScale = 2f)
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
