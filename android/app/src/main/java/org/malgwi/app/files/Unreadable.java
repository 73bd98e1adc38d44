package org.malgwi.app.files;

import org.malgwi.core.MalgwiException;

/** A recording that can't be read; the message is the technical detail. */
public final class Unreadable extends MalgwiException {
  private static final long serialVersionUID = 1L;

  /** Why, for the sentence that people read. */
  public enum Reason {
    /** The file is gone, or this app may no longer open it. */
    GONE,
    /** It holds no sound. */
    NO_SOUND,
    /** Neither we nor this phone know its format. */
    UNKNOWN_FORMAT,
    /** It begins well and then can't be decoded. */
    DAMAGED
  }

  private final Reason reason;

  public Unreadable(Reason reason, String detail, Throwable cause) {
    super(detail, cause);
    this.reason = reason;
  }

  public Unreadable(Reason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
