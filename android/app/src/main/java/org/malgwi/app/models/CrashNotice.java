package org.malgwi.app.models;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import java.util.Optional;
import org.malgwi.app.R;
import org.malgwi.app.ui.Dialogs;

/**
 * That a model ended the app, and what has become of it. Said once, by the screen or the keyboard
 * that is there first.
 *
 * @param model its id
 */
public record CrashNotice(String model, String sentence) {
  private static final String DIALOG = "crash";
  private static final String MODEL = "model";
  private static final String SENTENCE = "sentence";

  /** What is to be said, if anything is; it won't be given again. */
  public static Optional<CrashNotice> take(Context context) {
    Engine engine = Engine.of(context);
    return engine
        .takeCrash()
        .flatMap(id -> BundleStore.of(context).find(id))
        .map(
            installed ->
                new CrashNotice(
                    installed.id(),
                    context.getString(sentence(engine.way(installed)), installed.name())));
  }

  private static int sentence(CrashGuard.Way way) {
    return switch (way) {
      case FULL, CAREFUL -> R.string.crash_notice_once;
      case NEVER -> R.string.crash_notice_twice;
      case TOO_BIG -> R.string.crash_notice_too_big;
    };
  }

  /** Teaches the dialogs of an activity to show it. */
  public static void teach(Activity activity, Dialogs dialogs) {
    dialogs.add(
        DIALOG,
        about ->
            new CrashNotice(about.getString(MODEL), about.getString(SENTENCE)).dialog(activity));
  }

  /** Shows it over an activity whose dialogs were taught it, when there is something to say. */
  public static void showOnce(Activity activity, Dialogs dialogs) {
    take(activity)
        .ifPresent(
            notice -> {
              Bundle about = new Bundle();
              about.putString(MODEL, notice.model);
              about.putString(SENTENCE, notice.sentence);
              dialogs.open(DIALOG, about);
            });
  }

  /** Opens the screen of the model. */
  public Intent open(Context context) {
    return ModelActivity.intent(context, model);
  }

  private AlertDialog dialog(Activity activity) {
    return new AlertDialog.Builder(activity)
        .setTitle(R.string.crash_notice_title)
        .setMessage(sentence)
        .setNegativeButton(R.string.crash_notice_close, null)
        .setPositiveButton(
            R.string.crash_notice_model, (dialog, which) -> activity.startActivity(open(activity)))
        .create();
  }
}
