package org.malgwi.android;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A recording that can't be written down; the message is the technical detail. */
public final class Unreadable extends IOException {
  private static final long serialVersionUID = 1L;

  /** What is wrong with it. */
  public enum Reason {
    /** There is no sound in it. */
    NO_SOUND,
    /** Neither we nor this phone know its format. */
    UNKNOWN_FORMAT,
    /** It begins well and then can't be read. */
    DAMAGED,
    /** It isn't there, its app doesn't let this one read it, or it comes as a stream. */
    NOT_GIVEN
  }

  /** What {@link #reason} says. */
  private final Reason reason;

  Unreadable(Reason reason, String detail, @Nullable Throwable cause) {
    super(detail, cause);
    this.reason = reason;
  }

  Unreadable(Reason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  /** {@return what is wrong with it} */
  public Reason reason() {
    return reason;
  }
}
