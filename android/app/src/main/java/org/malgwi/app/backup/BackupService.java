package org.malgwi.app.backup;

import android.app.Notification;
import android.app.NotificationManager;
import android.content.Context;
import android.content.Intent;
import org.malgwi.app.R;
import org.malgwi.app.ui.WorkService;

/**
 * Lets {@link Backups} go on while the app isn't on the screen, and says there what came of it.
 * Where the system doesn't let it, the work goes on as long as the process does.
 */
public final class BackupService extends WorkService {
  private static final int RUNNING = 4;
  private static final int FINISHED = 5;

  private Backups backups;

  public BackupService() {
    super("backup", R.string.backup_title, R.drawable.ic_history, RUNNING, FINISHED);
  }

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
  protected void listen(Runnable listener) {
    backups = Backups.of(this);
    backups.listen(listener);
  }

  @Override
  protected void unlisten(Runnable listener) {
    backups.unlisten(listener);
  }

  @Override
  protected boolean isWorking() {
    return backups.state() instanceof Backups.Running;
  }

  @Override
  protected Intent opened() {
    return new Intent(this, BackupActivity.class).addFlags(Intent.FLAG_ACTIVITY_SINGLE_TOP);
  }

  @Override
  protected void sayProgress(Notification.Builder shown) {
    if (backups.state() instanceof Backups.Running now) {
      shown.setContentTitle(
          getString(now.restoring() ? R.string.backup_restoring : R.string.backup_saving));
      shown.setProgress(100, (int) (100 * Math.max(0, now.share())), now.share() < 0);
    }
  }

  @Override
  protected boolean sayEnd(Notification.Builder shown) {
    Backups.State state = backups.state();
    shown
        .setContentTitle(getString(R.string.backup_title))
        .setContentText(BackupActivity.sentence(this, state));
    return !backups.isWatched() && !(state instanceof Backups.Idle);
  }
}
