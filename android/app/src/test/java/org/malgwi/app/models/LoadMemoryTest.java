package org.malgwi.app.models;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.malgwi.app.Demo;
import org.malgwi.app.Wait;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Recognizer;

/**
 * What a model takes in memory while it is loaded as the app loads it, from a folder: in a process
 * of its own, whose Java heap is there from the start.
 */
public class LoadMemoryTest {
  /** Java's classes and compiled code, and what onnxruntime keeps whatever the model's size. */
  private static final long NOT_THE_MODEL = 4_000_000;

  private static final Path STATUS = Path.of("/proc/self/status");

  /** A model of a few hundred bytes: what onnxruntime itself takes isn't the model's. */
  private static final Path SMALL = Path.of("..", "core", "src", "test", "resources", "level.onnx");

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  @Test
  public void loadingTakesAtMostThreeTimesTheModel() throws Exception {
    assumeTrue("memory is read from /proc", Files.isReadable(STATUS));
    ModelBundle.open(Demo.bundle()).unpack(folder.getRoot());
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms48m",
                "-Xmx48m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LoadMemoryTest.class.getName(),
                folder.getRoot().getPath(),
                SMALL.toAbsolutePath().toString())
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue("it ends", process.waitFor(Wait.MOST_SECONDS, TimeUnit.SECONDS));
    assertEquals(out, 0, process.exitValue());
    // onnxruntime says something too.
    long peak = Long.parseLong(out.substring(out.lastIndexOf("peak ") + 5).trim());
    long model = 0;
    for (String name : List.of("model.onnx", "model.weights", "detector.onnx")) {
      model += new File(folder.getRoot(), name).length();
    }
    System.out.printf(
        "loading takes %.2f times the %d bytes of model and detector%n",
        (double) peak / model, model);
    assertTrue(
        peak + " bytes for model and detector of " + model, peak <= 3 * model + NOT_THE_MODEL);
  }

  /** Loads a bundle once and prints by how many bytes the process grew, at most, meanwhile. */
  public static void main(String[] args) throws Exception {
    ModelBundle bundle = ModelBundle.open(new File(args[0]));
    bundle.verify();
    try (OrtSession small = OrtEnvironment.getEnvironment().createSession(args[1])) {
      small.getMetadata();
    }
    long before = status("VmRSS:");
    Recognizer.open(bundle, 1).close();
    System.out.println("peak " + (status("VmHWM:") - before));
  }

  /** What the kernel counts of this process, in bytes. */
  private static long status(String what) throws IOException {
    List<String> lines = Files.readAllLines(STATUS, StandardCharsets.ISO_8859_1);
    for (String line : lines) {
      if (line.startsWith(what)) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException(STATUS + " has no " + what);
  }
}
