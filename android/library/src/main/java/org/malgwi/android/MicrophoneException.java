package org.malgwi.android;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The microphone can't be heard. The message is the technical detail. */
public final class MicrophoneException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Why not. */
  public enum Reason {
    /** The permission RECORD_AUDIO isn't granted. */
    NOT_ALLOWED,
    /** It can't be opened: another app, or a call, has it. */
    BUSY,
    /** It stopped giving sound, and opening it once more didn't help. */
    LOST,
    /** This device has none. */
    NONE
  }

  /** What {@link #reason} says. */
  private final Reason reason;

  /**
   * Said by this app itself.
   *
   * @param reason why it can't be heard
   * @param detail what was found and expected
   */
  public MicrophoneException(Reason reason, String detail) {
    this(reason, detail, null);
  }

  /**
   * Said because something else failed.
   *
   * @param reason why it can't be heard
   * @param detail what was found and expected
   * @param cause what was thrown; null: nothing was
   */
  public MicrophoneException(Reason reason, String detail, @Nullable Throwable cause) {
    super(detail, cause);
    this.reason = reason;
  }

  /** {@return why it can't be heard} */
  public Reason reason() {
    return reason;
  }
}
