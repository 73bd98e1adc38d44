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
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;
import org.malgwi.core.Resampler;

/**
 * Keeps the microphone and the process while {@link Speech} records, with no activity on the screen
 * too, and shows a notification from which it can be ended.
 */
public final class RecordingService extends Service implements Watchers.Foreground {
  private static final String STOP = "org.malgwi.app.STOP";
  private static final String CHANNEL = "recording";
  private static final int NOTIFICATION = 1;

  /** What this service was asked to do last. */
  private int lastStart;

  @Override
  public IBinder onBind(Intent intent) {
    return null;
  }

  @Override
  public int onStartCommand(Intent intent, int flags, int startId) {
    lastStart = startId;
    Speech speech = Speech.of(this);
    if (intent != null && STOP.equals(intent.getAction())) {
      speech.finish();
    } else {
      record(speech);
    }
    if (speech.phase() != Speech.Phase.RECORDING) {
      end();
    }
    return START_NOT_STICKY;
  }

  private void record(Speech speech) {
    try {
      Platform.startForegroundWithMicrophone(this, NOTIFICATION, notification());
      speech.begin(this);
    } catch (IllegalStateException | SecurityException e) {
      // From Android 12 on not from the background, from 14 on not without the permission.
      speech.refused(e);
    }
  }

  @Override
  public void update() {
    getSystemService(NotificationManager.class).notify(NOTIFICATION, notification());
  }

  /** Where it was asked for once more, and doesn't know yet, it stays for that. */
  @Override
  public void end() {
    stopForeground(STOP_FOREGROUND_REMOVE);
    stopSelf(lastStart);
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
    Notification.Builder shown =
        new Notification.Builder(this, CHANNEL)
            .setSmallIcon(R.drawable.ic_mic)
            .setContentTitle(getText(R.string.recording_title))
            .setContentIntent(open)
            .setOngoing(true)
            .setOnlyAlertOnce(true);
    Speech speech = Speech.of(this);
    boolean records = speech.phase() == Speech.Phase.RECORDING;
    Dictation.State state = records ? speech.state() : Dictation.State.LOADING;
    if (state == Dictation.State.FINISHING) {
      return shown.setContentTitle(getText(R.string.dictate_finishing)).build();
    } else if (state == Dictation.State.PAUSED) {
      shown.setContentTitle(getText(R.string.speak_paused)).setShowWhen(false);
    } else {
      // It counts what is recorded: pauses don't.
      long recordedMs = records ? speech.samples() * 1_000 / Resampler.RATE : 0;
      shown
          .setUsesChronometer(true)
          .setShowWhen(true)
          .setWhen(System.currentTimeMillis() - recordedMs);
    }
    return shown
        .addAction(new Notification.Action.Builder(null, getText(R.string.stop), stop).build())
        .build();
  }

  private static Intent stop(Context context) {
    return new Intent(context, RecordingService.class).setAction(STOP);
  }
}
