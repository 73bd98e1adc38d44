package org.malgwi.app.speak;

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
 * Keeps the microphone and the process while {@link Speech} records, with no activity on the screen
 * too, and shows a notification from which it can be ended.
 */
public final class RecordingService extends Service {
  private static final String STOP = "org.malgwi.app.STOP";
  private static final String CHANNEL = "recording";
  private static final int NOTIFICATION = 1;

  @Override
  public IBinder onBind(Intent intent) {
    return null;
  }

  @Override
  public int onStartCommand(Intent intent, int flags, int startId) {
    Speech speech = Speech.of(this);
    if (intent != null && STOP.equals(intent.getAction())) {
      speech.finish();
      return START_NOT_STICKY;
    }
    try {
      Platform.startForegroundWithMicrophone(this, NOTIFICATION, notification());
      speech.begin();
    } catch (IllegalStateException | SecurityException e) {
      // From Android 12 on not from the background, from 14 on not without the permission.
      speech.refused(e);
    }
    return START_NOT_STICKY;
  }

  private Notification notification() {
    getSystemService(NotificationManager.class)
        .createNotificationChannel(
            new NotificationChannel(
                CHANNEL, getText(R.string.recording_channel), NotificationManager.IMPORTANCE_LOW));
    PendingIntent open =
        PendingIntent.getActivity(
            this, 0, Screens.of(this).place(Place.SPEAK), PendingIntent.FLAG_IMMUTABLE);
    PendingIntent stop =
        PendingIntent.getService(this, 1, stop(this), PendingIntent.FLAG_IMMUTABLE);
    return new Notification.Builder(this, CHANNEL)
        .setSmallIcon(R.drawable.ic_mic)
        .setContentTitle(getText(R.string.recording_title))
        .setContentIntent(open)
        .setOngoing(true)
        .setUsesChronometer(true)
        .addAction(new Notification.Action.Builder(null, getText(R.string.stop), stop).build())
        .build();
  }

  private static Intent stop(Context context) {
    return new Intent(context, RecordingService.class).setAction(STOP);
  }
}
