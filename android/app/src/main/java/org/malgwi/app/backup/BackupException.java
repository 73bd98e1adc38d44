package org.malgwi.app.backup;

import java.io.IOException;

/** A back-up that can't be written or restored; the message is the technical side. */
final class BackupException extends IOException {
  private static final long serialVersionUID = 1;

  private final BackupProblem problem;

  BackupException(BackupProblem problem, String detail) {
    this(problem, detail, null);
  }

  BackupException(BackupProblem problem, String detail, Throwable cause) {
    super(detail, cause);
    this.problem = problem;
  }

  BackupProblem problem() {
    return problem;
  }
}
