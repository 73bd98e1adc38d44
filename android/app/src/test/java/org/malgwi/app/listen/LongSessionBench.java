package org.malgwi.app.listen;

import android.app.Application;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.android.AudioInput;
import org.malgwi.app.Demo;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Pcm;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;

/**
 * What each minute of a long session costs in processor time, for `make bench`; with
 * -Dmalgwi.long_minutes=120, two hours of speech.
 */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class LongSessionBench {
  private static final int MINUTE = 60 * 16_000;

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private final Application context = RuntimeEnvironment.getApplication();
  private Installed installed;

  /** Notes the processor's time whenever the model has one more minute behind it. */
  private static final class Clock implements Dictation.Listener {
    final int minutes;
    final List<Long> cpu = new ArrayList<>();
    Transcript transcript;

    Clock(int minutes) {
      this.minutes = minutes;
    }

    @Override
    public void onBehind(int seconds) {
      while (60 * (minutes - cpu.size()) > seconds) {
        cpu.add(processCpu());
      }
    }

    @Override
    public void onFinal(Transcript last) {
      transcript = last;
    }

    @Override
    public void onCancelled() {
      throw new AssertionError("cancelled");
    }

    @Override
    public void onProblem(Problem problem, Throwable detail) {
      throw new AssertionError(problem.name(), detail);
    }
  }

  private static long processCpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  @Before
  public void install() throws Exception {
    installed = Demo.install(context);
  }

  @After
  public void letTheEngineFinish() throws Exception {
    Engine.of(context).acquire(installed).get().close();
  }

  private void recognise(File pcm, Clock clock) throws Exception {
    new Dictation(
            context,
            Engine.of(context),
            installed,
            AudioInput.NOTHING,
            new Dictation.Options(new LiveStream.Options(0, 0, 0), Search.DEFAULT, pcm),
            clock)
        .start();
    Wait.until("the end", () -> clock.transcript != null);
  }

  /** Speech without end: the golden clips one after the other. */
  private File speech(int minutes) throws Exception {
    ByteArrayOutputStream clips = new ByteArrayOutputStream();
    for (int i = 0; i < 2; i++) {
      clips.writeBytes(Pcm.toBytes(Demo.golden(i).samples()));
    }
    byte[] block = clips.toByteArray();
    File pcm = folder.newFile();
    try (java.io.OutputStream out = Files.newOutputStream(pcm.toPath())) {
      long left = 2L * minutes * MINUTE;
      while (left > 0) {
        int count = (int) Math.min(left, block.length);
        out.write(block, 0, count);
        left -= count;
      }
    }
    return pcm;
  }

  @Test
  public void minutes() throws Exception {
    int minutes = Integer.getInteger("malgwi.long_minutes", 10);
    Clock clock = new Clock(minutes);
    recognise(speech(minutes), clock);
    List<Double> costs = new ArrayList<>();
    for (int m = 1; m < clock.cpu.size(); m++) {
      costs.add((clock.cpu.get(m) - clock.cpu.get(m - 1)) / 1e9);
    }
    int third = costs.size() / 3;
    System.out.println("LongSessionBench: processor seconds a minute: " + costs);
    System.out.printf(
        "LongSessionBench: least of the first third %.2f, of the last %.2f%n",
        Collections.min(costs.subList(0, third)),
        Collections.min(costs.subList(costs.size() - third, costs.size())));
  }
}
