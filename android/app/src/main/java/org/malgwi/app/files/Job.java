package org.malgwi.app.files;

import android.net.Uri;

/**
 * One recording of the queue. Immutable.
 *
 * @param name what people call the recording
 * @param uri where it came from
 * @param problem only in state FAILED
 * @param detail the technical side of the problem; may be empty
 * @param share of it that is done, 0 to 1; negative while its length isn't known
 * @param secondsLeft negative while that can't be told yet
 * @param entry in the history, once DONE; -1 when no speech was found
 */
public record Job(
    long id,
    String name,
    Uri uri,
    State state,
    FileProblem problem,
    String detail,
    double share,
    long secondsLeft,
    long entry) {
  /** The names stand in files: never rename them. */
  public enum State {
    WAITING,
    RUNNING,
    /** Stopped by the system; to go on when the user says so. */
    PAUSED,
    DONE,
    FAILED
  }

  static Job waiting(long id, String name, Uri uri) {
    return new Job(id, name, uri, State.WAITING, null, "", -1, -1, -1);
  }

  Job in(State next) {
    return new Job(id, name, uri, next, null, "", share, -1, entry);
  }

  Job at(double share, long secondsLeft) {
    return new Job(id, name, uri, state, null, "", share, secondsLeft, entry);
  }

  Job done(long entry) {
    return new Job(id, name, uri, State.DONE, null, "", 1, 0, entry);
  }

  Job failed(FileProblem why, String detail) {
    return new Job(id, name, uri, State.FAILED, why, detail, -1, -1, -1);
  }
}
