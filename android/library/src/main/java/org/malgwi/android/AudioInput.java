package org.malgwi.android;

import java.io.IOException;

/** Where sound comes from that is listened to as it comes. */
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
   * @return the sound, to be closed by who asks for it
   * @throws IOException where there is none; {@link MicrophoneException} says why
   */
  Sound open() throws IOException;

  /** {@return whether it is the phone's one microphone, to be let go before it is opened again} */
  default boolean takesTurns() {
    return false;
  }
}
