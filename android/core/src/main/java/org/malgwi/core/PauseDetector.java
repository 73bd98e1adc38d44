package org.malgwi.core;

/** Finds, frame by frame, where speech has ended for a while; in audio time. For one thread. */
final class PauseDetector {
  /** What a frame brought. */
  enum Found {
    NOTHING,
    PAUSE,
    NO_SPEECH
  }

  private final Vocab vocab;
  private final long pauseFrames;
  private final long noSpeechFrames;
  private int frames;
  private long quiet;
  private boolean heard;
  private boolean inSpeech;

  /**
   * @param pauseMs quiet after speech that makes a pause; 0: none does
   * @param noSpeechMs quiet from the beginning that is reported, once; 0: none is
   */
  PauseDetector(Decoding decoding, int pauseMs, int noSpeechMs) {
    this.vocab = decoding.vocab();
    this.pauseFrames = frames(pauseMs, decoding.grid());
    this.noSpeechFrames = frames(noSpeechMs, decoding.grid());
  }

  private static long frames(int ms, FrameGrid grid) {
    long samples = (long) ms * grid.sampleRate() / 1000;
    return (samples + grid.hop() - 1) / grid.hop();
  }

  /** Frames taken so far. */
  int frames() {
    return frames;
  }

  /** Takes the best token of the next frame; a pause is found once, in the frame that fills it. */
  Found next(int token) {
    frames++;
    if (token != vocab.blank() && token != vocab.delimiter()) {
      heard = true;
      inSpeech = true;
      quiet = 0;
      return Found.NOTHING;
    }
    quiet++;
    if (inSpeech && quiet == pauseFrames) {
      inSpeech = false;
      return Found.PAUSE;
    }
    return !heard && quiet == noSpeechFrames ? Found.NO_SPEECH : Found.NOTHING;
  }
}
