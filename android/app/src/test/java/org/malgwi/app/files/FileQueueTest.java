package org.malgwi.app.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.ContentResolver;
import android.content.Context;
import android.content.ContextWrapper;
import android.content.Intent;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.view.View;
import android.widget.TextView;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;

/** The queue: what is taken off and brought back, paused, held open and written to the disk. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class FileQueueTest extends SharedRecordings {
  private void addPaused(int index) throws Exception {
    Uri uri = golden(index);
    ParcelFileDescriptor file = FileQueue.open(app.getContentResolver(), uri, "it");
    app.fileQueue().add("clip" + index + ".wav", uri, file, false);
    recorder.offer("clip" + index + ".wav", null); // it can't be opened again
    app.fileQueue().pauseAll();
  }

  @Test
  public void whatWasTakenOffTheListCanBeBroughtBack() throws Exception {
    Demo.install(app);
    addPaused(0);
    MainActivity activity = filesTab().get();
    row(activity).findViewById(R.id.file_remove).performClick();
    Wait.until("it is said", () -> activity.findViewById(R.id.files_removed).isShown());
    assertEquals(
        "clip0.wav was taken off the list.",
        activity.<TextView>findViewById(R.id.files_removed_name).getText().toString());
    assertEquals(List.of(), app.fileQueue().jobs());
    activity.findViewById(R.id.files_undo).performClick();
    View back = row(activity);
    assertFalse(activity.findViewById(R.id.files_removed).isShown());
    back.findViewById(R.id.file_action).performClick(); // "Continue"
    serve();
    waitForAll();
    assertEquals(Demo.golden(0).text(), app.history().text(only().entry()));
  }

  @Test
  public void leavingTheListForgetsWhatWasTakenOff() throws Exception {
    addPaused(0);
    ActivityController<MainActivity> screen = filesTab();
    app.fileWork().cancel(only());
    screen.pause();
    assertEquals(List.of(), app.fileQueue().removed());
  }

  @Test
  public void theFinishedOnesAreClearedAndComeBackToTheirPlaces() throws Exception {
    FileQueue queue = app.fileQueue();
    for (int i = 0; i < 5; i++) {
      queue.addFailed("clip" + i, Uri.parse("content://x/" + i), FileProblem.GONE, "why");
    }
    List<Job> all = queue.jobs();
    queue.change(all.get(0).id(), job -> job.done(7));
    queue.change(all.get(2).id(), job -> job.done(-1));
    queue.change(all.get(3).id(), job -> job.in(Job.State.PAUSED));
    List<Job> before = queue.jobs();
    MainActivity activity = filesTab().get();
    activity.findViewById(R.id.files_clear).performClick();
    shadowOf(android.os.Looper.getMainLooper()).idle();
    assertEquals(List.of(before.get(1), before.get(3), before.get(4)), queue.jobs());
    assertEquals(
        "2 recordings were taken off the list.",
        activity.<TextView>findViewById(R.id.files_removed_name).getText().toString());
    assertFalse(activity.findViewById(R.id.files_clear).isShown());
    activity.findViewById(R.id.files_undo).performClick();
    assertEquals(before, queue.jobs());
  }

  @Test
  public void allThatWasPausedGoesOnAtOnce() throws Exception {
    Demo.install(app);
    addPaused(0);
    MainActivity activity = filesTab().get();
    assertFalse("one has a button", activity.findViewById(R.id.files_continue_all).isShown());
    addPaused(1);
    Wait.until("it is offered", () -> activity.findViewById(R.id.files_continue_all).isShown());
    activity.findViewById(R.id.files_continue_all).performClick();
    serve();
    waitForAll();
    for (Job job : app.fileQueue().jobs()) {
      assertEquals(Job.State.DONE, job.state());
    }
  }

  @Test
  public void whatCanBeOpenedAgainIsNotHeldOpen() throws Exception {
    Uri uri = golden(0);
    ParcelFileDescriptor kept = FileQueue.open(app.getContentResolver(), uri, "it");
    ParcelFileDescriptor lent = FileQueue.open(app.getContentResolver(), uri, "it");
    app.fileQueue().add("picked.wav", uri, kept, true);
    app.fileQueue().add("shared.wav", uri, lent, false);
    assertFalse(kept.getFileDescriptor().valid());
    assertTrue(lent.getFileDescriptor().valid());
    Job picked = app.fileQueue().jobs().get(0);
    assertTrue(app.fileQueue().file(picked).getFileDescriptor().valid());
  }

  @Test
  public void whatWasPickedTwiceCanBeOpenedUntilBothAreDone() throws Exception {
    Uri uri = golden(0);
    ContentResolver resolver = app.getContentResolver();
    resolver.takePersistableUriPermission(uri, Intent.FLAG_GRANT_READ_URI_PERMISSION);
    FileQueue queue = app.fileQueue();
    for (int i = 0; i < 2; i++) {
      queue.add("picked.wav", uri, FileQueue.open(resolver, uri, "it"), true);
    }
    Job first = queue.jobs().get(0);
    Job second = queue.jobs().get(1);
    queue.change(first.id(), job -> job.done(7));
    queue.release(first);
    assertEquals(1, resolver.getPersistedUriPermissions().size());
    queue.remove(second.id()); // and may be brought back
    queue.release(first);
    assertEquals(1, resolver.getPersistedUriPermissions().size());
    queue.restore();
    queue.change(second.id(), job -> job.done(8));
    queue.release(second);
    assertEquals(List.of(), resolver.getPersistedUriPermissions());
  }

  @Test
  public void changesAreWrittenTogetherAndNotByWhoMakesThem() throws Exception {
    CountDownLatch slow = new CountDownLatch(1);
    List<String> writers = new CopyOnWriteArrayList<>();
    Context context =
        new ContextWrapper(app) {
          @Override
          public File getFilesDir() {
            writers.add(Thread.currentThread().getName());
            if (writers.size() > 1) {
              try {
                slow.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
            return super.getFilesDir();
          }
        };
    FileQueue queue = new FileQueue(context);
    assertEquals(List.of(), queue.jobs()); // reads
    for (int i = 0; i < 100; i++) {
      queue.addFailed("" + i, Uri.parse("content://x/y"), FileProblem.NO_SOUND, "why");
    }
    slow.countDown();
    Wait.until("all is written", () -> written() == 100);
    assertTrue("" + writers, writers.size() <= 4);
    assertEquals(Set.of("queue"), Set.copyOf(writers.subList(1, writers.size())));
  }

  /** Recordings in the queue's file; a second queue that reads it would disturb who writes it. */
  private int written() {
    try {
      String json = Files.readString(app.getFilesDir().toPath().resolve("queue.json"));
      return json.split("\"id\"", -1).length - 1;
    } catch (IOException e) {
      return 0; // not yet
    }
  }

  @Test
  public void theQueueSurvivesTheProcess() throws Exception {
    Uri uri = golden(0);
    share(send(uri));
    app.fileQueue().addFailed("other", Uri.parse("content://x/y"), FileProblem.NO_SOUND, "why");
    Wait.until("it is written", () -> written() == 2);
    FileQueue next = new FileQueue(app);
    assertEquals(Job.State.PAUSED, next.jobs().get(0).state());
    assertEquals("clip0.wav", next.jobs().get(0).name());
    next.file(next.jobs().get(0)); // can be opened again
    next.release(next.jobs().get(0));
    assertEquals(FileProblem.NO_SOUND, next.jobs().get(1).problem());
    assertEquals("why", next.jobs().get(1).detail());

    recorder.offer("clip0.wav", null);
    FileQueue last = new FileQueue(app);
    assertEquals(
        FileProblem.GONE,
        assertThrows(FileProblemException.class, () -> last.file(last.jobs().get(0))).problem());
    Files.write(app.getFilesDir().toPath().resolve("queue.json"), "[{".getBytes(UTF_8));
    assertEquals(List.of(), new FileQueue(app).jobs());
  }

  @Test
  public void aSlowAppHoldsUpNoOne() throws Exception {
    Uri uri = golden(0);
    app.fileQueue().add("clip0.wav", uri, null, false);
    Wait.until("it is written", () -> written() == 1);
    FileQueue next = new FileQueue(app);
    Job job = next.jobs().get(0);
    Recorder.Late other = recorder.answerLate();
    CompletableFuture<ParcelFileDescriptor> file =
        CompletableFuture.supplyAsync(() -> open(next, job));
    other.waitUntilAsked();
    CompletableFuture<List<Job>> jobs = CompletableFuture.supplyAsync(next::jobs);
    try {
      assertEquals(List.of(job), jobs.get(Wait.MOST_SECONDS, SECONDS));
    } finally {
      other.answer();
    }
    file.get(Wait.MOST_SECONDS, SECONDS);
    next.release(job);
  }

  private static ParcelFileDescriptor open(FileQueue queue, Job job) {
    try {
      return queue.file(job);
    } catch (FileProblemException e) {
      throw new AssertionError(e);
    }
  }
}
