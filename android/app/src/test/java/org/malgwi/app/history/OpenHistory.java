package org.malgwi.app.history;

import android.app.Activity;
import android.content.Intent;
import android.view.View;
import android.widget.ListView;
import android.widget.TextView;
import org.junit.After;
import org.junit.Before;
import org.malgwi.app.App;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;

/** The history and its transcripts, opened; the disk is let go after each test. */
abstract class OpenHistory {
  static final String TALK =
      "the small boat drifted under the old stone bridge while we talked about the weather";

  App app;

  @Before
  public void setUp() {
    app = (App) RuntimeEnvironment.getApplication();
  }

  @After
  public void tearDown() {
    app.history().close();
  }

  static ActivityController<MainActivity> tab() throws Exception {
    ActivityController<MainActivity> main =
        Robolectric.buildActivity(
                MainActivity.class, new Intent().putExtra(MainActivity.EXTRA_PLACE, "HISTORY"))
            .setup();
    Wait.until(
        "the list is there", () -> isShown(main.get(), R.id.history_empty) || rows(main.get()) > 0);
    return main;
  }

  static boolean isShown(Activity activity, int id) {
    return activity.findViewById(id).getVisibility() == View.VISIBLE;
  }

  /** How many entries the list shows. */
  static int rows(Activity activity) {
    int rows = 0;
    while (row(activity, rows) != null) {
      rows++;
    }
    return rows;
  }

  /** The row of an entry, dates not counted; null when there are fewer. */
  static View row(Activity activity, int index) {
    ListView list = activity.findViewById(R.id.history_list);
    int left = index;
    for (int i = 0; i < list.getChildCount(); i++) {
      View row = list.getChildAt(i);
      if (row.findViewById(R.id.history_excerpt) != null && left-- == 0) {
        return row;
      }
    }
    return null;
  }

  /** Taps the row of an entry. */
  static void tap(Activity activity, int index) {
    ListView list = activity.findViewById(R.id.history_list);
    View row = row(activity, index);
    int position = list.getPositionForView(row);
    list.performItemClick(row, position, list.getItemIdAtPosition(position));
  }

  static String text(View parent, int id) {
    return parent.<TextView>findViewById(id).getText().toString();
  }

  ActivityController<TranscriptActivity> transcript(long id) throws Exception {
    ActivityController<TranscriptActivity> screen =
        Robolectric.buildActivity(TranscriptActivity.class, TranscriptActivity.intent(app, id))
            .setup();
    Wait.until(
        "the transcript is there",
        () ->
            isShown(screen.get(), R.id.message)
                || !text(screen.get().findViewById(R.id.root), R.id.transcript_facts).isEmpty());
    return screen;
  }

  static TextView paragraph(Activity activity, int index) {
    ListView list = activity.findViewById(R.id.transcript_text);
    return list.getChildAt(index).findViewById(R.id.paragraph_text);
  }
}
