package org.malgwi.app.backup;

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

/**
 * Lets {@link Backups} go on while the app isn't on the screen, and says there what came of it.
 * Where the system doesn't let it, the work goes on as long as the process does.
 */
public final class BackupService extends Service {
  private static final String CHANNEL = "backup";
  private static final int RUNNING = 4;
  private static final int FINISHED = 5;

  private final Runnable show = this::show;
  private Backups backups;

  /** What this service was asked to do last; 0: nothing yet, and it isn't in the foreground. */
  private int lastStart;

  /** While an activity is visible. */
  static void start(Context context) {
    try {
      context.startForegroundService(new Intent(context, BackupService.class));
    } catch (IllegalStateException e) {
      // The screen went off between the tap and this.
    }
  }

  /** Takes away the notice of what came of it: it has been seen. */
  static void seen(Context context) {
    context.getSystemService(NotificationManager.class).cancel(FINISHED);
  }

  @Override
  public void onCreate() {
    super.onCreate();
    backups = Backups.of(this);
    getSystemService(NotificationManager.class)
        .createNotificationChannel(
            new NotificationChannel(
                CHANNEL, getString(R.string.backup_title), NotificationManager.IMPORTANCE_LOW));
    backups.listen(show);
  }

  @Override
  public int onStartCommand(Intent intent, int flags, int startId) {
    lastStart = startId;
    try {
      Platform.startForegroundWithFiles(this, RUNNING, progress());
    } catch (IllegalStateException e) {
      end(); // the day's time for such services is used up
      return START_NOT_STICKY;
    }
    show();
    return START_NOT_STICKY;
  }

  /** Android 15: six hours a day are up. */
  @Override
  public void onTimeout(int startId, int type) {
    end();
  }

  /** Android 14. */
  @Override
  public void onTimeout(int startId) {
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
    Backups.State state = backups.state();
    if (state instanceof Backups.Running) {
      notifications.notify(RUNNING, progress());
      return;
    }
    end();
    if (!backups.isWatched() && !(state instanceof Backups.Idle)) {
      notifications.notify(FINISHED, notice(state));
    }
  }

  private Notification progress() {
    Notification.Builder shown = builder().setOngoing(true);
    if (backups.state() instanceof Backups.Running now) {
      shown.setContentTitle(
          getString(now.restoring() ? R.string.backup_restoring : R.string.backup_saving));
      shown.setProgress(100, (int) (100 * Math.max(0, now.share())), now.share() < 0);
    }
    return shown.build();
  }

  private Notification notice(Backups.State state) {
    return builder()
        .setContentTitle(getString(R.string.backup_title))
        .setContentText(BackupActivity.sentence(this, state))
        .setAutoCancel(true)
        .build();
  }

  private Notification.Builder builder() {
    Intent open = new Intent(this, BackupActivity.class).addFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP);
    return new Notification.Builder(this, CHANNEL)
        .setSmallIcon(R.drawable.ic_history)
        .setOnlyAlertOnce(true)
        .setContentIntent(
            PendingIntent.getActivity(this, RUNNING, open, PendingIntent.FLAG_IMMUTABLE));
  }

  @Override
  public void onDestroy() {
    backups.unlisten(show);
    super.onDestroy();
  }

  @Override
  public IBinder onBind(Intent intent) {
    return null;
  }
}
