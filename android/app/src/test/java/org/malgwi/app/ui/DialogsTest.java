package org.malgwi.app.ui;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.app.Activity;
import android.app.AlertDialog;
import android.os.Bundle;
import android.view.View;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;

/** A screen has one dialog open at most. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class DialogsTest {
  private final List<AlertDialog> made = new ArrayList<>();

  private Dialogs dialogs(Activity activity) {
    Dialogs dialogs = new Dialogs("key", new View(activity));
    dialogs.add(
        "ask",
        about -> {
          made.add(new AlertDialog.Builder(activity).setMessage("?").create());
          return made.get(made.size() - 1);
        });
    return dialogs;
  }

  /** Else nobody would close the first one when the screen goes. */
  @Test
  public void anotherTakesThePlaceOfTheOneThatIsOpen() {
    Dialogs dialogs = dialogs(Robolectric.buildActivity(Activity.class).setup().get());
    dialogs.open("ask");
    assertTrue(made.get(0).isShowing());
    dialogs.open("ask");
    assertFalse(made.get(0).isShowing());
    assertTrue(made.get(1).isShowing());
    Bundle state = new Bundle();
    dialogs.save(state);
    dialogs.restore(state);
    assertFalse(made.get(1).isShowing());
    assertTrue(made.get(2).isShowing());
    dialogs.close();
    assertFalse(made.get(2).isShowing());
  }
}
