package org.malgwi.android;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.malgwi.core.ModelBundle;

/** What lies under an app's asset: on no phone, since another process takes part. */
public class AssetBundleTest {
  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private final AtomicInteger read = new AtomicInteger();
  private File root;

  @Before
  public void place() {
    root = new File(temporary.getRoot(), "malgwi/asset-one");
  }

  private AssetBundle asset(AssetBundle.Source source) {
    return new AssetBundle("asset.malgwi", root, "1", source, () -> Long.MAX_VALUE / 4);
  }

  private AssetBundle demo() {
    return asset(
        () -> {
          read.incrementAndGet();
          return new FileInputStream(Demo.bundle());
        });
  }

  /** Another process of the app, that opens the same asset. */
  private Process start(String... before) throws IOException {
    List<String> command = new ArrayList<>(List.of(before));
    command.add(new File(System.getProperty("java.home"), "bin/java").getPath());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-cp"));
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(UnpacksAnAsset.class.getName());
    command.addAll(List.of(root.getPath(), Demo.bundle().getPath()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static BufferedReader said(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static void goOn(Process process) throws IOException {
    try (OutputStream out = process.getOutputStream()) {
      out.write('\n');
    }
  }

  /** Whether a thread of that name waits for another process's lock; until then, or its end. */
  private static boolean waitsForALock(Thread thread) throws InterruptedException {
    while (thread.isAlive()) {
      for (StackTraceElement one : thread.getStackTrace()) {
        if (one.getMethodName().equals("lock0")) {
          return true;
        }
      }
      Thread.sleep(1);
    }
    return false;
  }

  @Test
  public void twoProcessesUnpackItOnce() throws Exception {
    Process other = start();
    try (BufferedReader said = said(other)) {
      assertEquals(UnpacksAnAsset.READING, said.readLine());
      FutureTask<ModelBundle> here = new FutureTask<>(() -> demo().open());
      Thread thread = new Thread(here);
      thread.start();
      boolean waited = waitsForALock(thread);
      goOn(other);
      assertEquals(new File(root, "1").getPath(), said.readLine());
      assertEquals(0, other.waitFor());
      assertTrue("it waits", waited);
      assertEquals(new File(root, "1"), here.get().path());
      assertEquals("what the other had unpacked was opened", 0, read.get());
      assertEquals(3, here.get().golden().size());
    } finally {
      other.destroy();
    }
  }

  /** Its lock goes with it, and what it left is thrown out. */
  @Test
  public void aProcessThatDiesHoldsNobodyUp() throws Exception {
    Process other = start();
    try (BufferedReader said = said(other)) {
      assertEquals(UnpacksAnAsset.READING, said.readLine());
      other.destroyForcibly().waitFor();
    }
    assertTrue(root.list()[0].startsWith("incoming-"));
    assertEquals(new File(root, "1"), demo().open().path());
    assertEquals(List.of("1"), List.of(root.list()));
  }

  @Test
  public void whoWaitsForAnotherProcessCanBeInterrupted() throws Exception {
    Process other = start();
    try (BufferedReader said = said(other)) {
      assertEquals(UnpacksAnAsset.READING, said.readLine());
      FutureTask<ModelBundle> here = new FutureTask<>(() -> demo().open());
      Thread thread = new Thread(here);
      thread.start();
      assertTrue(waitsForALock(thread));
      thread.interrupt();
      ExecutionException why = assertThrows(ExecutionException.class, here::get);
      assertEquals(InterruptedIOException.class, why.getCause().getClass());
      goOn(other);
      assertEquals("the other isn't disturbed", 0, other.waitFor());
    } finally {
      other.destroy();
    }
  }

  @Test
  public void anInterruptWhileItIsCheckedIsNoDamage() throws Exception {
    InputStream interrupting =
        new FilterInputStream(new FileInputStream(Demo.bundle())) {
          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            if (count < 0) {
              Thread.currentThread().interrupt();
            }
            return count;
          }
        };
    assertThrows(InterruptedIOException.class, () -> asset(() -> interrupting).open());
    assertFalse(Thread.interrupted());
    assertEquals(0, root.list().length);
  }

  /** The system refuses to write, whatever it said of its space before. */
  @Test
  public void aFullDiskLeavesNothing() throws Exception {
    Process limited = start("sh", "-c", "ulimit -f 4000; exec \"$@\"", "sh");
    try (BufferedReader said = said(limited)) {
      assertEquals(UnpacksAnAsset.READING, said.readLine());
      goOn(limited);
      String refused = said.readLine();
      assertTrue(refused, refused.startsWith("NO_SPACE asset.malgwi: "));
      assertTrue(refused, refused.endsWith("archive.malgwi can't be written; make room"));
      assertEquals(0, limited.waitFor());
    } finally {
      limited.destroy();
    }
    assertEquals(0, root.list().length);
  }

  private void refuses(byte[] content, Refused.Reason reason, String expected) {
    Refused refused =
        assertThrows(Refused.class, () -> asset(() -> new ByteArrayInputStream(content)).open());
    assertEquals(reason, refused.reason());
    assertTrue(refused.getMessage(), refused.getMessage().startsWith("asset.malgwi: "));
    assertTrue(refused.getMessage(), refused.getMessage().contains(expected));
    assertEquals(0, root.list().length);
  }

  @Test
  public void whatIsCutOrNoBundleIsRefusedByName() throws Exception {
    byte[] good = Files.readAllBytes(Demo.bundle().toPath());
    refuses(Arrays.copyOf(good, good.length / 2), Refused.Reason.DAMAGED, "cut off");
    refuses(new byte[0], Refused.Reason.NO_BUNDLE, "it is empty; expected what `malgwi export`");
    refuses(
        "version https://git-lfs".getBytes(StandardCharsets.UTF_8),
        Refused.Reason.NO_BUNDLE,
        "expected what `malgwi export` wrote");
    int middle = good.length / 2;
    good[middle] ^= 1;
    refuses(good, Refused.Reason.DAMAGED, "has another CRC-32");
    assertFalse(new File(root, "1").exists());
  }
}
