package org.malgwi.app.history;

/** Where a transcript came from. The names stand in files: never rename them. */
public enum Source {
  /** The Speak tab. */
  SPEECH,
  /** A recording that was opened or shared. */
  FILE,
  /** The voice keyboard. */
  KEYBOARD
}
