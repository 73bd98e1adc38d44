package org.malgwi.app.files;

import static org.robolectric.Shadows.shadowOf;

import android.content.Intent;
import android.net.Uri;
import android.os.Looper;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.MainActivity;
import org.malgwi.app.Shots;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/** The tab in every state, as pictures. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class FilesScreensTest {
  private App app;

  @Before
  public void setUp() {
    app = (App) RuntimeEnvironment.getApplication();
  }

  private void add(String name, java.util.function.UnaryOperator<Job> change) {
    FileQueue queue = app.fileQueue();
    queue.addFailed(name, Uri.parse("content://x/" + name), FileProblem.GONE, "why");
    Job job = queue.jobs().get(queue.jobs().size() - 1);
    queue.change(job.id(), change);
  }

  private void take(String name) throws Exception {
    MainActivity activity =
        Robolectric.buildActivity(
                MainActivity.class, new Intent().putExtra(MainActivity.EXTRA_PLACE, "FILES"))
            .setup()
            .get();
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(activity, name);
  }

  private static Job running(Job job, double share, long seconds) {
    return job.in(Job.State.RUNNING).at(share, seconds);
  }

  /** One of each, the newest first. */
  private void all() {
    add("Voice 0012.amr", job -> job.failed(FileProblem.NO_SPACE, "why"));
    add("meeting.mp4", job -> job.in(Job.State.PAUSED));
    add("silence.wav", job -> job.done(-1));
    add("Lecture on the history of the telephone, part 2.mp3", job -> job.done(7));
    add("Interview 3.m4a", job -> running(job, 0.34, 95));
    add("Interview 4.m4a", job -> job.in(Job.State.WAITING));
  }

  @Test
  public void empty() throws Exception {
    take("files-empty");
  }

  @Test
  public void states() throws Exception {
    all();
    take("files");
  }

  @Test
  public void pausedAndRemoved() throws Exception {
    add("meeting.mp4", job -> job.in(Job.State.PAUSED));
    add("Lecture on the history of the telephone, part 2.mp3", job -> job.in(Job.State.PAUSED));
    add("Interview 4.m4a", job -> job.in(Job.State.PAUSED));
    app.fileWork().cancel(app.fileQueue().jobs().get(1));
    take("files-removed");
  }

  @Test
  public void clearedAndMoreToClear() throws Exception {
    add("meeting.mp4", job -> job.in(Job.State.PAUSED));
    add("Interview 4.m4a", job -> job.in(Job.State.PAUSED));
    add("silence.wav", job -> job.done(-1));
    add("Interview 3.m4a", job -> job.done(7));
    take("files-clear");
    app.fileWork().clearFinished();
    take("files-cleared");
  }

  @Test
  public void running() throws Exception {
    add("Interview 3.m4a", job -> running(job, -1, -1));
    add("Interview 4.m4a", job -> running(job, 0.9, 1));
    add("Interview 5.m4a", job -> running(job, 0.04, -1));
    take("files-running");
  }

  @Test
  public void failed() throws Exception {
    for (FileProblem problem : FileProblem.values()) {
      add(
          problem.name().toLowerCase(java.util.Locale.ROOT) + ".ogg",
          job -> job.failed(problem, "why"));
    }
    take("files-failed");
  }

  @Test
  @Config(qualifiers = "w411dp-h914dp-night-xxhdpi")
  public void dark() throws Exception {
    all();
    take("files-dark");
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-xxhdpi")
  public void korean() throws Exception {
    all();
    take("files-ko");
  }

  @Test
  @Config(fontScale = 2f)
  public void large() throws Exception {
    all();
    take("files-2.0");
  }

  @Test
  @Config(qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void landscape() throws Exception {
    all();
    take("files-land");
  }

  @Test
  @Config(qualifiers = "ar-ldrtl-w411dp-h914dp-xxhdpi")
  public void rightToLeft() throws Exception {
    all();
    take("files-rtl");
  }

  @Test
  public void opening() throws Exception {
    OpenAudioActivity activity =
        Robolectric.buildActivity(OpenAudioActivity.class, OpenAudioActivity.pick(app))
            .setup()
            .get();
    Shots.take(activity, "files-opening");
    OpenAudioActivity nothing =
        Robolectric.buildActivity(OpenAudioActivity.class, new Intent(Intent.ACTION_SEND))
            .setup()
            .get();
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(nothing, "files-nothing-sent");
  }
}
