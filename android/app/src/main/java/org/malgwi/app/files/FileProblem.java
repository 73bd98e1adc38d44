package org.malgwi.app.files;

import android.content.Context;
import android.content.Intent;
import org.malgwi.android.Unreadable;
import org.malgwi.app.R;
import org.malgwi.app.problem.Problem;

/**
 * Why a recording wasn't written down: one sentence, and the action that mends it. The names stand
 * in files: never rename them.
 */
public enum FileProblem {
  /** The file is gone, or this app may no longer open it. */
  GONE(R.string.file_gone, R.string.files_open_again),
  NO_SOUND(R.string.file_no_sound, R.string.files_open_other),
  /** Neither we nor this phone know its format. */
  UNKNOWN_FORMAT(R.string.file_unknown_format, R.string.files_open_other),
  /** It begins well and then can't be read. */
  DAMAGED(R.string.file_damaged, R.string.retry),
  NO_SPACE(R.string.file_no_space, R.string.problem_open_storage),
  NO_MODEL(R.string.problem_no_model, R.string.problem_open_models),
  MODEL_FAILED(R.string.problem_model_failed, R.string.problem_open_models),
  /** What isn't foreseen. */
  UNEXPECTED(R.string.file_unexpected, R.string.retry);

  private final int sentence;
  private final int action;

  FileProblem(int sentence, int action) {
    this.sentence = sentence;
    this.action = action;
  }

  /** What it is to a person that a recording has no sound that can be read. */
  static FileProblem of(Unreadable.Reason reason) {
    return switch (reason) {
      case NO_SOUND -> NO_SOUND;
      case UNKNOWN_FORMAT -> UNKNOWN_FORMAT;
      case DAMAGED -> DAMAGED;
      case NOT_GIVEN -> GONE;
    };
  }

  /** The id of the sentence that says what is wrong. */
  public int sentence() {
    return sentence;
  }

  /** The id of the label of the action that mends it. */
  public int action() {
    return action;
  }

  /** What to open so as to mend it; null: to try again mends it. */
  public Intent remedy(Context context) {
    return switch (this) {
      case GONE, NO_SOUND, UNKNOWN_FORMAT -> OpenAudioActivity.pick(context);
      case NO_SPACE -> Problem.STORAGE_FULL.remedy(context);
      case NO_MODEL, MODEL_FAILED -> Problem.NO_MODEL.remedy(context);
      case DAMAGED, UNEXPECTED -> null;
    };
  }

  /** Whether only another file can mend it. */
  boolean isOfTheFile() {
    return this == GONE || this == NO_SOUND || this == UNKNOWN_FORMAT;
  }
}
