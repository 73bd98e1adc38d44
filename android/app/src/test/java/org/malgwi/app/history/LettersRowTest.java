package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.os.Looper;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.EditText;
import android.widget.GridView;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;

/** The model's letters while its text is corrected. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class LettersRowTest extends OpenHistory {
  private Activity edited(String text) throws Exception {
    Activity screen = transcript(Written.add(app, Source.SPEECH, "", text, true)).get();
    assertFalse("only while it is corrected", isShown(screen, R.id.transcript_letters));
    screen.findViewById(R.id.transcript_edit).performClick();
    shadowOf(Looper.getMainLooper()).idle();
    return screen;
  }

  private static EditText editor(Activity screen) {
    return screen.findViewById(R.id.transcript_editor);
  }

  private static ViewGroup keys(Activity screen) {
    return (ViewGroup) screen.<ViewGroup>findViewById(R.id.transcript_letters).getChildAt(0);
  }

  private static Button key(Activity screen, int index) {
    return (Button) keys(screen).getChildAt(index);
  }

  @Test
  @Config(sdk = {34, 35, 36})
  public void aKeyWritesAtTheCursorAndInPlaceOfWhatIsSelected() throws Exception {
    Demo.install(app, Demo.lettered());
    Activity screen = edited("the sign sang");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < keys(screen).getChildCount(); i++) {
      Button key = key(screen, i);
      names.add(key.getContentDescription().toString());
      float dp = app.getResources().getDisplayMetrics().density;
      assertTrue(key.getWidth() >= 48 * dp && key.getHeight() >= 48 * dp);
    }
    assertEquals(
        List.of(
            "ŋ, latin small letter eng",
            "ɛ, latin small letter open e",
            "ƙ, latin small letter k with hook",
            "\u0301, combining acute accent"),
        names);
    EditText editor = editor(screen);
    editor.setSelection(11, 13); // "ng"
    key(screen, 0).performClick();
    assertEquals("the sign saŋ", editor.getText().toString());
    assertEquals(12, editor.getSelectionStart());
    assertEquals(12, editor.getSelectionEnd());
    editor.setSelection(3);
    key(screen, 3).performClick();
    assertEquals("the\u0301 sign saŋ", editor.getText().toString());
    assertEquals(4, editor.getSelectionEnd());
    assertTrue("the keyboard stays", editor.hasFocus());
    Shots.take(screen, "transcript-letters");
    screen.findViewById(R.id.transcript_cancel).performClick();
    assertFalse(isShown(screen, R.id.transcript_letters));
  }

  @Test
  public void noRowForAModelWhoseLettersEveryKeyboardHas() throws Exception {
    Demo.install(app); // a to z
    assertFalse(isShown(edited("hello"), R.id.transcript_letters));
  }

  @Test
  public void noRowForAModelThatIsGone() throws Exception {
    Demo.install(app, Demo.altered());
    assertFalse(isShown(edited("hello"), R.id.transcript_letters));
  }

  private static List<String> syllables() {
    List<String> syllables = new ArrayList<>();
    for (char one = '가'; one <= '힣'; one++) {
      syllables.add(String.valueOf(one));
    }
    return syllables;
  }

  @Test
  @Config(fontScale = 1.3f)
  public void thousandsAreSearchedAndThoseThatWereChosenStay() throws Exception {
    Demo.install(app, Demo.lettered());
    Activity screen = edited("mal");
    LettersRow row = screen.findViewById(R.id.transcript_letters);
    row.show(syllables());
    assertEquals("All letters", key(screen, 0).getText().toString());
    assertEquals(1, keys(screen).getChildCount());
    editor(screen).setSelection(0, 3);
    key(screen, 0).performClick();
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    GridView grid = dialog.findViewById(R.id.letters_grid);
    shadowOf(Looper.getMainLooper()).idle();
    assertEquals(11_172, grid.getCount());
    assertTrue("only what is on the screen", grid.getChildCount() < 200);
    Shots.take(dialog.getWindow().getDecorView(), "transcript-letters-all");
    dialog.<EditText>findViewById(R.id.letters_find).setText("말");
    shadowOf(Looper.getMainLooper()).idle();
    assertEquals("말", ((Button) grid.getChildAt(0)).getText().toString());
    grid.getChildAt(0).performClick();
    assertFalse(dialog.isShowing());
    assertEquals("말", editor(screen).getText().toString());
    assertEquals("말", key(screen, 1).getText().toString());
    key(screen, 1).performClick();
    assertEquals("말말", editor(screen).getText().toString());
    for (String one : syllables().subList(0, 30)) {
      key(screen, 0).performClick();
      dialog = ShadowAlertDialog.getLatestAlertDialog();
      dialog.<EditText>findViewById(R.id.letters_find).setText(one);
      shadowOf(Looper.getMainLooper()).idle();
      dialog.<GridView>findViewById(R.id.letters_grid).getChildAt(0).performClick();
    }
    assertEquals("it stays a row", 1 + LettersRow.MOST_CHOSEN, keys(screen).getChildCount());
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(screen, "transcript-letters-many");
  }

  @Test
  public void asManyAsFitHaveAKeyEach() throws Exception {
    Demo.install(app, Demo.lettered());
    Activity screen = edited("hello");
    LettersRow row = screen.findViewById(R.id.transcript_letters);
    row.show(syllables().subList(0, LettersRow.MOST_KEYS));
    assertEquals(LettersRow.MOST_KEYS, keys(screen).getChildCount());
    assertEquals("가", key(screen, 0).getText().toString());
    row.show(syllables().subList(0, LettersRow.MOST_KEYS + 1));
    assertEquals(1, keys(screen).getChildCount());
  }
}
