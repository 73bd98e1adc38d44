package org.malgwi.app.files;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.app.Service;
import android.content.Context;
import android.content.Intent;
import android.os.IBinder;
import org.malgwi.app.R;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;

/**
 * Lets {@link FileWork} go on while the app isn't on the screen. Started only from a visible
 * activity. When the system's time for such services is up, the work is held where it is, to go on
 * when the user says so.
 */
public final class FileService extends Service {
  private static final String CHANNEL = "files";
  private static final int RUNNING = 2;
  private static final int FINISHED = 3;

  private final Runnable show = this::show;
  private FileQueue queue;
  private FileWork work;

  /** Recordings that were written down before this service began. */
  private long before;

  /** Recordings that the last notice was about. */
  private int finished;

  /** What this service was asked to do last; 0: nothing yet, and it isn't in the foreground. */
  private int lastStart;

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
  public void onCreate() {
    super.onCreate();
    queue = FileQueue.of(this);
    work = FileWork.of(this);
    getSystemService(NotificationManager.class)
        .createNotificationChannel(
            new NotificationChannel(
                CHANNEL, getString(R.string.files_channel), NotificationManager.IMPORTANCE_LOW));
    before = done();
    queue.listen(show);
  }

  @Override
  public int onStartCommand(Intent intent, int flags, int startId) {
    lastStart = startId;
    try {
      Platform.startForegroundWithFiles(this, RUNNING, progress());
      work.go();
    } catch (IllegalStateException e) {
      // Not allowed now: the day's time is used up, or the app is no longer on the screen.
      hold();
    }
    show();
    return START_NOT_STICKY;
  }

  /** Android 15: six hours a day are up. */
  @Override
  public void onTimeout(int startId, int type) {
    hold();
  }

  /** Android 14. */
  @Override
  public void onTimeout(int startId) {
    hold();
  }

  private void hold() {
    work.pause();
    end();
  }

  /** Where it was asked for once more, and doesn't know yet, it stays for that. */
  private void end() {
    stopForeground(STOP_FOREGROUND_REMOVE);
    stopSelf(lastStart);
  }

  private void show() {
    if (lastStart == 0) {
      return; // who ends it before it is in the foreground ends the process
    }
    NotificationManager notifications = getSystemService(NotificationManager.class);
    if (work.isRunning()) {
      notifications.notify(RUNNING, progress());
      return;
    }
    end();
    int now = (int) (done() - before);
    if (now > finished) {
      finished = now;
      notifications.notify(FINISHED, notice(finished));
    }
  }

  private long done() {
    return queue.jobs().stream().filter(job -> job.state() == Job.State.DONE).count();
  }

  private Notification progress() {
    Notification.Builder shown = builder().setOngoing(true);
    shown.setContentTitle(getString(R.string.files_working));
    for (Job job : queue.jobs()) {
      if (job.state() == Job.State.RUNNING) {
        shown.setContentText(job.name());
        shown.setProgress(100, (int) (100 * Math.max(0, job.share())), job.share() < 0);
      }
    }
    return shown.build();
  }

  private Notification notice(int count) {
    return builder()
        .setContentTitle(getResources().getQuantityString(R.plurals.files_finished, count, count))
        .setAutoCancel(true)
        .build();
  }

  private Notification.Builder builder() {
    Intent open = Screens.of(this).place(Place.FILES);
    return new Notification.Builder(this, CHANNEL)
        .setSmallIcon(R.drawable.ic_files)
        .setOnlyAlertOnce(true)
        .setContentIntent(
            PendingIntent.getActivity(this, RUNNING, open, PendingIntent.FLAG_IMMUTABLE));
  }

  @Override
  public void onDestroy() {
    queue.unlisten(show);
    super.onDestroy();
  }

  @Override
  public IBinder onBind(Intent intent) {
    return null;
  }
}
