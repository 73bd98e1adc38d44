package org.malgwi.android;

import org.jspecify.annotations.Nullable;
import org.malgwi.core.MalgwiException;

/** A bundle that wasn't taken in; nothing of it is left. The message is the technical detail. */
public final class Refused extends MalgwiException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** The file can't be read, or stopped being readable. */
    UNREADABLE,
    /** It isn't a bundle at all. */
    NO_BUNDLE,
    /** It is a bundle that is damaged, of another version, or breaks the format's limits. */
    DAMAGED,
    /**
     * It is whole, but this phone doesn't hear in its clips what they say: where they were tried.
     */
    OTHER_TEXT,
    /** There is too little free space. */
    NO_SPACE
  }

  /** What {@link #reason} says. */
  private final Reason reason;

  /**
   * Refused by itself.
   *
   * @param reason why
   * @param detail what was found, expected, and where
   */
  public Refused(Reason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  /**
   * Refused because something else failed.
   *
   * @param reason why
   * @param detail what was found, expected, and where
   * @param cause what was thrown; null: nothing was
   */
  public Refused(Reason reason, String detail, @Nullable Throwable cause) {
    super(detail, cause);
    this.reason = reason;
  }

  /** {@return why} */
  public Reason reason() {
    return reason;
  }
}
