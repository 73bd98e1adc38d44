package org.malgwi.app.speak;

import org.malgwi.core.LiveStream;

/**
 * Who follows a recording: the tab while it is on the screen, and the service that keeps the
 * process. Either may be missing. Main thread only.
 */
final class Watchers {
  /** The service that keeps the process while it records. */
  interface Foreground {
    /** The recording listens, is paused, or is being written down. */
    void update();

    void end();
  }

  private Speech.Observer observer;
  private Foreground foreground;

  /** Tells {@code other} from now on, and nobody else; null: nobody. */
  void observe(Speech.Observer other) {
    observer = other;
  }

  /** Takes what keeps the process until {@link #endForeground}. */
  void keepIn(Foreground service) {
    foreground = service;
  }

  /** Lets the process go, if anything keeps it. */
  void endForeground() {
    if (foreground != null) {
      foreground.end();
      foreground = null;
    }
  }

  /** The dictation does something else now. */
  void stateChanged() {
    if (foreground != null) {
      foreground.update();
    }
    changed();
  }

  /** Anything but the level and the text. */
  void changed() {
    if (observer != null) {
      observer.onChange();
    }
  }

  void level(float dbfs) {
    if (observer != null) {
      observer.onLevel(dbfs);
    }
  }

  void text(LiveStream.Update text) {
    if (observer != null) {
      observer.onText(text);
    }
  }
}
