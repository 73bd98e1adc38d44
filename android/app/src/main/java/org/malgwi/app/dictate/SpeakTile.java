package org.malgwi.app.dictate;

import android.content.Intent;
import android.service.quicksettings.TileService;
import org.malgwi.app.MainActivity;
import org.malgwi.app.Platform;

/** The Quick Settings tile: opens the Speak tab, over the lock screen after unlocking. */
public final class SpeakTile extends TileService {
  @Override
  public void onClick() {
    unlockAndRun(
        () ->
            Platform.startAndCollapse(
                this,
                new Intent(this, MainActivity.class)
                    .addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
                    .putExtra(MainActivity.EXTRA_PLACE, MainActivity.Place.SPEAK.name())));
  }
}
