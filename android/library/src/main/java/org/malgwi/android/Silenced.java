package org.malgwi.android;

import android.media.AudioManager;
import android.media.AudioRecordingConfiguration;
import android.os.Build;
import org.malgwi.android.internal.AboveApi26;

/** What came after Android 8: whether the system gives a recording silence. */
@AboveApi26
final class Silenced {
  private Silenced() {}

  /** Known from Android 10 on; before, it can't be told, and the answer is no. */
  static boolean is(AudioManager audio, int session) {
    if (Build.VERSION.SDK_INT >= 29) {
      for (AudioRecordingConfiguration active : audio.getActiveRecordingConfigurations()) {
        if (active.getClientAudioSessionId() == session) {
          return active.isClientSilenced();
        }
      }
    }
    return false;
  }
}
