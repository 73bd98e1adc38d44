package org.malgwi.app;

import android.media.AudioRecordingConfiguration;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;

/** Robolectric's audio service lists no recordings: none is known, as on a phone that is busy. */
@Implements(className = "android.media.AudioRecordingMonitorImpl")
public class ShadowRecordingMonitor {
  @Implementation
  protected AudioRecordingConfiguration getActiveRecordingConfiguration() {
    return null;
  }
}
