package org.malgwi.app.ui;

import android.app.Activity;
import android.content.ActivityNotFoundException;
import android.content.Context;
import android.content.Intent;
import java.util.List;

/**
 * What starts screens of other rooms. Every room may lead to these; the application, which is above
 * them all, knows their classes.
 */
public interface Screens {
  /** Opens one of the places, in the app's own task, from wherever it is started. */
  Intent place(Place place);

  /** Opens what the user can set. */
  Intent settings();

  /** Saves the history as one file, and restores one. */
  Intent backup();

  /** Those of this app. */
  static Screens of(Context context) {
    return (Screens) context.getApplicationContext();
  }

  /**
   * Opens the first of several screens that this phone has.
   *
   * @return false when it has none of them
   */
  static boolean openFirst(Context context, List<Intent> screens) {
    for (Intent screen : screens) {
      try {
        context.startActivity(
            context instanceof Activity
                ? screen
                : new Intent(screen).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK));
        return true;
      } catch (ActivityNotFoundException | SecurityException e) {
        // Makers leave screens out or keep them to themselves; the next one is wider.
      }
    }
    return false;
  }
}
