package org.malgwi.app;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/**
 * How long it takes from the activity's creation to the first layout of Speak, on this JVM, for
 * {@code make bench}: a phone's own figure is in the self-test's report.
 */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class FirstLayoutBench {
  private static final int WARM = 20;
  private static final int STARTS = 60;

  @Test
  public void speak() {
    List<Long> nanos = new ArrayList<>();
    for (int start = 0; start < WARM + STARTS; start++) {
      ActivityController<MainActivity> screen = Robolectric.buildActivity(MainActivity.class);
      long begun = System.nanoTime();
      screen.setup(); // created, started, resumed, made visible: measured and laid out
      nanos.add(System.nanoTime() - begun);
      screen.close();
    }
    long first = nanos.get(0);
    List<Long> warm = new ArrayList<>(nanos.subList(WARM, nanos.size()));
    Collections.sort(warm);
    System.out.printf(
        "first layout of Speak: the first %.0f ms; of %d more the least %.1f, median %.1f ms%n",
        first / 1e6, STARTS, warm.get(0) / 1e6, warm.get(STARTS / 2) / 1e6);
  }
}
