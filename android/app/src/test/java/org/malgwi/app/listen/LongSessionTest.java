package org.malgwi.app.listen;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.app.Application;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.android.AudioInput;
import org.malgwi.app.Census;
import org.malgwi.app.Demo;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;

/** A session far longer than anybody waits for in a test: sound that is there already. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class LongSessionTest {
  private static final int MINUTE = 60 * 16_000;
  private static final int MINUTES = 120;

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private final Application context = RuntimeEnvironment.getApplication();

  private Transcript recognise(Installed installed, File pcm) throws Exception {
    AtomicReference<Transcript> last = new AtomicReference<>();
    new Dictation(
            context,
            Engine.of(context),
            installed,
            AudioInput.NOTHING,
            new Dictation.Options(new LiveStream.Options(0, 0, 0), Search.DEFAULT, pcm),
            new Dictation.Listener() {
              @Override
              public void onFinal(Transcript transcript) {
                last.set(transcript);
              }

              @Override
              public void onCancelled() {
                throw new AssertionError("cancelled");
              }

              @Override
              public void onProblem(Problem problem, Throwable detail) {
                throw new AssertionError(problem.name(), detail);
              }
            })
        .start();
    Wait.until("the end", () -> last.get() != null);
    Engine.of(context).acquire(installed).get().close(); // it has finished too
    return last.get();
  }

  private File silence(int minutes) throws IOException {
    File pcm = folder.newFile();
    try (RandomAccessFile silence = new RandomAccessFile(pcm, "rw")) {
      silence.setLength(2L * minutes * MINUTE); // a hole: it takes no room on the disk
    }
    return pcm;
  }

  @Test
  public void nothingIsLeftOfTwoHoursButTheirFrames() throws Exception {
    Installed installed = Demo.install(context);
    recognise(installed, silence(1)); // what only the first one loads isn't counted
    File pcm = silence(MINUTES);
    long before = Census.bytesOfNumbers();
    Transcript transcript = recognise(installed, pcm);
    long grown = Census.bytesOfNumbers() - before;
    assertEquals((long) MINUTES * MINUTE, transcript.samples());
    assertEquals("", transcript.text());
    long frames = transcript.frameTokens().size();
    assertTrue(frames + " frames", Math.abs(frames - MINUTES * 60 * 50) < 5);
    assertTrue(grown + " bytes more after " + pcm.length(), grown < pcm.length() / 10);
  }
}
