package org.malgwi.app.dictate;

import android.service.quicksettings.TileService;
import org.malgwi.app.MainActivity;
import org.malgwi.app.Platform;

/** The Quick Settings tile: opens the Speak tab, over the lock screen after unlocking. */
public final class SpeakTile extends TileService {
  @Override
  public void onClick() {
    unlockAndRun(
        () -> Platform.startAndCollapse(this, MainActivity.intent(this, MainActivity.Place.SPEAK)));
  }
}
