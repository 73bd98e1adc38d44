package org.malgwi.app.speak;

import static org.junit.Assert.assertEquals;

import android.widget.LinearLayout;
import android.widget.ListView;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.core.ModelBundle;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/**
 * The app while it hears Korean, as what `malgwi demo --language ko` made hears it: {@code make
 * shots-ko}. Not part of the tests, which have the English demo.
 */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "ko-rKR-w411dp-h914dp-xxhdpi")
public class KoreanShots extends OpenSpeakTab {
  private static final int HISTORY = 2;

  @Test
  public void commandsAreHeardAndKept() throws Exception {
    ModelBundle demo = ModelBundle.open(Demo.bundle());
    assertEquals("the language of the demo", "ko", demo.language());
    for (int i = 0; i < demo.golden().size(); i++) {
      clip = Demo.golden(i);
      record(0.5);
      Wait.until("words", () -> !speech().text().text().isEmpty());
      Shots.take(controller.get(), "listening-" + i);
      stop();
      assertEquals(clip.text(), speech().result().text());
      Shots.take(controller.get(), "heard-" + i);
      tap(R.id.speak_other);
      Wait.until("ready", () -> speech().phase() == Speech.Phase.READY);
      controller.pause().stop().destroy();
    }
    openReady();
    controller.get().<LinearLayout>findViewById(R.id.tabs).getChildAt(HISTORY).performClick();
    ListView list = controller.get().findViewById(R.id.history_list);
    Wait.until("all are there", () -> list.getCount() >= demo.golden().size());
    Shots.take(controller.get(), "history");
  }
}
