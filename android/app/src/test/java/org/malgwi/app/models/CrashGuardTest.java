package org.malgwi.app.models;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class CrashGuardTest {
  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  /** A new process. */
  private CrashGuard start(String build) {
    return new CrashGuard(new File(folder.getRoot(), "engine"), build, pid -> pid == 77);
  }

  @Test
  public void whatEndsIsNoCrash() {
    CrashGuard guard = start("1");
    guard.begin("a", 5);
    guard.end();
    CrashGuard next = start("1");
    assertEquals(Optional.empty(), next.lastCrash());
    assertEquals(0, next.crashes("a"));
  }

  @Test
  public void aMarkerThatIsFoundIsACrash() {
    start("1").begin("a", 5);
    CrashGuard second = start("1");
    assertEquals(Optional.of("a"), second.lastCrash());
    assertEquals(1, second.crashes("a"));
    assertEquals(0, second.crashes("b"));
    // Counted once, not at every start.
    CrashGuard third = start("1");
    assertEquals(Optional.empty(), third.lastCrash());
    assertEquals(1, third.crashes("a"));
    third.begin("a", 6);
    CrashGuard fourth = start("1");
    assertEquals(2, fourth.crashes("a"));
    fourth.forgive("a");
    assertEquals(0, start("1").crashes("a"));
  }

  @Test
  public void anotherBuildBeginsAnew() {
    start("1").begin("a", 5);
    assertEquals(1, start("1").crashes("a"));
    CrashGuard updated = start("2");
    assertEquals(0, updated.crashes("a"));
    updated.begin("a", 5);
    assertEquals(1, start("2").crashes("a"));
  }

  @Test
  public void whomTheSystemEndedDidNotCrash() {
    start("1").begin("a", 77);
    CrashGuard next = start("1");
    assertEquals(Optional.empty(), next.lastCrash());
    assertEquals(0, next.crashes("a"));
    assertFalse(new File(folder.getRoot(), "engine/running").exists());
  }

  @Test
  public void brokenFilesAreNoCrash() throws Exception {
    File engine = folder.newFolder("engine");
    Files.write(new File(engine, "running").toPath(), new byte[] {'a', (byte) 0xFF, '\n'});
    Files.write(
        new File(engine, "crashes-a").toPath(), "1\nmany\n".getBytes(StandardCharsets.UTF_8));
    CrashGuard guard = start("1");
    assertEquals(Optional.empty(), guard.lastCrash());
    assertEquals(0, guard.crashes("a"));
  }

  @Test
  public void withoutAPlaceToWriteAllElseWorks() throws Exception {
    assertEquals(true, folder.newFile("engine").isFile());
    CrashGuard guard = start("1");
    guard.begin("a", 5);
    guard.end();
    guard.forgive("a");
    assertEquals(0, start("1").crashes("a"));
  }
}
