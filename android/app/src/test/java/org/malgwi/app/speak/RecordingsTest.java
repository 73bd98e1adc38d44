package org.malgwi.app.speak;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import java.nio.file.Files;
import java.util.Optional;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class RecordingsTest {
  private final Context context = RuntimeEnvironment.getApplication();

  @Test
  public void theOneThatBeginsIsNotClearedAway() throws Exception {
    Recordings recordings = new Recordings(context);
    Recording begun = recordings.begin("id");
    assertEquals(Optional.empty(), recordings.unfinished());
    assertTrue(begun.pcm().isFile());
    assertEquals("the next process", Optional.empty(), new Recordings(context).unfinished());
    assertFalse(begun.pcm().exists());
  }

  @Test
  public void whatHasSoundIsFound() throws Exception {
    Recordings recordings = new Recordings(context);
    Recording begun = recordings.begin("id");
    Files.write(begun.pcm().toPath(), new byte[32_000]);
    assertEquals(Optional.of(begun), recordings.unfinished());
    assertEquals(1, begun.seconds());
  }
}
