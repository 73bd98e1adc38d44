package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.text.Selection;
import android.view.View;
import android.view.inputmethod.BaseInputConnection;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class InsertionsTest {
  private final BaseInputConnection field =
      new BaseInputConnection(new View(RuntimeEnvironment.getApplication()), true);

  private final Insertions insertions = new Insertions();

  private String text() {
    return field.getEditable().toString();
  }

  private void backspace() {
    field.deleteSurroundingText(1, 0);
    insertions.deleted();
  }

  @Test
  public void oneAfterTheOtherIsTakenOutWithWhatWasTypedBehindIt() {
    field.commitText("Dear", 1);
    assertTrue(insertions.isEmpty());
    insertions.type(field, " "); // by itself it is no text that was put in
    assertTrue(insertions.isEmpty());
    assertTrue(insertions.insert(field, "Anna"));
    insertions.type(field, ",");
    insertions.type(field, " ");
    assertTrue(insertions.insert(field, "how are you"));
    insertions.type(field, "?");
    assertEquals("Dear Anna, how are you?", text());
    assertTrue(insertions.undo(field));
    assertEquals("Dear Anna, ", text());
    assertTrue(insertions.undo(field));
    assertEquals("Dear ", text());
    assertTrue(insertions.isEmpty());
    assertFalse(insertions.undo(field));
    assertEquals("Dear ", text());
  }

  @Test
  public void allAreTakenOutAtOnce() {
    field.commitText("Dear old friend", 1);
    Selection.setSelection(field.getEditable(), 5, 15);
    insertions.insert(field, "Anna");
    insertions.type(field, "!");
    insertions.insert(field, "good morning");
    assertEquals("Dear Anna! good morning", text());
    assertTrue(insertions.undoAll(field));
    assertEquals("Dear old friend", text());
    assertTrue(insertions.isEmpty());
    assertFalse(insertions.undoAll(field));
  }

  @Test
  public void allOrNothing() {
    insertions.insert(field, "one");
    field.commitText(" by hand", 1);
    insertions.insert(field, "two");
    assertFalse(insertions.undoAll(field));
    assertEquals("one by hand two", text());
    assertTrue("and nothing is offered any more", insertions.isEmpty());
  }

  @Test
  public void oneByOneUntilSomethingElseStandsThere() {
    insertions.insert(field, "one");
    field.commitText(" by hand", 1);
    insertions.insert(field, "two");
    assertTrue(insertions.undo(field));
    assertEquals("one by hand", text());
    assertFalse(insertions.undo(field));
    assertEquals("one by hand", text());
    assertTrue(insertions.isEmpty());
  }

  @Test
  public void whatTheKeyDeletedIsntLookedFor() {
    insertions.insert(field, "good day");
    insertions.type(field, ".");
    backspace();
    backspace();
    assertEquals("good da", text());
    assertTrue(insertions.undo(field));
    assertEquals("", text());
    insertions.insert(field, "a");
    backspace();
    assertTrue("nothing is left of it", insertions.isEmpty());
    backspace();
  }

  @Test
  public void anotherFieldHasNothingToTakeOut() {
    insertions.insert(field, "good day");
    insertions.forget();
    assertFalse(insertions.undo(field));
    assertEquals("good day", text());
  }

  @Test
  public void aFieldThatTakesNothing() {
    BaseInputConnection gone =
        new BaseInputConnection(new View(RuntimeEnvironment.getApplication()), true) {
          @Override
          public boolean commitText(CharSequence text, int cursor) {
            return false;
          }
        };
    assertFalse(insertions.insert(gone, "good"));
    insertions.insert(field, "good");
    insertions.type(gone, ".");
    assertTrue("the mark isn't looked for", insertions.undo(field));
    assertEquals("", text());
  }
}
