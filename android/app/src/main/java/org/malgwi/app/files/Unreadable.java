package org.malgwi.app.files;

import java.io.IOException;

/** A recording that can't be written down; the message is the technical detail. */
public final class Unreadable extends IOException {
  private static final long serialVersionUID = 1L;

  private final FileProblem problem;

  public Unreadable(FileProblem problem, String detail, Throwable cause) {
    super(detail, cause);
    this.problem = problem;
  }

  public Unreadable(FileProblem problem, String detail) {
    super(detail);
    this.problem = problem;
  }

  /** The sentence for people. */
  public FileProblem problem() {
    return problem;
  }
}
