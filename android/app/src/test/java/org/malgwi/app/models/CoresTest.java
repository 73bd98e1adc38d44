package org.malgwi.app.models;

import static org.junit.Assert.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class CoresTest {
  @Rule public final TemporaryFolder system = new TemporaryFolder();

  private void core(int index, String frequency) throws IOException {
    File folder = system.newFolder("cpu" + index, "cpufreq");
    Files.write(
        new File(folder, "cpuinfo_max_freq").toPath(), frequency.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  public void theFastestClusterCounts() throws IOException {
    for (int i = 0; i < 4; i++) {
      core(i, "1804800\n");
    }
    core(4, "2419200\n");
    core(5, "2419200\n");
    core(6, "2419200\n");
    assertThreeThreads("4 x 1.80 GHz, 3 x 2.42 GHz");
    core(7, "2841600\n");
    Cores cores = Cores.read(system.getRoot());
    assertEquals(1, cores.threads());
    assertEquals("4 x 1.80 GHz, 3 x 2.42 GHz, 1 x 2.84 GHz", cores.describe());
  }

  private void assertThreeThreads(String description) {
    Cores cores = Cores.read(system.getRoot());
    assertEquals(3, cores.threads());
    assertEquals(description, cores.describe());
  }

  @Test
  public void noMoreThanFour() {
    assertEquals(4, new Cores(Map.of(2_000_000L, 8)).threads());
  }

  @Test
  public void twoWhenTheKernelDoesNotTell() throws IOException {
    assertEquals(2, Cores.read(new File(system.getRoot(), "none")).threads());
    core(0, "fast");
    system.newFolder("cpu1", "cpufreq");
    system.newFolder("cpufreq");
    assertEquals(2, Cores.read(system.getRoot()).threads());
    assertEquals("", Cores.read(system.getRoot()).describe());
    core(2, "1000000");
    assertEquals(1, Cores.read(system.getRoot()).threads());
  }
}
