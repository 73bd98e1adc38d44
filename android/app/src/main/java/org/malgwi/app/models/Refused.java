package org.malgwi.app.models;

import org.malgwi.app.R;
import org.malgwi.core.MalgwiException;

/** A bundle that wasn't taken in; nothing of it is left. The message is the technical detail. */
public final class Refused extends MalgwiException {
  private static final long serialVersionUID = 1L;

  /** Why, for the sentence that people read. */
  public enum Reason {
    /** The file can't be read, or stopped being readable. */
    UNREADABLE(R.string.import_unreadable),
    /** It isn't a bundle at all. */
    NO_BUNDLE(R.string.import_no_bundle),
    /** It is a bundle that is damaged, of another version, or breaks the format's limits. */
    DAMAGED(R.string.import_damaged),
    /** It is whole, but this phone doesn't hear in its clips what they say. */
    OTHER_TEXT(R.string.import_other_text),
    /** There is too little free space. */
    NO_SPACE(R.string.import_no_space);

    private final int sentence;

    Reason(int sentence) {
      this.sentence = sentence;
    }

    /** The id of the sentence. */
    public int sentence() {
      return sentence;
    }
  }

  private final Reason reason;

  public Refused(Reason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  public Refused(Reason reason, String detail, Throwable cause) {
    super(detail, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
