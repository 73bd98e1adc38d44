package org.malgwi.app.settings;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.app.Application;
import android.content.Intent;
import android.graphics.Rect;
import android.net.Uri;
import android.os.Looper;
import android.view.View;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.share.Sharing;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;
import org.robolectric.shadows.ShadowToast;

/** Hotwords in and out as a text file. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class HotwordFilesTest {
  private static final Uri DOCUMENT = Uri.parse("content://org.example.files/document/names.txt");

  private final Application app = RuntimeEnvironment.getApplication();
  private final Preferences preferences = new Preferences(app);

  private static SettingsActivity settings() {
    return Robolectric.buildActivity(SettingsActivity.class).setup().get();
  }

  private static String words(Activity activity) {
    return activity.<TextView>findViewById(R.id.settings_hotwords).getText().toString();
  }

  private void take(Activity activity, byte[] file) {
    shadowOf(app.getContentResolver())
        .registerInputStream(DOCUMENT, new ByteArrayInputStream(file));
    take(activity);
  }

  private static void take(Activity activity) {
    activity.findViewById(R.id.settings_hotwords_import).performClick();
    answer(activity, Intent.ACTION_OPEN_DOCUMENT);
  }

  /** Answers what the system's picker was asked for. */
  private static void answer(Activity activity, String action) {
    Intent asked = shadowOf(activity).getNextStartedActivityForResult().intent;
    shadowOf(activity).getNextStartedActivity(); // the same
    assertEquals(action, asked.getAction());
    shadowOf(activity).receiveResult(asked, Activity.RESULT_OK, new Intent().setData(DOCUMENT));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  public void wordsOfAFileAreAdded() throws Exception {
    preferences.setHotwordLines(" Seoul Station \n");
    ActivityController<SettingsActivity> screen =
        Robolectric.buildActivity(SettingsActivity.class).setup();
    SettingsActivity activity = screen.get();
    take(
        activity,
        "\uFEFF# names\r\n말귀\r\nSeoul Station\r\n\r\nHan\r\n"
            .getBytes(Charset.forName("UTF-16LE")));
    Wait.until("they are added", () -> words(activity).contains("Han"));
    assertEquals("Seoul Station\n말귀\nHan\n", words(activity));
    assertEquals("2 added", ShadowToast.getTextOfLatestToast());
    assertEquals("at once", "Seoul Station\n말귀\nHan\n", preferences.hotwordLines());
    take(activity, utf8("Han\n"));
    Wait.until("it is said", () -> ShadowToast.shownToastCount() == 2);
    assertEquals(
        "All words of the file are in the list already.", ShadowToast.getTextOfLatestToast());
    screen.pause();
    assertEquals(List.of("Seoul Station", "말귀", "Han"), new Preferences(app).hotwords());
  }

  private static String said() throws Exception {
    Wait.until("it is said", () -> ShadowAlertDialog.getLatestAlertDialog() != null);
    String said = shadowOf(ShadowAlertDialog.getLatestAlertDialog()).getMessage().toString();
    ShadowAlertDialog.reset();
    return said;
  }

  @Test
  public void otherFilesAreRefusedByName() throws Exception {
    preferences.setHotwordLines("말귀");
    SettingsActivity activity = settings();
    String refused =
        "No words were taken from this file. Choose a text file with one word or phrase a line, of"
            + " 100 kB at most.\n\n";
    take(activity, utf8("one\ntwo, three\n"));
    assertEquals(
        refused + "names.txt: line 2: 'two, three': ',' in it; write one word or phrase a line",
        said());
    take(activity, new byte[] {'P', 'K', 3, 4, 0, 0});
    String zero = said();
    assertTrue(zero, zero.startsWith(refused + "names.txt: not UTF-8 text (a zero in it)"));
    take(activity, utf8("말".repeat(Sharing.MOST_BYTES / 3 + 1)));
    assertEquals(refused + "names.txt: over 100000 bytes; give a file with fewer words", said());
    take(activity, utf8("a".repeat(Sharing.MOST_BYTES - 5)));
    assertEquals(
        refused + "old and new words together: over 100000 bytes; give a file with fewer words",
        said());
    shadowOf(app.getContentResolver())
        .registerInputStream(
            DOCUMENT,
            new InputStream() {
              @Override
              public int read() {
                throw new SecurityException("the grant has ended");
              }
            });
    take(activity);
    assertEquals(refused + "the grant has ended", said());
    assertEquals("말귀", words(activity));
  }

  private static void give(Activity activity, int way) {
    activity.findViewById(R.id.settings_hotwords_export).performClick();
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    shadowOf(dialog).clickOnItem(way);
  }

  @Test
  public void theyAreSavedAndShared() throws Exception {
    preferences.setHotwordLines(" 말귀\n\nSeoul Station");
    SettingsActivity activity = settings();
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    shadowOf(app.getContentResolver()).registerOutputStream(DOCUMENT, saved);
    give(activity, 0);
    answer(activity, Intent.ACTION_CREATE_DOCUMENT);
    Wait.until("they are saved", () -> "Saved".equals(ShadowToast.getTextOfLatestToast()));
    assertEquals("말귀\nSeoul Station\n", saved.toString(StandardCharsets.UTF_8));
    give(activity, 1);
    Wait.until("they are shared", () -> shadowOf(activity).peekNextStartedActivity() != null);
    Intent send =
        shadowOf(activity)
            .getNextStartedActivity()
            .getParcelableExtra(Intent.EXTRA_INTENT, Intent.class);
    assertEquals("text/plain", send.getType());
    Uri shared = send.getParcelableExtra(Intent.EXTRA_STREAM, Uri.class);
    try (InputStream in = app.getContentResolver().openInputStream(shared)) {
      assertEquals("말귀\nSeoul Station\n", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    ShadowAlertDialog.reset();
    shadowOf(app.getContentResolver())
        .registerOutputStream(
            DOCUMENT,
            new OutputStream() {
              @Override
              public void write(int one) throws IOException {
                throw new IOException("no space left");
              }
            });
    give(activity, 0);
    ShadowAlertDialog.reset();
    answer(activity, Intent.ACTION_CREATE_DOCUMENT);
    assertEquals("The words couldn't be saved there.\n\nno space left", said());
  }

  @Test
  public void withoutWordsThereIsNothingToGive() throws Exception {
    SettingsActivity activity = settings();
    View give = activity.findViewById(R.id.settings_hotwords_export);
    Wait.until("the model is looked for", () -> !give.isShown());
    activity.<TextView>findViewById(R.id.settings_hotwords).setText("말귀");
    assertTrue(give.isShown());
    activity.<TextView>findViewById(R.id.settings_hotwords).setText(" \n");
    assertFalse(give.isShown());
  }

  private void picture(String name) throws Exception {
    preferences.setHotwordLines("말귀\nSeoul Station");
    SettingsActivity activity = settings();
    View give = activity.findViewById(R.id.settings_hotwords_export);
    shadowOf(Looper.getMainLooper()).idle();
    give.requestRectangleOnScreen(new Rect(0, 0, give.getWidth(), give.getHeight()), true);
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(activity, "settings-words" + name);
  }

  @Test
  public void picture() throws Exception {
    picture("");
  }

  @Test
  @Config(qualifiers = "ko-rKR-w360dp-h640dp-night-xxhdpi", fontScale = 2f)
  public void pictureInLargeKoreanAtNight() throws Exception {
    picture("-ko-night-2.0");
  }
}
