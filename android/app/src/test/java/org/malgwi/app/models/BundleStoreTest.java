package org.malgwi.app.models;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class BundleStoreTest {
  private final App app = App.of(RuntimeEnvironment.getApplication());

  @Test
  public void whatIsAddedCanBeUsed() throws Exception {
    assertNull(app.bundles().current());
    Installed demo = Demo.install(app);
    assertEquals(List.of(demo), app.bundles().all());
    assertEquals(demo, app.bundles().current());
    try (Lease lease = app.engine().acquire(demo).get(1, TimeUnit.MINUTES)) {
      Demo.Clip clip = Demo.golden(0);
      assertEquals(clip.text(), lease.recognizer().transcribe(clip.samples()).text());
    }
  }

  @Test
  public void anAlteredModelHearsOtherwise() throws Exception {
    Installed altered = Demo.install(app, Demo.altered());
    try (Lease lease = app.engine().acquire(altered).get(1, TimeUnit.MINUTES)) {
      Demo.Clip clip = Demo.golden(0);
      assertEquals(Demo.alter(clip.text()), lease.recognizer().transcribe(clip.samples()).text());
    }
  }
}
