package org.malgwi.app.models;

import org.malgwi.android.Refused;
import org.malgwi.app.R;

/** What people read of a bundle that wasn't taken in. */
final class Sentences {
  private Sentences() {}

  /** The id of the sentence for this reason. */
  static int of(Refused.Reason reason) {
    return switch (reason) {
      case UNREADABLE -> R.string.import_unreadable;
      case NO_BUNDLE -> R.string.import_no_bundle;
      case DAMAGED -> R.string.import_damaged;
      case OTHER_TEXT -> R.string.import_other_text;
      case NO_SPACE -> R.string.import_no_space;
    };
  }
}
