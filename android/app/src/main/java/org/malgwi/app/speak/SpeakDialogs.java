package org.malgwi.app.speak;

import android.app.Activity;
import android.app.AlertDialog;
import android.os.Bundle;
import android.view.View;
import org.malgwi.app.R;
import org.malgwi.app.ui.Dialogs;

/** What the Speak tab asks and says in a dialog. */
final class SpeakDialogs {
  private static final String DIALOG = "org.malgwi.app.SPEAK_DIALOG";
  private static final String DISCARD = "discard";
  private static final String DETAILS = "details";

  private final Activity activity;
  private final Speech speech;
  private final Dialogs dialogs;

  /**
   * @param tab over which they open
   */
  SpeakDialogs(Activity activity, View tab, Speech speech) {
    this.activity = activity;
    this.speech = speech;
    dialogs = new Dialogs(DIALOG, tab);
    dialogs.add(DISCARD, about -> discard());
    dialogs.add(DETAILS, about -> details(about.getString(DETAILS)));
  }

  /** Asks whether the recording that was found is to be deleted. */
  void askToDiscard() {
    dialogs.open(DISCARD);
  }

  private AlertDialog discard() {
    return new AlertDialog.Builder(activity)
        .setMessage(R.string.speak_delete_question)
        .setPositiveButton(R.string.delete, (dialog, which) -> speech.discard())
        .setNegativeButton(R.string.cancel, null)
        .create();
  }

  /** Shows the technical side of a problem. */
  void showDetails() {
    Bundle about = new Bundle();
    about.putString(DETAILS, speech.detail().getMessage());
    dialogs.open(DETAILS, about);
  }

  private AlertDialog details(String message) {
    return new AlertDialog.Builder(activity)
        .setTitle(R.string.speak_details)
        .setMessage(message)
        .setPositiveButton(android.R.string.ok, null)
        .create();
  }

  void save(Bundle state) {
    dialogs.save(state);
  }

  void restore(Bundle state) {
    dialogs.restore(state);
  }
}
