package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.text.Selection;
import android.view.View;
import android.view.inputmethod.BaseInputConnection;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class InsertionTest {
  private final BaseInputConnection field =
      new BaseInputConnection(new View(RuntimeEnvironment.getApplication()), true);

  private void stands(String text, int start, int end) {
    field.getEditable().clear();
    field.getEditable().append(text);
    Selection.setSelection(field.getEditable(), start, end);
  }

  private String text() {
    return field.getEditable().toString();
  }

  @Test
  public void aSpaceKeepsWordsApart() {
    String[][] cases = {
      {"", "good"},
      {"very", "very good"},
      {"very ", "very good"},
      {"very\n", "very\ngood"},
      {"Yes.", "Yes. good"},
      {"(", "(good"},
      {"말귀", "말귀 good"},
      {"東京", "東京good"},
      {"ひら", "ひらgood"},
    };
    for (String[] one : cases) {
      stands(one[0], one[0].length(), one[0].length());
      Insertion.into(field, "good");
      assertEquals(one[1], text());
    }
  }

  @Test
  public void undoTakesOutExactlyWhatWasInserted() {
    stands("very much", 4, 4);
    Insertion insertion = Insertion.into(field, "좋은 하루 😀");
    assertEquals("very 좋은 하루 😀 much", text());
    assertTrue(insertion.undo(field));
    assertEquals("very much", text());
  }

  @Test
  public void undoPutsBackWhatWasSelected() {
    stands("very bad day", 5, 8);
    Insertion insertion = Insertion.into(field, "good");
    assertEquals("very good day", text());
    assertTrue(insertion.undo(field));
    assertEquals("very bad day", text());
  }

  @Test
  public void whatWasChangedSinceIsLeftAlone() {
    stands("", 0, 0);
    Insertion insertion = Insertion.into(field, "good day");
    field.commitText("s", 1);
    assertFalse(insertion.undo(field));
    assertEquals("good days", text());
    stands("good day", 4, 4);
    assertFalse("the cursor is elsewhere", insertion.undo(field));
    stands("good day", 0, 8);
    assertFalse("it is selected, perhaps to be replaced", insertion.undo(field));
    stands("", 0, 0);
    assertFalse("the field was emptied", insertion.undo(field));
  }

  @Test
  public void aFieldThatIsGoneTakesNothing() {
    BaseInputConnection gone =
        new BaseInputConnection(new View(RuntimeEnvironment.getApplication()), true) {
          @Override
          public boolean commitText(CharSequence text, int cursor) {
            return false;
          }
        };
    assertNull(Insertion.into(gone, "good"));
  }
}
