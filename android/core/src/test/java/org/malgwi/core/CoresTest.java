package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoresTest {
  @TempDir private File system;

  private void core(int index, String frequency) throws IOException {
    Path folder = Files.createDirectories(system.toPath().resolve("cpu" + index + "/cpufreq"));
    Files.writeString(folder.resolve("cpuinfo_max_freq"), frequency);
  }

  @Test
  void theFastestClusterCounts() throws IOException {
    for (int i = 0; i < 4; i++) {
      core(i, "1804800\n");
    }
    core(4, "2419200\n");
    core(5, "2419200\n");
    core(6, "2419200\n");
    assertThreeThreads("4 x 1.80 GHz, 3 x 2.42 GHz");
    core(7, "2841600\n");
    Cores cores = Cores.read(system);
    assertEquals(1, cores.threads());
    assertEquals("4 x 1.80 GHz, 3 x 2.42 GHz, 1 x 2.84 GHz", cores.describe());
  }

  private void assertThreeThreads(String description) {
    Cores cores = Cores.read(system);
    assertEquals(3, cores.threads());
    assertEquals(description, cores.describe());
  }

  @Test
  void noMoreThanFour() {
    assertEquals(4, new Cores(Map.of(2_000_000L, 8)).threads());
  }

  @Test
  void whoNamesNoThreadsGetsThoseOfTheFastCores() {
    Cores cores = new Cores(Map.of(1_000_000L, 4, 2_000_000L, 3));
    assertEquals(3, new Recognizer.Options(0, true).threads(cores, 7));
    assertEquals(1, new Recognizer.Options(0, true).threads(cores, 1));
    assertEquals(5, new Recognizer.Options(5, true).threads(cores, 1));
  }

  @Test
  void twoWhenTheKernelDoesNotTell() throws IOException {
    assertEquals(2, Cores.read(new File(system, "none")).threads());
    core(0, "fast");
    Files.createDirectories(system.toPath().resolve("cpu1/cpufreq"));
    Files.createDirectory(system.toPath().resolve("cpufreq"));
    assertEquals(2, Cores.read(system).threads());
    assertEquals("", Cores.read(system).describe());
    core(2, "1000000");
    assertEquals(1, Cores.read(system).threads());
  }
}
