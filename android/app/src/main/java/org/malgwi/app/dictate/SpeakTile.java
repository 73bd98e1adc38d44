package org.malgwi.app.dictate;

import android.service.quicksettings.TileService;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;

/** The Quick Settings tile: opens the Speak tab, over the lock screen after unlocking. */
public final class SpeakTile extends TileService {
  @Override
  public void onClick() {
    unlockAndRun(() -> Platform.startAndCollapse(this, Screens.of(this).place(Place.SPEAK)));
  }
}
