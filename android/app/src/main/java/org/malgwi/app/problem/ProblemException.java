package org.malgwi.app.problem;

import java.io.IOException;

/** Carries a {@link Problem} to where it is shown. The message is the technical detail. */
public final class ProblemException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Problem problem;

  public ProblemException(Problem problem, String detail) {
    super(detail);
    this.problem = problem;
  }

  public ProblemException(Problem problem, String detail, Throwable cause) {
    super(detail, cause);
    this.problem = problem;
  }

  public Problem problem() {
    return problem;
  }
}
