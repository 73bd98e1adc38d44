package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;

import android.app.Application;
import android.app.PendingIntent;
import android.content.Intent;
import android.service.quicksettings.TileService;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.MainActivity;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowTileService;

@RunWith(RobolectricTestRunner.class)
@Config(shadows = SpeakTileTest.ShadowCollapsing.class)
public class SpeakTileTest {
  private final Application app = RuntimeEnvironment.getApplication();

  /** Takes what the panel of Android 14 is asked to open. */
  @Implements(TileService.class)
  public static class ShadowCollapsing extends ShadowTileService {
    private static final List<PendingIntent> OPENED = new ArrayList<>();

    @Implementation
    protected void startActivityAndCollapse(PendingIntent intent) {
      OPENED.add(intent);
    }
  }

  @Test
  public void theTileOpensTheSpeakTab() {
    ShadowCollapsing.OPENED.clear();
    Robolectric.buildService(SpeakTile.class).create().get().onClick();
    assertEquals(1, ShadowCollapsing.OPENED.size());
    Intent intent = Shadows.shadowOf(ShadowCollapsing.OPENED.get(0)).getSavedIntent();
    assertEquals(MainActivity.class.getName(), intent.getComponent().getClassName());
    assertEquals("SPEAK", intent.getStringExtra(MainActivity.EXTRA_PLACE));
    assertEquals(app.getPackageName(), intent.getComponent().getPackageName());
  }
}
