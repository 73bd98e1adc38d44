package org.malgwi.app.history;

import android.app.Activity;
import android.app.AlertDialog;
import android.text.InputFilter;
import android.text.InputType;
import android.widget.EditText;
import android.widget.FrameLayout;
import java.util.function.Consumer;
import org.malgwi.app.R;

/** Asks what a transcript is to be called. */
final class Renaming {
  private static final int LONGEST = 200;

  private Renaming() {}

  /**
   * Makes the dialog that asks.
   *
   * @param title what it is called now; may be empty
   * @param renamed gets the new title, which may be empty, too
   */
  static AlertDialog dialog(Activity activity, String title, Consumer<String> renamed) {
    EditText field = new EditText(activity);
    field.setId(R.id.transcript_new_title); // what is typed is kept by it
    field.setInputType(InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_FLAG_CAP_SENTENCES);
    field.setFilters(new InputFilter[] {new InputFilter.LengthFilter(LONGEST)});
    field.setHint(R.string.transcript_title);
    field.setText(title);
    field.setSelection(field.length());
    FrameLayout frame = new FrameLayout(activity);
    int gap = activity.getResources().getDimensionPixelSize(R.dimen.gap);
    frame.setPaddingRelative(gap, 0, gap, 0);
    frame.addView(field);
    return new AlertDialog.Builder(activity)
        .setTitle(R.string.transcript_rename)
        .setView(frame)
        .setPositiveButton(
            R.string.save, (dialog, button) -> renamed.accept(field.getText().toString().trim()))
        .setNegativeButton(R.string.cancel, null)
        .create();
  }
}
