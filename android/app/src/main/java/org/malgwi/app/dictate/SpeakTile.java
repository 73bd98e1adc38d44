package org.malgwi.app.dictate;

import android.app.Activity;
import android.content.ComponentName;
import android.graphics.drawable.Icon;
import android.service.quicksettings.TileService;
import java.util.function.Consumer;
import org.malgwi.app.R;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;

/** The Quick Settings tile: opens the Speak tab, over the lock screen after unlocking. */
public final class SpeakTile extends TileService {
  /** Whether it can be offered here, by {@link #offer}. */
  public static boolean canBeOffered() {
    return Platform.canOfferTile();
  }

  /**
   * Lets the system ask the user whether to add it. The system doesn't, once it was refused often.
   *
   * @param answered gets whether it is there now
   */
  public static void offer(Activity activity, Consumer<Boolean> answered) {
    Platform.offerTile(
        activity,
        new ComponentName(activity, SpeakTile.class),
        activity.getText(R.string.tile_label),
        Icon.createWithResource(activity, R.drawable.ic_mic),
        there -> {
          new Preferences(activity).setTileAdded(there);
          answered.accept(there);
        });
  }

  @Override
  public void onTileAdded() {
    new Preferences(this).setTileAdded(true);
  }

  @Override
  public void onTileRemoved() {
    new Preferences(this).setTileAdded(false);
  }

  /** Shown in the open panel, it is there, too: it may have been added by an earlier version. */
  @Override
  public void onStartListening() {
    new Preferences(this).setTileAdded(true);
  }

  @Override
  public void onClick() {
    unlockAndRun(() -> Platform.startAndCollapse(this, Screens.of(this).place(Place.SPEAK)));
  }
}
