package org.malgwi.app.models;

import android.app.Activity;
import android.app.AlertDialog;
import org.malgwi.app.R;

/** Says, once, that a model ended the app, and what has become of it. */
public final class CrashNotice {
  private CrashNotice() {}

  /** Shows it over an activity when there is something to say. */
  public static void showOnce(Activity activity) {
    Engine.of(activity)
        .takeCrash()
        .flatMap(id -> BundleStore.of(activity).find(id))
        .ifPresent(installed -> show(activity, installed));
  }

  private static void show(Activity activity, Installed installed) {
    boolean again = Engine.of(activity).crashes(installed) > 1;
    int sentence = again ? R.string.crash_notice_twice : R.string.crash_notice_once;
    new AlertDialog.Builder(activity)
        .setTitle(R.string.crash_notice_title)
        .setMessage(activity.getString(sentence, installed.name()))
        .setNegativeButton(R.string.crash_notice_close, null)
        .setPositiveButton(
            R.string.crash_notice_model,
            (dialog, which) ->
                activity.startActivity(ModelActivity.intent(activity, installed.id())))
        .show();
  }
}
