package org.malgwi.app.history;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.net.Uri;
import android.os.Bundle;
import android.widget.Toast;
import java.io.IOException;
import java.util.function.Supplier;
import org.malgwi.app.R;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.Screens;

/** Asks where the training data is to go, and writes it there. Main thread only. */
final class DataExport {
  private static final int EXPORT = 7;
  private static final String EXPLAIN = "explain export";
  private static final String SAY = "say of export";

  private final Activity activity;
  private final History history;
  private final Dialogs dialogs;
  private final Supplier<Background> background;

  /**
   * @param dialogs of the screen
   * @param background of the screen, as long as it is shown
   */
  DataExport(Activity activity, History history, Dialogs dialogs, Supplier<Background> background) {
    this.activity = activity;
    this.history = history;
    this.dialogs = dialogs;
    this.background = background;
    dialogs.add(EXPLAIN, about -> explanation());
    dialogs.add(SAY, about -> sentence(about.getInt(SAY)));
  }

  /** Begins, or says what is missing for it. */
  void prepare() {
    background
        .get()
        .run(
            () -> DataSet.count(history),
            count -> {
              if (count == 0) {
                dialogs.open(EXPLAIN);
              } else {
                askWhereTo();
              }
            },
            failure -> say(R.string.history_export_failed));
  }

  private AlertDialog explanation() {
    return new AlertDialog.Builder(activity)
        .setTitle(R.string.history_export)
        .setMessage(R.string.history_export_nothing)
        .setPositiveButton(
            R.string.menu_settings,
            (dialog, button) -> activity.startActivity(Screens.of(activity).settings()))
        .setNegativeButton(R.string.cancel, null)
        .create();
  }

  private void askWhereTo() {
    Intent create =
        new Intent(Intent.ACTION_CREATE_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType("application/zip")
            .putExtra(Intent.EXTRA_TITLE, "malgwi-data.zip");
    try {
      activity.startActivityForResult(create, EXPORT);
    } catch (ActivityNotFoundException e) {
      say(R.string.history_no_picker);
    }
  }

  /** What the picker answers. */
  void answered(int request, int result, Intent data) {
    if (request != EXPORT || result != Activity.RESULT_OK || data == null) {
      return;
    }
    Uri to = data.getData();
    background
        .get()
        .run(
            () -> export(to),
            count ->
                Toast.makeText(
                        activity,
                        activity
                            .getResources()
                            .getQuantityString(R.plurals.history_exported, count, count),
                        Toast.LENGTH_LONG)
                    .show(),
            failure -> say(R.string.history_export_failed));
  }

  private int export(Uri to) throws IOException {
    Sharing.save(activity, to, out -> DataSet.write(history, out));
    return DataSet.count(history);
  }

  private void say(int sentence) {
    Bundle about = new Bundle();
    about.putInt(SAY, sentence);
    dialogs.open(SAY, about);
  }

  private AlertDialog sentence(int sentence) {
    return new AlertDialog.Builder(activity)
        .setMessage(sentence)
        .setPositiveButton(R.string.retry, (dialog, button) -> prepare())
        .setNegativeButton(R.string.cancel, null)
        .create();
  }
}
