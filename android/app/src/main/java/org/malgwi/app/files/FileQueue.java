package org.malgwi.app.files;

import android.content.ContentResolver;
import android.content.Context;
import android.content.Intent;
import android.net.Uri;
import android.os.Handler;
import android.os.Looper;
import android.os.ParcelFileDescriptor;
import android.util.AtomicFile;
import android.util.JsonReader;
import android.util.JsonWriter;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The recordings to be written down, those that are, and those that failed, in the order in which
 * they came. Survives the process: what was under way is then {@link Job.State#PAUSED}.
 * Thread-safe.
 */
public final class FileQueue {
  /** Holds the only one of this process: the application. */
  public interface Owner {
    FileQueue fileQueue();
  }

  /** The one of this process. */
  public static FileQueue of(Context context) {
    return ((Owner) context.getApplicationContext()).fileQueue();
  }

  /** Recordings that are held open at most; a process may have a thousand files open. */
  private static final int MOST_OPEN = 200;

  private final Context context;
  private final Handler main = new Handler(Looper.getMainLooper());
  private final List<Runnable> listeners = new ArrayList<>();

  /** Files that were opened when they came: the right to open them may end with who gave it. */
  private final Map<Long, ParcelFileDescriptor> open = new HashMap<>();

  private List<Job> jobs;

  /** A recording that was taken off the list last, and its place there: it can be brought back. */
  private record Removed(Job job, int from) {}

  private final List<Removed> removed = new ArrayList<>();

  private final ExecutorService disk =
      Executors.newSingleThreadExecutor(work -> new Thread(work, "queue"));

  /** Whether the next write is still to begin: it will hold all changes until then. */
  private boolean writeComes;

  /**
   * Touches nothing yet.
   *
   * @param context the application
   */
  public FileQueue(Context context) {
    this.context = context;
  }

  /** All recordings, oldest first. */
  public synchronized List<Job> jobs() {
    return List.copyOf(loaded());
  }

  /** The recording of this id, or null when it was removed. */
  public synchronized Job get(long id) {
    for (Job job : loaded()) {
      if (job.id() == id) {
        return job;
      }
    }
    return null;
  }

  /**
   * Adds a recording to its end.
   *
   * @param file belongs to the queue from now on
   * @param forGood it can be opened again at any time, so it needn't be held open
   */
  synchronized void add(String name, Uri uri, ParcelFileDescriptor file, boolean forGood) {
    Job job = Job.waiting(nextId(), name, uri);
    if (forGood || open.size() >= MOST_OPEN) {
      close(file);
    } else {
      open.put(job.id(), file);
    }
    loaded().add(job);
    save();
  }

  /** Adds a recording that couldn't even be opened. */
  synchronized void addFailed(String name, Uri uri, FileProblem problem, String detail) {
    loaded().add(Job.waiting(nextId(), name, uri).failed(problem, detail));
    save();
  }

  private long nextId() {
    long id = System.currentTimeMillis();
    for (Job job : loaded()) {
      id = Math.max(id, job.id() + 1);
    }
    return id;
  }

  /**
   * Takes a recording off the list; what was written down stays in the history. Until {@link
   * #takeRemoved} it can be brought back.
   */
  synchronized void remove(long id) {
    Job job = get(id);
    if (job != null) {
      take(job);
      save();
    }
  }

  /** Takes those off the list that are written down, as {@link #remove} does. */
  synchronized void removeFinished() {
    for (Job job : jobs()) {
      if (job.state() == Job.State.DONE) {
        take(job);
      }
    }
    save();
  }

  private void take(Job job) {
    removed.add(new Removed(job, loaded().indexOf(job)));
    loaded().remove(job);
  }

  /** What {@link #restore} would bring back. */
  synchronized List<Job> removed() {
    return removed.stream().map(Removed::job).collect(Collectors.toList());
  }

  /** Gives what was taken off last; it can't be brought back any more. */
  synchronized List<Job> takeRemoved() {
    List<Job> jobs = removed();
    removed.clear();
    return jobs;
  }

  /** Brings back what was taken off last; what was under way waits for its turn. */
  synchronized void restore() {
    for (int i = removed.size() - 1; i >= 0; i--) { // the places are those of that moment
      Removed one = removed.remove(i);
      Job job = one.job();
      Job back = job.state() == Job.State.RUNNING ? job.in(Job.State.WAITING) : job;
      loaded().add(Math.min(one.from(), loaded().size()), back);
    }
    save();
  }

  /** Lets all that was paused wait for its turn. */
  synchronized void resumeAll() {
    loaded().replaceAll(job -> job.state() == Job.State.PAUSED ? job.in(Job.State.WAITING) : job);
    save();
  }

  /**
   * Closes what was opened for a recording, and gives up the right to open it again, unless the
   * same recording is to be written down once more.
   */
  synchronized void release(Job job) {
    ParcelFileDescriptor file = open.remove(job.id());
    if (file != null) {
      close(file);
    }
    if (Stream.concat(loaded().stream(), removed().stream()).anyMatch(one -> needs(one, job))) {
      return;
    }
    try {
      context
          .getContentResolver()
          .releasePersistableUriPermission(job.uri(), Intent.FLAG_GRANT_READ_URI_PERMISSION);
    } catch (SecurityException e) {
      // It was lent for the moment only.
    }
  }

  /** Whether one is still to be opened where another came from. */
  private static boolean needs(Job one, Job other) {
    return one.id() != other.id() && one.state() != Job.State.DONE && one.uri().equals(other.uri());
  }

  /**
   * Holds a recording's file no longer; it is the caller's to close, and is opened anew if needed.
   */
  synchronized void handOver(Job job) {
    open.remove(job.id());
  }

  private static void close(ParcelFileDescriptor file) {
    try {
      file.close();
    } catch (IOException e) {
      // It was only read.
    }
  }

  /** Changes a recording, unless it was removed meanwhile. */
  synchronized void change(long id, UnaryOperator<Job> change) {
    Job before = get(id);
    if (before == null) {
      return;
    }
    Job after = change.apply(before);
    loaded().set(loaded().indexOf(before), after);
    if (after.state() == before.state()) {
      tell();
    } else {
      save();
    }
  }

  /** Pauses every recording that is under way or waits. */
  synchronized void pauseAll() {
    loaded()
        .replaceAll(
            job ->
                switch (job.state()) {
                  case WAITING, RUNNING -> job.in(Job.State.PAUSED);
                  case PAUSED, DONE, FAILED -> job;
                });
    save();
  }

  /** Takes the next one that waits, as RUNNING; null when none does. */
  synchronized Job takeWaiting() {
    for (Job job : loaded()) {
      if (job.state() == Job.State.WAITING) {
        change(job.id(), one -> one.in(Job.State.RUNNING));
        return get(job.id());
      }
    }
    return null;
  }

  /**
   * The file of a recording, opened anew where the process that held it has ended. The app that
   * gives it may take its time, in which the queue can be used.
   *
   * @throws FileProblemException when that isn't possible any more
   */
  ParcelFileDescriptor file(Job job) throws FileProblemException {
    synchronized (this) {
      ParcelFileDescriptor file = open.get(job.id());
      if (file != null) {
        return file;
      }
    }
    ParcelFileDescriptor file = open(context.getContentResolver(), job.uri(), job.name());
    synchronized (this) {
      open.put(job.id(), file);
    }
    return file;
  }

  /** Opens what another app offers, which may throw anything. */
  static ParcelFileDescriptor open(ContentResolver resolver, Uri uri, String name)
      throws FileProblemException {
    try {
      ParcelFileDescriptor file = resolver.openFileDescriptor(uri, "r");
      if (file != null) {
        return file;
      }
      throw new FileProblemException(FileProblem.GONE, name + ": its app gives no file");
    } catch (IOException | RuntimeException e) {
      throw new FileProblemException(
          FileProblem.GONE, name + ": can't be opened (" + e.getMessage() + ")", e);
    }
  }

  /** Calls {@code listener} on the main thread after every change. */
  void listen(Runnable listener) {
    synchronized (listeners) {
      listeners.add(listener);
    }
  }

  void unlisten(Runnable listener) {
    synchronized (listeners) {
      listeners.remove(listener);
    }
  }

  /** Calls the listeners. */
  void tell() {
    main.post(
        () -> {
          List<Runnable> all;
          synchronized (listeners) {
            all = List.copyOf(listeners);
          }
          all.forEach(Runnable::run);
        });
  }

  private AtomicFile file() {
    return new AtomicFile(new File(context.getFilesDir(), "queue.json"));
  }

  private List<Job> loaded() {
    if (jobs == null) {
      try (JsonReader json =
          new JsonReader(new InputStreamReader(file().openRead(), StandardCharsets.UTF_8))) {
        jobs = read(json);
      } catch (IOException | IllegalStateException | IllegalArgumentException e) {
        jobs = new ArrayList<>(); // none yet, or damaged: the recordings can be opened again
      }
    }
    return jobs;
  }

  private static List<Job> read(JsonReader json) throws IOException {
    List<Job> jobs = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      Map<String, String> keys = new HashMap<>();
      json.beginObject();
      while (json.hasNext()) {
        keys.put(json.nextName(), json.nextString());
      }
      json.endObject();
      Job job =
          Job.waiting(Long.parseLong(keys.get("id")), keys.get("name"), Uri.parse(keys.get("uri")));
      jobs.add(
          switch (Job.State.valueOf(keys.get("state"))) {
            case WAITING, RUNNING, PAUSED -> job.in(Job.State.PAUSED);
            case DONE -> job.done(Long.parseLong(keys.get("entry")));
            case FAILED -> job.failed(FileProblem.valueOf(keys.get("problem")), keys.get("detail"));
          });
    }
    json.endArray();
    return jobs;
  }

  /** Soon, on a thread of its own, and once for all changes until then. */
  private void save() {
    tell();
    if (!writeComes) {
      writeComes = true;
      disk.execute(this::write);
    }
  }

  private synchronized List<Job> toWrite() {
    writeComes = false;
    return List.copyOf(jobs);
  }

  private void write() {
    List<Job> all = toWrite();
    AtomicFile file = file();
    FileOutputStream out = null;
    try {
      out = file.startWrite();
      JsonWriter json = new JsonWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
      json.beginArray();
      for (Job job : all) {
        json.beginObject();
        json.name("id").value(Long.toString(job.id()));
        json.name("name").value(job.name());
        json.name("uri").value(job.uri().toString());
        json.name("state").value(job.state().name());
        json.name("entry").value(Long.toString(job.entry()));
        if (job.problem() != null) {
          json.name("problem").value(job.problem().name());
          json.name("detail").value(job.detail());
        }
        json.endObject();
      }
      json.endArray();
      json.flush();
      file.finishWrite(out);
    } catch (IOException e) {
      // A full disk: the queue lives on in memory, and the recording itself says that it is full.
      file.failWrite(out);
    }
  }
}
