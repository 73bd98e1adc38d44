package org.malgwi.core;

/** Finds where speech has ended for a while; in audio time. For one thread. */
final class PauseDetector {
  /** What was found. */
  enum Found {
    NOTHING,
    PAUSE,
    NO_SPEECH
  }

  private final long pauseFrames;
  private final long noSpeechFrames;

  /** One past the last frame with speech; 0: there was none. */
  private long speechEnd;

  /** No pause has been found since then. */
  private boolean inSpeech;

  private boolean noSpeechFound;

  /**
   * @param pauseMs quiet after speech that makes a pause; 0: none does
   * @param noSpeechMs quiet from the beginning that is reported, once; 0: none is
   */
  PauseDetector(FrameGrid grid, int pauseMs, int noSpeechMs) {
    this.pauseFrames = frames(pauseMs, grid);
    this.noSpeechFrames = frames(noSpeechMs, grid);
  }

  private static long frames(int ms, FrameGrid grid) {
    long samples = (long) ms * grid.sampleRate() / 1000;
    return (samples + grid.hop() - 1) / grid.hop();
  }

  /** Is told that speech went on up to a frame. */
  void speech(long end) {
    if (end > speechEnd) {
      speechEnd = end;
      inSpeech = true;
    }
  }

  /** Is told that there is no more speech up to a frame; a pause is found once. */
  Found quiet(long end) {
    if (inSpeech && pauseFrames > 0 && end - speechEnd >= pauseFrames) {
      inSpeech = false;
      return Found.PAUSE;
    }
    if (speechEnd == 0 && !noSpeechFound && noSpeechFrames > 0 && end >= noSpeechFrames) {
      noSpeechFound = true;
      return Found.NO_SPEECH;
    }
    return Found.NOTHING;
  }

  /** The frame that filled what was found last. */
  long foundAt() {
    return speechEnd == 0 ? noSpeechFrames : speechEnd + pauseFrames;
  }
}
