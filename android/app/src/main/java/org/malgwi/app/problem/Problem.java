package org.malgwi.app.problem;

import android.content.Context;
import android.content.Intent;
import android.net.Uri;
import android.provider.Settings;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.malgwi.android.MicrophoneException;
import org.malgwi.app.R;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;
import org.malgwi.core.MalgwiException;

/**
 * What can go wrong and be mended by the person: one sentence, and the action that mends it. Where
 * {@link #remedy} is null, the action is the screen's own: to try again.
 */
public enum Problem {
  /** The permission to record is missing; it can be asked for. */
  MICROPHONE_NOT_ALLOWED(R.string.problem_microphone_not_allowed, R.string.problem_allow),
  /** The permission to record was refused for ever; only the system's settings give it back. */
  MICROPHONE_REFUSED(R.string.problem_microphone_refused, R.string.problem_open_settings),
  /** The system gives silence: the privacy switch, or another app that has the microphone. */
  MICROPHONE_BLOCKED(R.string.problem_microphone_blocked, R.string.problem_open_privacy),
  MICROPHONE_BUSY(R.string.problem_microphone_busy, R.string.retry),
  /** It stopped giving sound, and opening it once more didn't help. */
  MICROPHONE_LOST(R.string.problem_microphone_lost, R.string.retry),
  NO_MICROPHONE(R.string.problem_no_microphone, R.string.problem_open_files),
  STORAGE_FULL(R.string.problem_storage_full, R.string.problem_open_storage),
  NO_MODEL(R.string.problem_no_model, R.string.problem_open_models),
  NO_MODEL_FOR_LANGUAGE(R.string.problem_no_model_for_language, R.string.problem_open_models),
  /** It can't be loaded or run. */
  MODEL_FAILED(R.string.problem_model_failed, R.string.problem_open_models),
  /** The system lets an app begin to record only while it is on the screen. */
  NOT_IN_FRONT(R.string.problem_not_in_front, R.string.retry),
  /** What isn't foreseen. */
  UNEXPECTED(R.string.problem_unexpected, R.string.retry);

  private final int sentence;
  private final int action;

  Problem(int sentence, int action) {
    this.sentence = sentence;
    this.action = action;
  }

  /** The problem behind a failure. */
  public static Problem of(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof ProblemException known) {
      return known.problem();
    }
    if (cause instanceof MicrophoneException unheard) {
      return switch (unheard.reason()) {
        case NOT_ALLOWED -> MICROPHONE_NOT_ALLOWED;
        case BUSY -> MICROPHONE_BUSY;
        case LOST -> MICROPHONE_LOST;
        case NONE -> NO_MICROPHONE;
      };
    }
    return cause instanceof MalgwiException ? MODEL_FAILED : UNEXPECTED;
  }

  /** The id of the sentence that says what is wrong. */
  public int sentence() {
    return sentence;
  }

  /** The id of the label of the action that mends it. */
  public int action() {
    return action;
  }

  /** What to open so as to mend it, or null: the action is the screen's own. */
  public Intent remedy(Context context) {
    return switch (this) {
      case MICROPHONE_REFUSED -> appSettings(context);
      case MICROPHONE_BLOCKED -> Platform.privacySettings(appSettings(context));
      case STORAGE_FULL -> new Intent(Settings.ACTION_INTERNAL_STORAGE_SETTINGS);
      case NO_MICROPHONE -> Screens.of(context).place(Place.FILES);
      case NO_MODEL, NO_MODEL_FOR_LANGUAGE, MODEL_FAILED -> Screens.of(context).place(Place.MODELS);
      case MICROPHONE_NOT_ALLOWED, MICROPHONE_BUSY, MICROPHONE_LOST, NOT_IN_FRONT, UNEXPECTED ->
          null;
    };
  }

  /** Opens a remedy; where the phone lacks that screen, this app's page in its settings. */
  public static void open(Context context, Intent remedy) {
    Screens.openFirst(context, List.of(remedy, appSettings(context)));
  }

  private static Intent appSettings(Context context) {
    return new Intent(
        Settings.ACTION_APPLICATION_DETAILS_SETTINGS,
        Uri.fromParts("package", context.getPackageName(), null));
  }
}
