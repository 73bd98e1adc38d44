package org.malgwi.app.files;

import android.content.Context;
import android.os.ParcelFileDescriptor;
import java.io.Closeable;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import org.malgwi.android.MediaSamples;
import org.malgwi.android.Unreadable;
import org.malgwi.app.history.History;
import org.malgwi.app.history.NewEntry;
import org.malgwi.app.history.Source;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.models.Lease;
import org.malgwi.app.platform.Awake;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.core.Cancellation;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.Recognizer;
import org.malgwi.core.Resampler;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;

/**
 * Writes the recordings of the queue down, one after the other, on a thread of its own. Pausing
 * holds that thread where it is, between two blocks of samples, so going on costs nothing; when the
 * process ends meanwhile, the next one reads what the model gave from a file. Thread-safe.
 */
public final class FileWork {
  /** Holds the only one of this process: the application. */
  public interface Owner {
    FileWork fileWork();
  }

  /** The one of this process. */
  public static FileWork of(Context context) {
    return ((Owner) context.getApplicationContext()).fileWork();
  }

  private final Context context;
  private final FileQueue queue;
  private final BundleStore bundles;
  private final Engine engine;
  private final History history;
  private final Preferences preferences;
  private final Disk disk;
  private final Awake awake;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(work -> new Thread(work, "files"));

  private boolean allowed;
  private boolean busy;
  private long current = -1;

  /** Of what the thread is at work on. */
  private Cancellation cancellation = new Cancellation();

  /** What the thread was at work on when it was given up for good. */
  private Job forgotten;

  /** Begins nothing yet. */
  public FileWork(
      Context context,
      FileQueue queue,
      BundleStore bundles,
      Engine engine,
      History history,
      Preferences preferences) {
    this(
        context,
        queue,
        bundles,
        engine,
        history,
        preferences,
        () -> context.getFilesDir().getUsableSpace());
  }

  /**
   * @param freeBytes space that is left where the app's files lie
   */
  FileWork(
      Context context,
      FileQueue queue,
      BundleStore bundles,
      Engine engine,
      History history,
      Preferences preferences,
      LongSupplier freeBytes) {
    this.context = context;
    this.queue = queue;
    this.bundles = bundles;
    this.engine = engine;
    this.history = history;
    this.preferences = preferences;
    this.disk = new Disk(freeBytes);
    this.awake = new Awake(context, "files");
  }

  /** Begins, or goes on. */
  synchronized void go() {
    allowed = true;
    if (current >= 0 && !cancellation.isCancelled()) {
      queue.change(current, FileWork::goingOn);
    }
    notifyAll();
    if (!busy) {
      busy = true;
      thread.execute(this::all);
    }
  }

  /** What is over stays so: its thread is about to take the next one. */
  private static Job goingOn(Job job) {
    return switch (job.state()) {
      case WAITING, RUNNING, PAUSED -> job.in(Job.State.RUNNING);
      case DONE, FAILED -> job;
    };
  }

  /** Holds everything until {@link #go}. */
  synchronized void pause() {
    allowed = false;
    queue.pauseAll();
  }

  /** Whether it is at work, and not held. */
  synchronized boolean isRunning() {
    return busy && allowed;
  }

  /**
   * Takes a recording out of the queue, at work on it or not. The queue can bring it back until
   * {@link #forgetRemoved}, or until the next one is taken out.
   */
  synchronized void cancel(Job job) {
    forgetRemoved();
    queue.remove(job.id());
    if (job.id() == current) {
      cancellation.cancel(); // also in the middle of an inference
      notifyAll();
    }
  }

  /** Takes those out of the queue that are written down; as {@link #cancel}. */
  synchronized void clearFinished() {
    forgetRemoved();
    queue.removeFinished();
  }

  /** What was taken out of the queue won't be brought back. */
  synchronized void forgetRemoved() {
    for (Job removed : queue.takeRemoved()) {
      if (removed.id() == current) {
        forgotten = removed; // the thread may be reading the file
      } else {
        forget(removed);
      }
    }
  }

  private void forget(Job job) {
    queue.release(job);
    deleteFiles(job); // a process that ended at work on it left them
  }

  private void all() {
    awake.hold();
    try {
      Job job;
      while ((job = next()) != null) {
        one(job);
      }
    } finally {
      awake.letGo();
    }
  }

  private synchronized Job next() {
    if (forgotten != null) {
      forget(forgotten);
      forgotten = null;
    }
    Job job = allowed ? queue.takeWaiting() : null;
    current = job == null ? -1 : job.id();
    cancellation = new Cancellation();
    if (job == null) {
      busy = false;
      queue.tell(); // that there is nothing more to do
    }
    return job;
  }

  private void one(Job job) {
    try {
      long entry = writeDown(job);
      queue.change(job.id(), now -> now.done(entry));
      queue.release(job);
    } catch (CancellationException e) {
      // It was taken out of the queue.
    } catch (FileProblemException e) {
      queue.change(job.id(), now -> now.failed(e.problem(), e.getMessage()));
    } catch (Unreadable e) {
      queue.change(job.id(), now -> now.failed(FileProblem.of(e.reason()), e.getMessage()));
    } catch (IOException | RuntimeException e) {
      queue.change(
          job.id(), now -> now.failed(FileProblem.UNEXPECTED, String.valueOf(e.getMessage())));
    } catch (OutOfMemoryError e) {
      queue.change(job.id(), now -> now.failed(FileProblem.MODEL_FAILED, "out of memory"));
    }
  }

  /** Returns the entry in the history; -1 when there was no speech. */
  private long writeDown(Job job) throws IOException {
    Installed model = bundles.current();
    if (model == null) {
      throw new FileProblemException(FileProblem.NO_MODEL, "no bundle is installed");
    }
    File pcm = sound(job);
    boolean keepsSound = preferences.keepAudio() && preferences.keepHistory();
    try (Opened file = seekable(job, queue.file(job));
        MediaSamples samples =
            MediaSamples.open(file.descriptor.getFileDescriptor(), job.name(), this::checkpoint);
        KeptSound sound = keepsSound ? new KeptSound(disk, pcm, samples.durationMs()) : null;
        Lease lease = lease(model)) {
      Transcript transcript = transcribe(job, lease, watched(job, samples, sound));
      if (transcript.text().isEmpty()) {
        return -1;
      }
      if (sound != null) {
        sound.flush();
      }
      return keep(
          new NewEntry(
              Source.FILE,
              job.name(),
              model,
              transcript,
              sound == null ? null : pcm,
              samples.channel()));
    } finally {
      deleteFiles(job);
    }
  }

  /** What is read in the place of a recording that can be read only once. */
  private File copy(Job job) {
    return new File(context.getCacheDir(), "copy-" + job.id());
  }

  /** The sound on its way into the history. */
  private File sound(Job job) {
    return new File(context.getFilesDir(), "sound-" + job.id() + ".pcm");
  }

  /** What the model gave so far, so that a later process goes on from there. */
  private File journal(Job job) {
    return new File(context.getFilesDir(), "journal-" + job.id());
  }

  private void deleteFiles(Job job) {
    copy(job).delete();
    sound(job).delete();
    journal(job).delete();
  }

  private long keep(NewEntry entry) throws FileProblemException {
    try {
      return history.add(entry);
    } catch (IOException e) {
      throw Disk.full(e);
    }
  }

  private Lease lease(Installed model) throws FileProblemException {
    try {
      return engine.acquire(model).get();
    } catch (ExecutionException e) {
      throw new FileProblemException(
          FileProblem.MODEL_FAILED, String.valueOf(e.getCause().getMessage()), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException();
    }
  }

  private WatchedSamples watched(Job job, MediaSamples samples, KeptSound sound) {
    return new WatchedSamples(
        samples,
        samples.durationMs(),
        sound,
        this::checkpoint,
        (share, left) -> queue.change(job.id(), now -> now.at(share, left)));
  }

  private Transcript transcribe(Job job, Lease lease, WatchedSamples samples) throws IOException {
    Recognizer recognizer = lease.recognizer();
    Cancellation stop;
    synchronized (this) {
      stop = cancellation;
    }
    try {
      long expected = samples.durationMs() * Resampler.RATE / 1000;
      return expected > 0 && disk.hasRoom(recognizer.journalBytes(expected))
          ? recognizer.transcribe(samples, search(lease), journal(job), stop)
          : recognizer.transcribe(samples, search(lease), stop);
    } catch (MalgwiException e) {
      throw new FileProblemException(FileProblem.MODEL_FAILED, e.getMessage(), e);
    }
  }

  private Search search(Lease lease) {
    List<String> hotwords = lease.spellable(preferences.hotwords());
    Search search = Search.DEFAULT.withHotwords(hotwords);
    try {
      lease.recognizer().check(search);
      return search;
    } catch (MalgwiException e) {
      return Search.DEFAULT; // too many of them; they are a wish
    }
  }

  /** A file and, where it had to be made, the copy that is read in its place. */
  private record Opened(ParcelFileDescriptor descriptor, boolean isCopy) implements Closeable {
    @Override
    public void close() throws IOException {
      if (isCopy) {
        descriptor.close();
      }
    }
  }

  /**
   * What can't be read twice, such as another app's pipe, is copied first. It isn't held open any
   * longer: whoever tries once more would take what is left in it for the recording.
   */
  private Opened seekable(Job job, ParcelFileDescriptor file) throws IOException {
    if (file.getStatSize() >= 0) {
      return new Opened(file, false);
    }
    queue.handOver(job);
    File copy = copy(job);
    try (InputStream in = new ParcelFileDescriptor.AutoCloseInputStream(file);
        OutputStream out = new FileOutputStream(copy)) {
      byte[] block = new byte[1 << 16];
      int count;
      while ((count = in.read(block)) >= 0) {
        checkpoint();
        disk.checkRoom(count);
        Disk.write(out, block, count);
      }
    }
    return new Opened(ParcelFileDescriptor.open(copy, ParcelFileDescriptor.MODE_READ_ONLY), true);
  }

  /** Waits while everything is held; throws once this recording is cancelled. */
  private synchronized void checkpoint() {
    while (!allowed && !cancellation.isCancelled()) {
      awake.letGo();
      try {
        wait();
        awake.hold();
      } catch (InterruptedException e) {
        throw new CancellationException();
      }
    }
    if (cancellation.isCancelled()) {
      throw new CancellationException();
    }
  }
}
