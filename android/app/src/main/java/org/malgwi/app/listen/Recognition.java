package org.malgwi.app.listen;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.models.Lease;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.problem.ProblemException;
import org.malgwi.app.sound.PcmFile;
import org.malgwi.core.LiveStream;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.Recognizer;
import org.malgwi.core.Resampler;
import org.malgwi.core.Search;

/**
 * Reads a recording, which may still be growing, from its file into a model, and gathers what the
 * model says. Waits for the model first. {@link #run} is for one thread, the rest for any.
 */
final class Recognition {
  /** Hears what has changed. */
  interface Listener {
    /** Something that can be asked for here; to be asked later, as a lock may be held now. */
    void onChange();

    /** A pause as long as the options ask for, heard while it lasts. On the thread that runs. */
    void onPause();
  }

  private static final int SECOND = Resampler.RATE;
  private static final int BLOCK = SECOND / 10;

  /** Beyond this the sound waits in the file and not in memory. */
  private static final int MOST_WAITING = 30 * SECOND;

  /** Less than this isn't worth a word: windows are run one by one. */
  private static final int BEHIND_FROM_SECONDS = 5;

  /** A pause counts only when it is heard in time: on a slow device it may be long over. */
  private static final int IN_TIME = 2 * SECOND;

  /** How often it is asked whether the phone is hot, in samples. */
  private static final int STRAIN = 5 * SECOND;

  private final Engine engine;
  private final Installed installed;
  private final PcmFile file;
  private final LiveStream.Options options;
  private final Search search;
  private final BooleanSupplier strained;
  private final Listener listener;

  // Guarded by this.
  private boolean loaded;
  private boolean whole;
  private boolean cancelled;
  private boolean spoken;
  private boolean pauseHeard;
  private int behindSeconds;
  private LiveStream.Update text = Teller.NO_TEXT;
  private LiveStream.Event last;

  /**
   * @param strained says whether what may be left out is to be left out, for heat or battery
   */
  Recognition(
      Engine engine,
      Installed installed,
      PcmFile file,
      LiveStream.Options options,
      Search search,
      BooleanSupplier strained,
      Listener listener) {
    this.engine = engine;
    this.installed = installed;
    this.file = file;
    this.options = options;
    this.search = search;
    this.strained = strained;
    this.listener = listener;
  }

  /** The file has grown. */
  synchronized void wake() {
    notifyAll();
  }

  /** The file won't grow any more: its end is the end. */
  synchronized void end() {
    whole = true;
    notifyAll();
  }

  /** Ends without a text. */
  synchronized void cancel() {
    cancelled = true;
    notifyAll();
  }

  /** Whether the model is there. */
  synchronized boolean isLoaded() {
    return loaded;
  }

  /** Whether words have been heard. */
  synchronized boolean hasSpoken() {
    return spoken;
  }

  /** The text so far. */
  synchronized LiveStream.Update text() {
    return text;
  }

  /** How many seconds of speech the model hasn't got to; 0: it keeps up. */
  synchronized int behindSeconds() {
    return behindSeconds;
  }

  /** What the model said last; null where it was cancelled before. */
  synchronized LiveStream.Event last() {
    return last;
  }

  /**
   * Reads to the end, or until it is cancelled.
   *
   * @throws ProblemException when the model can't be had; its cause says why
   */
  void run() throws IOException, InterruptedException {
    try (Lease lease = lease()) {
      if (lease == null) {
        return;
      }
      synchronized (this) {
        loaded = true;
      }
      listener.onChange();
      try (LiveStream stream = stream(lease)) {
        feed(stream);
      }
    }
  }

  /** Waits for the model; null when it is cancelled meanwhile. */
  private Lease lease() throws ProblemException, InterruptedException {
    CompletableFuture<Lease> coming = engine.acquire(installed);
    CompletableFuture<Lease> unused = coming.whenComplete((lease, failure) -> wake());
    synchronized (this) {
      while (!coming.isDone() && !cancelled) {
        wait();
      }
      if (cancelled && coming.cancel(false)) {
        return null;
      }
    }
    try {
      return coming.join();
    } catch (CompletionException e) {
      throw new ProblemException(Problem.of(e), "the model can't be had", e.getCause());
    }
  }

  /** A hotword that the model can't spell, or too many of them, aren't worth a recording. */
  private LiveStream stream(Lease lease) throws MalgwiException {
    Recognizer recognizer = lease.recognizer();
    List<String> hotwords = lease.spellable(search.hotwords());
    try {
      return recognizer.stream(options, search.withHotwords(hotwords), this::onEvent);
    } catch (MalgwiException e) {
      return recognizer.stream(options, search.withHotwords(List.of()), this::onEvent);
    }
  }

  private void feed(LiveStream stream) throws IOException, InterruptedException {
    long fed = 0;
    long asked = -STRAIN;
    while (true) {
      long unfed;
      boolean pause;
      synchronized (this) {
        unfed = file.samples() - fed;
        long behind = unfed + stream.waitingSamples();
        setBehind(behind);
        pause = pauseHeard && behind < IN_TIME;
        if (cancelled) {
          stream.cancel();
          return;
        } else if (last != null) {
          return; // the stream has ended by itself
        } else if (pause) {
          pauseHeard = false;
        } else if (unfed > 0 && stream.waitingSamples() < MOST_WAITING) {
          unfed = Math.min(unfed, BLOCK);
        } else {
          if (whole && unfed == 0) {
            stream.finish();
          }
          unfed = 0;
          wait(100);
        }
      }
      if (pause) {
        listener.onPause();
      } else if (unfed > 0) {
        if (fed - asked >= STRAIN) {
          asked = fed;
          stream.spare(strained.getAsBoolean());
        }
        stream.feed(file.read(fed, (int) unfed));
        fed += unfed;
      }
    }
  }

  private void setBehind(long samples) {
    int seconds = (int) (samples / SECOND);
    int said = seconds < BEHIND_FROM_SECONDS ? 0 : seconds;
    if (said != behindSeconds) {
      behindSeconds = said;
      listener.onChange();
    }
  }

  /** On the stream's thread. */
  private void onEvent(LiveStream.Event event) {
    synchronized (this) {
      if (event instanceof LiveStream.Update update) {
        text = update;
        spoken |= !update.text().isEmpty();
        pauseHeard = false;
      } else if (event instanceof LiveStream.Endpoint || event instanceof LiveStream.NoSpeech) {
        pauseHeard = true;
      } else {
        last = event;
      }
      notifyAll();
    }
    listener.onChange();
  }
}
