package org.malgwi.app.files;

import android.app.Notification;
import android.app.NotificationManager;
import android.content.Context;
import android.content.Intent;
import org.malgwi.app.R;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;
import org.malgwi.app.ui.WorkService;

/**
 * Lets {@link FileWork} go on while the app isn't on the screen. When the system's time for such
 * services is up, the work is held where it is, to go on when the user says so.
 */
public final class FileService extends WorkService {
  private static final int RUNNING = 2;
  private static final int FINISHED = 3;

  private FileQueue queue;
  private FileWork work;

  /** Recordings that were written down before this service began. */
  private long before;

  /** Recordings that the last notice was about. */
  private int finished;

  public FileService() {
    super("files", R.string.files_channel, R.drawable.ic_files, RUNNING, FINISHED);
  }

  /** Works on all that waits; only while an activity is visible. */
  public static void start(Context context) {
    try {
      context.startForegroundService(new Intent(context, FileService.class));
    } catch (IllegalStateException e) {
      // The screen went off between the tap and this; the list offers to go on.
      FileWork.of(context).pause();
    }
  }

  /** Takes away the notice that all is done: it has been seen. */
  static void seen(Context context) {
    context.getSystemService(NotificationManager.class).cancel(FINISHED);
  }

  @Override
  protected void listen(Runnable listener) {
    queue = FileQueue.of(this);
    work = FileWork.of(this);
    before = done();
    queue.listen(listener);
  }

  @Override
  protected void unlisten(Runnable listener) {
    queue.unlisten(listener);
  }

  @Override
  protected boolean isWorking() {
    return work.isRunning();
  }

  @Override
  protected void allowed() {
    work.go();
  }

  @Override
  protected void refused() {
    work.pause();
  }

  @Override
  protected Intent opened() {
    return Screens.of(this).place(Place.FILES);
  }

  private long done() {
    return queue.jobs().stream().filter(job -> job.state() == Job.State.DONE).count();
  }

  @Override
  protected void sayProgress(Notification.Builder shown) {
    shown.setContentTitle(getString(R.string.files_working));
    for (Job job : queue.jobs()) {
      if (job.state() == Job.State.RUNNING) {
        shown.setContentText(job.name());
        shown.setProgress(100, (int) (100 * Math.max(0, job.share())), job.share() < 0);
      }
    }
  }

  @Override
  protected boolean sayEnd(Notification.Builder shown) {
    int now = (int) (done() - before);
    boolean more = now > finished;
    if (more) {
      finished = now;
      shown.setContentTitle(getResources().getQuantityString(R.plurals.files_finished, now, now));
    }
    return more;
  }
}
