package org.malgwi.app.listen;

import java.io.IOException;

/** Where the sound of a {@link Dictation} comes from. */
@FunctionalInterface
public interface AudioInput {
  /** No sound at all: for recognising what a file holds already. */
  AudioInput NOTHING =
      () ->
          new Sound() {
            @Override
            public int read(float[] buffer) {
              return -1;
            }

            @Override
            public void stop() {}

            @Override
            public void close() {}
          };

  /**
   * Begins to listen; called again after a pause. May take a while: not for the main thread.
   *
   * @throws org.malgwi.app.problem.ProblemException where the person can do something about it
   */
  Sound open() throws IOException;

  /** Whether it is the phone's one microphone, which is to be let go before it is opened again. */
  default boolean takesTurns() {
    return false;
  }
}
