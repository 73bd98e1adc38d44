package org.malgwi.app.ui;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.app.Service;
import android.content.Intent;
import android.os.IBinder;
import org.malgwi.app.platform.Platform;

/**
 * Lets work with files go on while the app isn't on the screen, shows there how far it is, and says
 * what came of it. Started only from a visible activity; the system may not let it, or end it when
 * the day's time for such services is up.
 */
public abstract class WorkService extends Service {
  private final Runnable show = this::show;
  private final String channel;
  private final int channelName;
  private final int icon;
  private final int running;
  private final int finished;

  /** What this service was asked to do last; 0: nothing yet, and it isn't in the foreground. */
  private int lastStart;

  /** Whether the system didn't let it: its notification is gone, and no other takes its place. */
  private boolean held;

  /**
   * @param channel the notifications' channel, and what it is called
   * @param icon of the notifications
   * @param running the notification's number while it works
   * @param finished the number of the one that says what came of it
   */
  protected WorkService(String channel, int channelName, int icon, int running, int finished) {
    this.channel = channel;
    this.channelName = channelName;
    this.icon = icon;
    this.running = running;
    this.finished = finished;
  }

  /** Calls {@code listener} after every change of the work, from now on. */
  protected abstract void listen(Runnable listener);

  protected abstract void unlisten(Runnable listener);

  protected abstract boolean isWorking();

  /** Where a tap on a notification leads. */
  protected abstract Intent opened();

  /** Says in a notification how far it is. */
  protected abstract void sayProgress(Notification.Builder shown);

  /**
   * Says in a notification what came of it.
   *
   * @return false where there is nothing to say
   */
  protected abstract boolean sayEnd(Notification.Builder shown);

  /** It is in the foreground. */
  protected void allowed() {}

  /** It isn't any more, or never was: the system doesn't let it. */
  protected void refused() {}

  @Override
  public void onCreate() {
    super.onCreate();
    notifications()
        .createNotificationChannel(
            new NotificationChannel(
                channel, getString(channelName), NotificationManager.IMPORTANCE_LOW));
    listen(show);
  }

  @Override
  public int onStartCommand(Intent intent, int flags, int startId) {
    lastStart = startId;
    held = false;
    try {
      Platform.startForegroundWithFiles(this, running, progress());
      allowed();
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
    held = true;
    refused();
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
    if (isWorking()) {
      if (!held) {
        notifications().notify(running, progress());
      }
      return;
    }
    end();
    Notification.Builder shown = builder().setAutoCancel(true);
    if (sayEnd(shown)) {
      notifications().notify(finished, shown.build());
    }
  }

  private NotificationManager notifications() {
    return getSystemService(NotificationManager.class);
  }

  private Notification progress() {
    Notification.Builder shown = builder().setOngoing(true);
    sayProgress(shown);
    return shown.build();
  }

  private Notification.Builder builder() {
    return new Notification.Builder(this, channel)
        .setSmallIcon(icon)
        .setOnlyAlertOnce(true)
        .setContentIntent(
            PendingIntent.getActivity(this, running, opened(), PendingIntent.FLAG_IMMUTABLE));
  }

  @Override
  public void onDestroy() {
    unlisten(show);
    super.onDestroy();
  }

  @Override
  public IBinder onBind(Intent intent) {
    return null;
  }
}
