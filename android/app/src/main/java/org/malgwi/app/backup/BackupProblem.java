package org.malgwi.app.backup;

import org.malgwi.app.R;

/** What can be wrong with a back-up: one sentence each. */
enum BackupProblem {
  /** Another kind of file. */
  NO_BACKUP(R.string.backup_problem_no_backup),
  /** A later version of the format. */
  NEWER(R.string.backup_problem_newer),
  /** Changed, cut off, or hostile. */
  DAMAGED(R.string.backup_problem_damaged),
  /** It is sealed, and no password was given. */
  LOCKED(R.string.backup_locked),
  WRONG_PASSWORD(R.string.backup_wrong_password),
  /** Whose file it is gives no bytes of it. */
  UNREADABLE(R.string.backup_problem_unreadable),
  /** It can't be written where it was to be saved. */
  UNWRITABLE(R.string.backup_problem_unwritable),
  /** The phone has no room for what is in it. */
  NO_SPACE(R.string.backup_problem_no_space),
  /** There are more records than one may hold. */
  TOO_MANY(R.string.backup_problem_too_many),
  /** The phone has no room for a new one before an older one is written over. */
  NO_ROOM(R.string.backup_problem_no_room),
  /** Writing over something failed half-way. */
  OVERWRITTEN(R.string.backup_problem_overwritten);

  private final int sentence;

  BackupProblem(int sentence) {
    this.sentence = sentence;
  }

  /**
   * The id of the sentence that says what is wrong, and what to do. It may have a place for {@link
   * Archive#MOST_RECORDS}.
   */
  int sentence() {
    return sentence;
  }
}
