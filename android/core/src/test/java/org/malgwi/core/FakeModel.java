package org.malgwi.core;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model without a network: a frame's token is the one whose level, id / 32, is nearest to that of
 * the square wave in the frame's first hop. Where it has little context, in the first five and last
 * four frames of what it is given, it hears {@link #EDGE} in loud frames, as real models go wrong
 * there.
 */
final class FakeModel implements Model {
  static final List<String> TOKENS =
      List.of("[PAD]", "|", "'", "a", "d", "e", "h", "l", "o", "r", "w", "[UNK]", "x");
  static final int EDGE = 12;
  static final FrameGrid GRID = new FrameGrid(400, 320, 16_000);

  /**
   * As in decoding.json: nothing but silence is quiet, and a tenth of a second of it is a pause.
   */
  static final SegmentPlan SEGMENTS =
      new SegmentPlan(16_000, 1_600, 1_600, 1_600, 960, 1_600, 32_000, -60, 60, 0, 60, 60);

  static final Decoding DECODING =
      new Decoding(
          new Vocab(TOKENS, 0, 1, Text.Unit.CHARACTER, Normalisation.PLAIN),
          GRID,
          SEGMENTS,
          null,
          "samples",
          "logits");

  private final boolean edges;
  private final AtomicInteger running = new AtomicInteger();

  /** The lengths of all that was run, in order. */
  final List<Integer> lengths = Collections.synchronizedList(new ArrayList<>());

  volatile int mostAtOnce;
  volatile boolean closed;

  /** While this isn't null, runs wait for it. */
  volatile CountDownLatch gate;

  /** Counted down when a run begins. */
  volatile CountDownLatch started = new CountDownLatch(1);

  volatile MalgwiException failure;

  /** What close throws after it. */
  volatile RuntimeException closeFailure;

  FakeModel(boolean edges) {
    this.edges = edges;
  }

  FakeModel() {
    this(false);
  }

  @Override
  public FloatBuffer logits(float[] samples, Cancellation cancellation) throws MalgwiException {
    if (closed) {
      throw new AssertionError("run after close");
    }
    mostAtOnce = Math.max(mostAtOnce, running.incrementAndGet());
    lengths.add(samples.length);
    try {
      CountDownLatch interrupted = new CountDownLatch(1);
      Runnable interrupt = interrupted::countDown;
      cancellation.begin(interrupt);
      started.countDown();
      CountDownLatch waitFor = gate;
      try {
        while (waitFor != null && !waitFor.await(1, TimeUnit.MILLISECONDS)) {
          if (interrupted.getCount() == 0) {
            throw new CancellationException();
          }
        }
      } finally {
        cancellation.end(interrupt);
      }
      if (failure != null) {
        throw failure;
      }
      return scores(samples);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      running.decrementAndGet();
    }
  }

  private FloatBuffer scores(float[] samples) {
    int frames = GRID.count(samples.length);
    FloatBuffer logits = FloatBuffer.allocate(frames * TOKENS.size());
    for (int frame = 0; frame < frames; frame++) {
      double level = 0;
      for (int i = 0; i < GRID.hop(); i++) {
        level += samples[frame * GRID.hop() + i] * wave(i) / GRID.hop();
      }
      boolean atEdge = edges && (frame < 5 || frame >= frames - 4) && level > 1 / 64.0;
      for (int id = 0; id < TOKENS.size(); id++) {
        double distance = level - id / 32.0;
        logits.put(atEdge && id == EDGE ? 10 : (float) (-4_000 * distance * distance));
      }
    }
    return logits.flip();
  }

  @Override
  public String hash() {
    return "fake" + edges;
  }

  @Override
  public void close() {
    closed = true;
    if (closeFailure != null) {
      throw closeFailure;
    }
  }

  /** Waits until a thread has come to where it waits for another one. */
  static void awaitWaiting(Thread thread) throws InterruptedException {
    while (thread.getState() != Thread.State.WAITING) {
      if (thread.getState() == Thread.State.TERMINATED) {
        throw new AssertionError("it waited for nobody");
      }
      Thread.sleep(1);
    }
  }

  /** Samples that "speak" a text, one letter for {@code hops} frames and a blank between two. */
  static float[] speak(String text, int hops) {
    List<Integer> ids = new ArrayList<>();
    for (int at = 0; at < text.length(); at++) {
      char letter = text.charAt(at);
      int id = letter == ' ' ? 1 : letter == '_' ? 0 : TOKENS.indexOf(String.valueOf(letter));
      for (int i = 0; i < hops; i++) {
        ids.add(id);
      }
      ids.add(0);
    }
    float[] samples = new float[ids.size() * GRID.hop() + GRID.receptiveField() - GRID.hop()];
    for (int i = 0; i < ids.size(); i++) {
      hold(samples, i, i + 1, ids.get(i) / 32f);
    }
    return samples;
  }

  /** Holds a level from one hop up to another. */
  static void hold(float[] samples, int fromHop, int toHop, float level) {
    for (int i = fromHop * GRID.hop(); i < toHop * GRID.hop(); i++) {
      samples[i] = wave(i) > 0 ? level : 0 - level; // not -0.0
    }
  }

  /** A square wave with a period of one hop: a constant would be no sound. */
  private static int wave(int sample) {
    return sample % GRID.hop() < GRID.hop() / 2 ? 1 : -1;
  }
}
