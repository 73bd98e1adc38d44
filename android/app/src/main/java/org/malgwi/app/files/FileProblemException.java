package org.malgwi.app.files;

import java.io.IOException;

/** Carries a {@link FileProblem} to where it is shown. The message is the technical detail. */
final class FileProblemException extends IOException {
  private static final long serialVersionUID = 1L;

  private final FileProblem problem;

  FileProblemException(FileProblem problem, String detail, Throwable cause) {
    super(detail, cause);
    this.problem = problem;
  }

  FileProblemException(FileProblem problem, String detail) {
    super(detail);
    this.problem = problem;
  }

  FileProblem problem() {
    return problem;
  }
}
