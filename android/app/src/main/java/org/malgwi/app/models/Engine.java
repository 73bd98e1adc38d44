package org.malgwi.app.models;

import android.content.Context;
import android.os.Process;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import org.malgwi.android.internal.Installation;
import org.malgwi.app.platform.Platform;
import org.malgwi.core.GoldenCheck;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Recognizer;

/**
 * The one place that loads models. A loaded one is shared by all who {@link #acquire} it, stays for
 * two minutes after the last of them gave it back, or until the app's windows are hidden, and is
 * then freed. Two are loaded only while two are in use.
 *
 * <p>All methods return at once, but for {@link #tryOut} and {@link #open}; models are loaded and
 * freed on the engine's own thread.
 */
public final class Engine {
  /** Holds the only one of this process: the application. */
  public interface Owner {
    Engine engine();
  }

  /** The one of this process. */
  public static Engine of(Context context) {
    return ((Owner) context.getApplicationContext()).engine();
  }

  private static final int WARM_UP = 16_000;

  /** A model in memory; only the engine's thread touches it. */
  private static final class Loaded {
    private final Installed installed;
    private final Recognizer recognizer;
    private int leases;
    private boolean soon;
    private ScheduledFuture<?> end;

    Loaded(Installed installed, Recognizer recognizer) {
      this.installed = installed;
      this.recognizer = recognizer;
    }
  }

  private final CrashGuard guard;
  private final IntSupplier threads;
  private final Duration idle;
  private final ScheduledThreadPoolExecutor thread;
  private final AtomicBoolean crashSaid = new AtomicBoolean();
  private final List<Loaded> loaded = new ArrayList<>();

  /**
   * @param threads for one inference, asked at every load
   * @param idle how long an unused model stays
   */
  Engine(CrashGuard guard, IntSupplier threads, Duration idle) {
    this.guard = guard;
    this.threads = threads;
    this.idle = idle;
    this.thread = new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "engine"));
    thread.setRemoveOnCancelPolicy(true);
  }

  /**
   * The engine of this process.
   *
   * @param threads what the user chose; 0 leaves it to the processor's clusters
   */
  public static Engine open(Context context, IntSupplier threads) {
    CrashGuard guard =
        new CrashGuard(
            new File(context.getFilesDir(), "engine"),
            Installation.stamp(context),
            pid -> Platform.ending(context, pid));
    return new Engine(guard, threads, Duration.ofMinutes(2));
  }

  /**
   * Loads a bundle's model unless it is loaded, and lends it. Cancelling the future gives the lease
   * back by itself.
   *
   * @return completes on the engine's thread, which is not to be kept busy there; fails with {@link
   *     MalgwiException}, {@link CrashedBefore} among them
   */
  public CompletableFuture<Lease> acquire(Installed installed) {
    CompletableFuture<Lease> result = new CompletableFuture<>();
    thread.execute(
        () -> {
          try {
            Lease lease = lend(installed);
            if (!result.complete(lease)) {
              lease.close();
            }
          } catch (Throwable e) {
            // Errors too, as want of memory: whoever waits would wait for ever.
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  /** Frees what nobody uses, now, and what is in use as soon as it is given back. */
  public void trim() {
    thread.execute(
        () -> {
          freeUnused();
          loaded.forEach(one -> one.soon = true);
        });
  }

  /** How often this bundle's model took the app down while it was loaded. */
  public int crashes(Installed installed) {
    return guard.crashes(installed.id());
  }

  /** How this bundle's model may be loaded. */
  CrashGuard.Way way(Installed installed) {
    return guard.way(installed.id());
  }

  /** Forgets the crashes of a bundle, so that it is loaded at full speed again. */
  public void forgive(Installed installed) {
    guard.forgive(installed.id());
    trim();
  }

  /** The id of the bundle that ended the app and is loaded otherwise from now on; said once. */
  public Optional<String> takeCrash() {
    return crashSaid.compareAndSet(false, true) ? guard.worse() : Optional.empty();
  }

  /**
   * Loads a bundle for a moment and runs its golden clips, on the caller's thread.
   *
   * @throws MalgwiException when it can't be run
   */
  public List<GoldenCheck> tryOut(Installed installed) throws MalgwiException {
    try (Recognizer recognizer = open(installed, options(installed))) {
      return GoldenCheck.all(installed.bundle(), recognizer);
    }
  }

  /**
   * Opens a recogniser that belongs to the caller, beside those that are lent, on the caller's
   * thread; for measurements.
   *
   * @throws MalgwiException when it can't be loaded
   */
  public Recognizer open(Installed installed, Recognizer.Options options) throws MalgwiException {
    synchronized (guard) {
      return load(installed, options);
    }
  }

  /** One at a time, since there is one marker. */
  private Recognizer load(Installed installed, Recognizer.Options options) throws MalgwiException {
    guard.begin(installed.id(), Process.myPid());
    try {
      Recognizer recognizer = Recognizer.open(installed.bundle(), options);
      try {
        List<ModelBundle.Golden> clips = installed.bundle().golden();
        float[] samples =
            clips.isEmpty() ? new float[WARM_UP] : installed.bundle().samples(clips.get(0));
        // The first run is where kernels that the processor lacks would crash.
        recognizer.transcribe(Arrays.copyOf(samples, Math.min(samples.length, WARM_UP)));
        guard.worked(installed.id(), options.kleidiAi());
        return recognizer;
      } catch (Throwable e) {
        recognizer.close();
        throw e;
      }
    } finally {
      guard.end();
    }
  }

  /**
   * How a bundle's model is run: with care after it crashed.
   *
   * @throws CrashedBefore when it crashed even so, or is too big
   */
  public Recognizer.Options options(Installed installed) throws CrashedBefore {
    return switch (way(installed)) {
      case FULL -> new Recognizer.Options(threads.getAsInt(), true);
      case CAREFUL -> new Recognizer.Options(1, false);
      case NEVER, TOO_BIG -> throw new CrashedBefore(installed);
    };
  }

  private Lease lend(Installed installed) throws MalgwiException {
    Loaded one = null;
    for (Loaded candidate : loaded) {
      one = candidate.installed.id().equals(installed.id()) ? candidate : one;
    }
    if (one == null) {
      freeUnused();
      one = new Loaded(installed, open(installed, options(installed)));
      loaded.add(one);
    }
    one.leases++;
    one.soon = false;
    if (one.end != null) {
      one.end.cancel(false);
      one.end = null;
    }
    Loaded lent = one;
    return new Lease(one.recognizer, () -> thread.execute(() -> giveBack(lent)));
  }

  private void giveBack(Loaded one) {
    one.leases--;
    if (one.leases > 0) {
      return;
    }
    if (one.soon) {
      freeUnused();
    } else {
      one.end = thread.schedule(this::freeUnused, idle.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void freeUnused() {
    for (Loaded one : List.copyOf(loaded)) {
      if (one.leases == 0) {
        loaded.remove(one);
        if (one.end != null) {
          one.end.cancel(false);
        }
        one.recognizer.close();
      }
    }
  }
}
