package org.malgwi.app.speak;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.content.ClipboardManager;
import android.content.Intent;
import android.net.Uri;
import android.view.MenuItem;
import android.view.ViewGroup;
import android.widget.EditText;
import android.widget.PopupMenu;
import android.widget.TextView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.history.History;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Subtitles;
import org.malgwi.core.TimedWord;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.shadows.ShadowPopupMenu;

@RunWith(RobolectricTestRunner.class)
public class SpokenTextTest extends OpenSpeakTab {
  @Test
  public void aTextIsCorrected() throws Exception {
    record(0);
    stop();
    tap(R.id.speak_change);
    TextView edit = (TextView) find(R.id.speak_edit);
    assertEquals(clip.text(), edit.getText().toString());
    edit.setText("quite another text");
    controller.recreate();
    assertEquals("rotation loses nothing", "quite another text", text(R.id.speak_edit));
    tap(R.id.speak_edit_save);
    Wait.until("corrected", () -> speech().result().text().equals("quite another text"));
    assertEquals("quite another text", History.of(context).text(speech().result().entry()));
    assertNull(speech().draft());
  }

  @Test
  public void withoutHistoryTheTextIsOnlyOnTheScreen() throws Exception {
    new Preferences(context).setKeepHistory(false);
    record(0);
    stop();
    assertEquals(clip.text(), speech().result().text());
    assertEquals(0, History.of(context).search("", 10).size());
    assertTrue(speech().result().pcm().isFile());
    tap(R.id.speak_other);
    Wait.until("ready", () -> speech().phase() == Speech.Phase.READY);
    assertFalse(new java.io.File(context.getFilesDir(), "recordings").list().length > 0);
  }

  @Test
  public void theTextIsCopiedSharedAndSaved() throws Exception {
    record(0);
    stop();

    tap(R.id.speak_copy);
    ClipboardManager clipboard = context.getSystemService(ClipboardManager.class);
    assertEquals(clip.text(), clipboard.getPrimaryClip().getItemAt(0).getText().toString());

    tap(R.id.speak_share);
    choose(R.string.speak_as_text);
    Wait.until("shared", () -> shadowOf(controller.get()).peekNextStartedActivity() != null);
    Intent chooser = shadowOf(controller.get()).getNextStartedActivity();
    @SuppressWarnings("deprecation") // the newer call came with Android 13
    Intent shared = chooser.getParcelableExtra(Intent.EXTRA_INTENT);
    assertEquals(Intent.ACTION_SEND, shared.getAction());
    assertEquals(clip.text(), shared.getStringExtra(Intent.EXTRA_TEXT));

    tap(R.id.speak_save);
    choose(R.string.speak_as_srt);
    Intent create = shadowOf(controller.get()).getNextStartedActivityForResult().intent;
    assertEquals(Intent.ACTION_CREATE_DOCUMENT, create.getAction());
    assertEquals("malgwi.srt", create.getStringExtra(Intent.EXTRA_TITLE));
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    Uri place = Uri.parse("content://documents/1");
    shadowOf(context.getContentResolver()).registerOutputStream(place, written);
    shadowOf(controller.get())
        .receiveResult(create, Activity.RESULT_OK, new Intent().setData(place));
    String subtitles = Subtitles.srt(speech().result().words());
    Wait.until("saved", () -> written.toString(StandardCharsets.UTF_8).equals(subtitles));
    assertTrue(subtitles.startsWith("1\n00:00:0"));
  }

  private void choose(int label) {
    PopupMenu menu = ShadowPopupMenu.getLatestPopupMenu();
    for (int i = 0; i < menu.getMenu().size(); i++) {
      MenuItem item = menu.getMenu().getItem(i);
      if (context.getString(label).contentEquals(item.getTitle())) {
        shadowOf(menu).getOnMenuItemClickListener().onMenuItemClick(item);
        return;
      }
    }
    throw new AssertionError("no such item");
  }

  @Test
  public void aCorrectionThatCannotBeWrittenIsKeptAsADraft() throws Exception {
    record(0.5);
    stop();
    History.of(context).trash(speech().result().entry()); // as good as a full disk
    tap(R.id.speak_change);
    ((TextView) find(R.id.speak_edit)).setText("by hand");
    tap(R.id.speak_edit_save);
    Wait.until("it is said", () -> speech().draftProblem() != null);
    assertEquals(Speech.Phase.DONE, speech().phase());
    assertEquals("by hand", text(R.id.speak_edit));
    assertEquals(context.getString(R.string.transcript_not_written), status());
    History.of(context).restore(speech().result().entry());
    tap(R.id.speak_edit_save);
    Wait.until("kept", () -> speech().result().text().equals("by hand"));
    assertEquals("Written down", status());
    assertEquals("by hand", History.of(context).text(speech().result().entry()));
  }

  /** Of another text, which stands there by now, nothing changes. */
  @Test
  public void aCorrectionOfWhatWasPutAwayIsNotShown() {
    Deque<Runnable> disk = new ArrayDeque<>();
    int[] told = new int[1];
    Keeper keeper = new Keeper(null, null, null); // of what isn't in the history
    SpokenText spoken = new SpokenText(keeper, disk::add, Runnable::run, () -> told[0]++);
    spoken.show(said("one"));
    spoken.correct("two");
    disk.remove().run();
    assertEquals("two", spoken.said().text());
    assertEquals(1, told[0]);
    spoken.correct("three");
    spoken.putAway();
    disk.remove().run();
    assertNull(spoken.said());
    spoken.show(said("four"));
    spoken.correct("five");
    spoken.show(said("six"));
    disk.remove().run();
    assertEquals("six", spoken.said().text());
    assertEquals(1, told[0]);
  }

  private static Said said(String word) {
    return new Said(word, List.of(new TimedWord(word, 0, 300, 0.9)), null, -1, false, null);
  }

  /** Those of the model that heard it, whichever is in use by now. */
  @Test
  public void lettersThatKeyboardsLackHaveKeys() throws Exception {
    openReady();
    SpeechStates states = new SpeechStates((App) context);
    states.model(lettered());
    states.done("the sign sang", false);
    states.model(installed);
    controller.pause().resume();
    assertFalse(find(R.id.speak_letters).isShown());
    tap(R.id.speak_change);
    ViewGroup keys = (ViewGroup) ((ViewGroup) find(R.id.speak_letters)).getChildAt(0);
    assertTrue(keys.isShown());
    assertEquals(4, keys.getChildCount());
    EditText edit = (EditText) find(R.id.speak_edit);
    edit.setSelection(11, 13); // "ng"
    keys.getChildAt(0).performClick();
    assertEquals("the sign saŋ", edit.getText().toString());
    controller.recreate();
    assertEquals("the sign saŋ", text(R.id.speak_edit));
    assertTrue("after a turn, too", find(R.id.speak_letters).isShown());
    tap(R.id.speak_edit_cancel);
    assertFalse(find(R.id.speak_letters).isShown());
  }

  private Installed lettered() throws IOException {
    return new Installed(
        "lettered", context.getFilesDir(), ModelBundle.open(Demo.lettered()), false, 0);
  }

  @Test
  public void noKeysForLettersThatEveryKeyboardHas() throws Exception {
    openReady();
    new SpeechStates((App) context).done("the sign sang", false);
    controller.pause().resume();
    tap(R.id.speak_change);
    assertTrue(find(R.id.speak_edit).isShown());
    assertFalse(find(R.id.speak_letters).isShown());
  }
}
