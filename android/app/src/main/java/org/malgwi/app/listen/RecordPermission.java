package org.malgwi.app.listen;

import android.Manifest;
import android.app.Activity;
import android.content.Context;
import android.content.pm.PackageManager;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;

/** The permission to record, and what to say where it is missing. */
public final class RecordPermission {
  private static final String NAME = Manifest.permission.RECORD_AUDIO;

  private RecordPermission() {}

  public static boolean granted(Context context) {
    return context.checkSelfPermission(NAME) == PackageManager.PERMISSION_GRANTED;
  }

  /** Asks the person; the activity is told through onRequestPermissionsResult. */
  public static void ask(Activity activity, int requestCode) {
    new Preferences(activity).setMicrophoneAsked();
    activity.requestPermissions(new String[] {NAME}, requestCode);
  }

  /** Whether asking once more is of use, or only the system's settings give the permission. */
  public static Problem missing(Activity activity) {
    return new Preferences(activity).microphoneAsked()
            && !activity.shouldShowRequestPermissionRationale(NAME)
        ? Problem.MICROPHONE_REFUSED
        : Problem.MICROPHONE_NOT_ALLOWED;
  }
}
