package org.malgwi.app.history;

import android.content.Context;
import android.os.Bundle;
import java.io.File;
import java.util.List;
import org.malgwi.app.sound.PcmPlayer;
import org.malgwi.core.Resampler;
import org.malgwi.core.Subtitles;
import org.malgwi.core.TimedWord;

/**
 * Listening to one recording: a place in it, from which it plays to its end, or a phrase again and
 * again. Main thread only.
 */
final class Playback {
  static final long SKIP_MS = 5_000;

  /** Of a phrase without pauses, what is at most this far from the place is played. */
  private static final long PHRASE_MS = 5_000;

  private static final long BEFORE_WORD_MS = 50;
  private static final long AFTER_WORD_MS = 100;

  private static final String PLACE = "place";
  private static final String SPEED = "speed";
  private static final String LOOPING = "looping";
  private static final String PLAYS = "plays";

  /** From one time to another, in milliseconds. */
  record Span(long fromMs, long toMs) {}

  /** Hears of it on the main thread. */
  interface Listener {
    /** The place is another. */
    void moved(long ms);

    /** It begins or ends. */
    void playing(boolean playing);
  }

  private final PcmPlayer player;
  private final Listener listener;
  private File pcm;
  private List<TimedWord> words = List.of();
  private long length;
  private long place;
  private float speed = 1;

  /** What is played again and again; null: nothing. */
  private Span looped;

  /** What plays now; null: nothing. */
  private Run run;

  Playback(Context context, Listener listener) {
    player = new PcmPlayer(context);
    this.listener = listener;
  }

  /** Takes another recording, raw sound as {@link NewEntry#audio}, and its words; null: none. */
  void open(File sound, List<TimedWord> itsWords) {
    stop();
    pcm = sound;
    words = itsWords;
    looped = null;
    length = sound == null ? 0 : sound.length() / 2 * 1000 / Resampler.RATE;
    move(0);
  }

  boolean isThere() {
    return pcm != null;
  }

  long lengthMs() {
    return length;
  }

  long placeMs() {
    return place;
  }

  boolean isPlaying() {
    return run != null;
  }

  /** Whether it plays to the end, or a phrase again and again: not a word that was tapped. */
  boolean isPlayingOn() {
    return run != null && (run.again || run.afterMs == length);
  }

  /** Where it stands, for {@link #restore}: there it is to play, or not. */
  Bundle save(boolean plays) {
    Bundle state = new Bundle();
    state.putLong(PLACE, place);
    state.putFloat(SPEED, speed);
    state.putBoolean(LOOPING, isLooping());
    state.putBoolean(PLAYS, plays);
    return state;
  }

  /** Goes where it stood, in the same recording. */
  void restore(Bundle was) {
    setSpeed(was.getFloat(SPEED, 1));
    seek(was.getLong(PLACE));
    setLooping(was.getBoolean(LOOPING));
    if (was.getBoolean(PLAYS) && place < length) {
      playOrStop();
    }
  }

  void playOrStop() {
    if (run != null) {
      stop();
    } else if (pcm != null) {
      if (place >= length) {
        move(0);
      }
      go();
    }
  }

  void stop() {
    if (run != null) {
      run = null;
      player.stop();
      listener.playing(false);
    }
  }

  /** Goes to a place, and on playing from there if it plays. */
  void seek(long ms) {
    move(Math.max(0, Math.min(length, ms)));
    if (looped != null) {
      looped = phrase(words, place, length);
    }
    if (run != null) {
      go();
    }
  }

  void skip(long ms) {
    seek(place + ms);
  }

  float speed() {
    return speed;
  }

  boolean isLooping() {
    return looped != null;
  }

  /** 1 as it was spoken. */
  void setSpeed(float times) {
    speed = times;
    if (run != null) {
      go();
    }
  }

  /** Whether the phrase at the place is played again and again. */
  void setLooping(boolean again) {
    looped = again ? phrase(words, place, length) : null;
    if (run != null) {
      go();
    }
  }

  /** Plays one word, once; the place is where it begins. */
  void playWord(TimedWord word) {
    if (pcm != null) {
      long from = word.startMs() - BEFORE_WORD_MS;
      move(word.startMs());
      begin(new Run(word.startMs(), word.startMs(), false), from, word.endMs() + AFTER_WORD_MS);
    }
  }

  private void go() {
    if (looped != null) {
      move(looped.fromMs());
      begin(new Run(looped.fromMs(), looped.fromMs(), true), looped.fromMs(), looped.toMs());
    } else {
      begin(new Run(place, length, false), place, length);
    }
  }

  private void begin(Run next, long from, long to) {
    boolean begins = run == null;
    run = next;
    player.play(pcm, from, to, speed, next);
    if (begins) {
      listener.playing(true);
    }
  }

  private void move(long ms) {
    place = ms;
    listener.moved(ms);
  }

  /** Returns which word is the last that has begun at a place; -1: none. */
  static int wordAt(List<TimedWord> words, long ms) {
    int low = 0;
    int high = words.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (words.get(middle).startMs() <= ms) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /**
   * Returns the words around a place up to the next pauses, as long as those that end a subtitle.
   *
   * @param words in their order
   * @param ms the place
   * @param length of the recording
   */
  static Span phrase(List<TimedWord> words, long ms, long length) {
    int at = wordAt(words, ms);
    if (at < 0 || words.get(at).endMs() < ms) {
      at++; // in a pause: what comes
    }
    if (at >= words.size()) {
      return new Span(Math.min(ms, Math.max(0, length - PHRASE_MS)), length);
    }
    int first = at;
    while (first > 0
        && words.get(first).startMs() - words.get(first - 1).endMs() < Subtitles.GAP_MS
        && ms - words.get(first - 1).startMs() <= PHRASE_MS) {
      first--;
    }
    int last = at;
    while (last + 1 < words.size()
        && words.get(last + 1).startMs() - words.get(last).endMs() < Subtitles.GAP_MS
        && words.get(last + 1).endMs() - ms <= PHRASE_MS) {
      last++;
    }
    return new Span(
        Math.max(0, words.get(first).startMs() - BEFORE_WORD_MS),
        Math.min(length, words.get(last).endMs() + AFTER_WORD_MS));
  }

  /** One stretch that plays, and where the place is when it is over. */
  private final class Run implements PcmPlayer.Listener {
    private final long leastMs;
    private final long afterMs;
    private final boolean again;

    Run(long leastMs, long afterMs, boolean again) {
      this.leastMs = leastMs;
      this.afterMs = afterMs;
      this.again = again;
    }

    @Override
    public void at(long ms) {
      if (run == this) {
        move(Math.max(ms, leastMs));
      }
    }

    @Override
    public void ended(boolean whole) {
      if (run != this) {
        return;
      }
      if (whole && again) {
        go();
        return;
      }
      run = null;
      if (whole) {
        move(afterMs);
      }
      listener.playing(false);
    }
  }
}
