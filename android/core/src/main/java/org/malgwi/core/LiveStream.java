package org.malgwi.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Recognises speech while it is spoken.
 *
 * <p>One thread feeds samples; {@link #feed} copies them and returns. One worker runs the model and
 * tells the listener: any number of updates in order, then exactly one terminal event ({@link
 * Final}, {@link Cancelled} or {@link Failed}), and nothing more. Every method but feed may be
 * called from any thread.
 *
 * <p>A segment of the recording is run as soon as a pause has closed it, so at the stop at most the
 * open one remains, and the final equals {@link Recognizer#transcribe(float[])} of the same samples
 * whatever the sizes fed. Meanwhile what is open is recognised for previews, when there is new
 * sound and the worker has nothing else to do: previews are dropped, never queued, and the worker
 * rests after each as long as it took.
 *
 * <p>Memory holds one window, what has been fed and not yet run (five minutes at most, then the
 * stream fails), and 12 bytes for each frame (2 MB an hour).
 *
 * <p>In one class, longer than most: what is fed, closed, previewed and told hangs on one lock and
 * one worker, and whoever changes one of them has to see the others.
 */
public final class LiveStream implements AutoCloseable {
  private static final int MOST_WAITING_SECONDS = 300;

  /** Without samples for so many nanoseconds, what is there is previewed, however little it is. */
  private static final long STALLED = 1_000_000_000L;

  /** How much rarer previews are while this is sparing. */
  private static final int SPARING = 2;

  private final Users users;
  private final Decoding decoding;
  private final Options options;
  private final Listener listener;
  private final LongForm recording;
  private final PauseDetector pauses;
  private final Thread worker;

  /** Ends the stream. */
  private final Cancellation cancellation = new Cancellation();

  // Guarded by lock.
  private final Object lock = new Object();
  private final Deque<float[]> waiting = new ArrayDeque<>();
  private long waitingSamples;
  private boolean finishing;
  private boolean cancelling;
  private boolean closed;
  private boolean ended;
  private @Nullable MalgwiException overrun;

  /** The preview that runs, if one does: finishing interrupts it, and a window that is full. */
  private @Nullable Cancellation preview;

  private long previewRoom;

  // The worker's own.

  /** Where the latest preview ended, and the sound in it. */
  private long previewedSamples;

  private int previewedSound;

  /** The sound in the latest preview that a pause may have asked for. */
  private int closedSound;

  /** Whether the latest preview heard speech, and in the segment that is open. */
  private boolean previewedSpeech;

  private boolean previewedOpen;

  /** Previews are to cost less. */
  private volatile boolean sparing;

  private volatile long fed = System.nanoTime();

  /** When a preview may begin again, by {@link System#nanoTime}. */
  private long rested = System.nanoTime();

  private Update lastUpdate = new Update("", "");

  /**
   * How to listen.
   *
   * @param pauseMs no speech after speech that is an {@link Endpoint}, in ms of audio; 0: never
   * @param noSpeechMs no speech from the beginning that is {@link NoSpeech}, in ms of audio; 0:
   *     never
   * @param previewMs new audio before the next preview, in ms; 0: no previews
   */
  public record Options(int pauseMs, int noSpeechMs, int previewMs) {
    /** Endpoint after 1.5 s, no speech after 10 s, previews every 0.35 s. */
    public static final Options DEFAULT = new Options(1_500, 10_000, 350);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException for a negative one
     */
    public Options {
      if (pauseMs < 0 || noSpeechMs < 0 || previewMs < 0) {
        throw new IllegalArgumentException(
            "pauseMs "
                + pauseMs
                + ", noSpeechMs "
                + noSpeechMs
                + ", previewMs "
                + previewMs
                + "; expected 0 or more");
      }
    }
  }

  /** Is told what happens. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called on the worker's thread. May finish or cancel the stream, but not close it; what it
     * throws ends the stream as failed.
     *
     * @param event what happened
     */
    void onEvent(Event event);
  }

  /** What a listener is told. Immutable. */
  public sealed interface Event {
    /** {@return whether this is the last event} */
    default boolean isTerminal() {
      return this instanceof Final || this instanceof Cancelled || this instanceof Failed;
    }
  }

  /**
   * The text so far.
   *
   * @param stable no longer changes: every later one, and the final text, begins with it
   * @param moving what follows it; may change altogether
   */
  public record Update(String stable, String moving) implements Event {
    /** {@return all of it, with a space between the two} */
    public String text() {
      return stable.isEmpty() || moving.isEmpty() ? stable + moving : stable + " " + moving;
    }
  }

  /**
   * The speaker has paused; listening goes on.
   *
   * @param atMs where the pause was long enough, in ms of audio
   */
  public record Endpoint(long atMs) implements Event {}

  /**
   * Nothing has been said since the beginning; listening goes on.
   *
   * @param atMs where that was long enough, in ms of audio
   */
  public record NoSpeech(long atMs) implements Event {}

  /**
   * The end, after {@link LiveStream#finish}.
   *
   * @param transcript of all that was fed
   */
  public record Final(Transcript transcript) implements Event {}

  /** The end, after {@link LiveStream#cancel}. */
  public record Cancelled() implements Event {}

  /**
   * The end, because the model, the samples or the listener failed.
   *
   * @param cause what was thrown, by the listener too
   */
  public record Failed(Throwable cause) implements Event {}

  LiveStream(
      Users users, LongForm recording, Decoding decoding, Options options, Listener listener) {
    this.users = users;
    this.decoding = decoding;
    this.options = options;
    this.listener = listener;
    this.recording = recording;
    this.pauses = new PauseDetector(decoding.grid(), options.pauseMs, options.noSpeechMs);
    this.worker = new Thread(this::work, "malgwi-stream");
    worker.setDaemon(true);
    users.enter(worker);
    worker.start();
  }

  /**
   * Adds samples; copies them and returns at once.
   *
   * @param samples 16 kHz, mono, -1 to 1
   * @param count how many of them, from the first
   * @return false once the stream is finishing or has ended: the samples were not taken
   * @throws IllegalArgumentException for a count that isn't 0 to {@code samples.length}
   * @throws IllegalStateException after {@link #close}
   */
  public boolean feed(float[] samples, int count) {
    if (count < 0 || count > samples.length) {
      throw new IllegalArgumentException("count is " + count + " of " + samples.length);
    }
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException("this stream is closed");
      }
      if (finishing || cancelling || ended) {
        return false;
      }
      if (waitingSamples + count > (long) MOST_WAITING_SECONDS * decoding.grid().sampleRate()) {
        overrun =
            new MalgwiException(
                "the recognizer is "
                    + MOST_WAITING_SECONDS
                    + " s behind the speech; this device is too slow for the model");
        stop();
        return false;
      }
      float[] copy = new float[count];
      System.arraycopy(samples, 0, copy, 0, count);
      waiting.add(copy);
      fed = System.nanoTime();
      waitingSamples += count;
      if (preview != null && waitingSamples >= previewRoom) {
        preview.cancel();
      }
      lock.notifyAll();
      return true;
    }
  }

  /**
   * How many of the samples fed the worker hasn't begun with: it grows while the model is slower
   * than the speech.
   *
   * @return samples, at 16 kHz
   */
  public long waitingSamples() {
    synchronized (lock) {
      return waitingSamples;
    }
  }

  /**
   * Adds all of {@code samples}; copies them and returns at once.
   *
   * @param samples 16 kHz, mono, -1 to 1
   * @return false once the stream is finishing or has ended: the samples were not taken
   * @throws IllegalStateException after {@link #close}
   */
  public boolean feed(float[] samples) {
    return feed(samples, samples.length);
  }

  /**
   * Says whether previews are to cost half as much from now on: where the device is hot, or its
   * battery low. The texts that no longer change, and the final, stay the same.
   *
   * @param less whether they are
   */
  public void spare(boolean less) {
    sparing = less;
  }

  /** Asks for the final transcript of what has been fed, and returns. May be called twice. */
  public void finish() {
    synchronized (lock) {
      finishing = true;
      if (preview != null) {
        preview.cancel();
      }
      lock.notifyAll();
    }
  }

  /**
   * Asks for the end without a transcript, interrupting an inference that runs, and returns. May be
   * called twice; after {@link #finish} too, as long as no terminal event has come.
   */
  public void cancel() {
    synchronized (lock) {
      stop();
    }
  }

  private void stop() {
    cancelling = true;
    cancellation.cancel();
    if (preview != null) {
      preview.cancel();
    }
    lock.notifyAll();
  }

  /**
   * Waits for the terminal event; cancels first unless {@link #finish} has been called. No event
   * comes after this returns. May be called twice.
   *
   * @throws IllegalStateException when called from the listener: it would wait for itself
   */
  @Override
  public void close() {
    if (Thread.currentThread() == worker) {
      throw new IllegalStateException("a listener can't close its stream; it may cancel it");
    }
    synchronized (lock) {
      closed = true;
      if (!finishing) {
        stop();
      }
    }
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    Event last;
    try {
      last = new Final(recognise());
    } catch (CancellationException e) {
      last = overrun == null ? new Cancelled() : new Failed(overrun);
    } catch (ListenerException e) {
      last = new Failed(e.thrown);
    } catch (Exception | Error e) {
      last = new Failed(e);
    }
    synchronized (lock) {
      ended = true;
      waiting.clear();
      waitingSamples = 0;
    }
    try {
      listener.onEvent(last);
    } catch (RuntimeException e) {
      // There is nobody left to tell.
    } finally {
      users.leave(worker);
    }
  }

  private Transcript recognise() throws MalgwiException, InterruptedException {
    while (true) {
      boolean finish = take();
      if (!finish) {
        tellPauses();
      }
      if (recording.spanDue()) {
        recording.runSpan(cancellation);
        previewedOpen = false;
        tell();
      } else if (finish) {
        return recording.finish(cancellation);
      } else if (previewDue() && rest() <= 0 && preview()) {
        tell();
      }
    }
  }

  /** Waits for something to do and takes the samples that wait; returns true when they are all. */
  private boolean take() throws MalgwiException, InterruptedException {
    synchronized (lock) {
      while (!cancelling && !finishing && waiting.isEmpty() && !recording.spanDue()) {
        if (!previewDue()) {
          // A microphone that stops in the middle is heard to where it stopped.
          TimeUnit.NANOSECONDS.timedWait(lock, isUnheard() ? STALLED : Long.MAX_VALUE);
        } else if (rest() > 0) {
          TimeUnit.NANOSECONDS.timedWait(lock, rest());
        } else {
          break;
        }
      }
      checkCancelled();
      // One span at a time: the rest waits where it is counted.
      while (!waiting.isEmpty() && !recording.spanDue()) {
        float[] samples = waiting.remove();
        waitingSamples -= samples.length;
        recording.feed(samples, samples.length);
      }
      return finishing && waiting.isEmpty();
    }
  }

  /**
   * Says whether there is sound that the latest preview didn't hear and that has waited long
   * enough. In what may become a pause there is one preview, which is what the pause would ask for:
   * then nothing remains to be run when it closes the segment.
   */
  private boolean previewDue() {
    if (options.previewMs == 0 || !recording.isOpen()) {
      return false;
    }
    if (recording.isClosing()) {
      return recording.soundEnd() > closedSound;
    }
    if (isUnheard() && System.nanoTime() - fed >= STALLED) {
      return true;
    }
    long step = (long) options.previewMs * decoding.grid().sampleRate() / 1000;
    step *= sparing ? SPARING : 1;
    return !recording.isFading()
        && recording.soundEnd() > previewedSound
        && recording.samplesSinceSound() >= step
        && recording.samples() - previewedSamples >= step;
  }

  private boolean isUnheard() {
    return options.previewMs > 0
        && recording.isOpen()
        && recording.soundEnd() > Math.max(previewedSound, closedSound);
  }

  /** Nanoseconds until the preview that is due may begin. */
  private long rest() {
    return recording.isClosing() ? 0 : rested - System.nanoTime();
  }

  /** Runs what is open; returns false when something more important came up. */
  private boolean preview() throws MalgwiException {
    synchronized (lock) {
      if (finishing || cancelling) {
        return false;
      }
      preview = new Cancellation();
      previewRoom = recording.samplesUntilWindow();
    }
    long began = System.nanoTime();
    try {
      previewedSpeech = recording.runPreview(preview);
      previewedOpen = true;
      previewedSamples = recording.samples();
      previewedSound = recording.soundEnd();
      if (recording.isClosing()) {
        closedSound = previewedSound;
      }
      return true;
    } catch (CancellationException e) {
      return false;
    } finally {
      long ended = System.nanoTime();
      // A slow device so spends no more than half a core on previews, a sparing one a quarter.
      rested = ended + (ended - began) * (sparing ? 2 * SPARING - 1 : 1);
      synchronized (lock) {
        preview = null;
      }
    }
  }

  /** Delivers the text so far, when it is another one, and the pauses. */
  private void tell() throws MalgwiException {
    Update update = new Update(recording.stable(), recording.moving());
    if (!update.equals(lastUpdate)) {
      lastUpdate = update;
      deliver(update);
    }
    tellPauses();
  }

  /** Delivers the pauses in what was fed since, as far as it is known to be speech or none. */
  private void tellPauses() {
    pauses.speech(recording.speechEnd());
    tellPause(recording.frames());
    if (recording.spanDue()) {
      return; // whether it is speech is about to be known
    }
    if (!recording.isOpen()) {
      tellPause(recording.looked());
    } else if (!recording.detects() || (previewedOpen && previewedSpeech)) {
      pauses.speech(recording.soundEnd());
      tellPause(recording.looked());
    } else if (previewedOpen) {
      tellPause(previewedSound);
    }
  }

  private void tellPause(long quietEnd) {
    PauseDetector.Found found = pauses.quiet(quietEnd);
    if (found != PauseDetector.Found.NOTHING) {
      long atMs = pauses.foundAt() * decoding.grid().hop() * 1000 / decoding.grid().sampleRate();
      deliver(found == PauseDetector.Found.PAUSE ? new Endpoint(atMs) : new NoSpeech(atMs));
    }
  }

  private void deliver(Event event) {
    checkCancelled();
    try {
      listener.onEvent(event);
    } catch (RuntimeException e) {
      throw new ListenerException(e);
    }
  }

  /** Tells what a listener threw from what was thrown here. */
  private static final class ListenerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final RuntimeException thrown;

    ListenerException(RuntimeException thrown) {
      super(thrown);
      this.thrown = thrown;
    }
  }

  private void checkCancelled() {
    synchronized (lock) {
      if (cancelling) {
        throw new CancellationException();
      }
    }
  }
}
