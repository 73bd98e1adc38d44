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
import org.malgwi.app.models.CrashGuard.Way;
import org.malgwi.app.platform.Platform.Ending;

public class CrashGuardTest {
  private static final int CRASHED = 5;
  private static final int UPDATED = 6;
  private static final int KILLED = 7;
  private static final int UNKNOWN = 8;

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  /** A new process, which finds how the one before it ended. */
  private CrashGuard start(String build) {
    return new CrashGuard(
        new File(folder.getRoot(), "engine"),
        build,
        pid ->
            switch (pid) {
              case CRASHED -> Ending.CRASHED;
              case UPDATED -> Ending.OTHERWISE;
              case KILLED -> Ending.KILLED;
              default -> Ending.UNKNOWN;
            });
  }

  /** A process that ends in such a way while it loads "a"; gives what the next one finds. */
  private CrashGuard after(int ending) {
    start("1").begin("a", ending);
    return start("1");
  }

  @Test
  public void whatEndsIsNoCrash() {
    CrashGuard guard = start("1");
    guard.begin("a", CRASHED);
    guard.end();
    CrashGuard next = start("1");
    assertEquals(Optional.empty(), next.worse());
    assertEquals(Way.FULL, next.way("a"));
    assertEquals(0, next.crashes("a"));
  }

  @Test
  public void crashesMakeItCarefulAndThenStop() {
    CrashGuard second = after(CRASHED);
    assertEquals(Optional.of("a"), second.worse());
    assertEquals(1, second.crashes("a"));
    assertEquals(Way.CAREFUL, second.way("a"));
    assertEquals(Way.FULL, second.way("b"));
    // Counted once, not at every start.
    CrashGuard third = start("1");
    assertEquals(Optional.empty(), third.worse());
    assertEquals(1, third.crashes("a"));
    CrashGuard fourth = after(CRASHED);
    assertEquals(Optional.of("a"), fourth.worse());
    assertEquals(Way.NEVER, fourth.way("a"));
    fourth.forgive("a");
    assertEquals(Way.FULL, start("1").way("a"));
  }

  @Test
  public void anotherBuildBeginsAnew() {
    assertEquals(Way.CAREFUL, after(CRASHED).way("a"));
    CrashGuard updated = start("2");
    assertEquals(Way.FULL, updated.way("a"));
    updated.begin("a", CRASHED);
    assertEquals(1, start("2").crashes("a"));
  }

  @Test
  public void whomTheSystemEndedDidNotCrash() {
    CrashGuard next = after(UPDATED);
    assertEquals(Optional.empty(), next.worse());
    assertEquals(Way.FULL, next.way("a"));
    assertFalse(new File(folder.getRoot(), "engine/running").exists());
  }

  @Test
  public void twoKillsRunningMeanThatItIsTooBig() {
    CrashGuard once = after(KILLED);
    assertEquals(Optional.empty(), once.worse());
    assertEquals(Way.FULL, once.way("a"));
    CrashGuard twice = after(KILLED);
    assertEquals(Optional.of("a"), twice.worse());
    assertEquals(Way.TOO_BIG, twice.way("a"));
    assertEquals("a kill is no crash", 0, twice.crashes("a"));
    assertEquals(Way.TOO_BIG, start("1").way("a"));
    twice.forgive("a");
    assertEquals(Way.FULL, twice.way("a"));
  }

  @Test
  public void aLoadBetweenTwoKillsIsNotRunning() {
    CrashGuard once = after(KILLED);
    once.worked("a", true);
    assertEquals(Way.FULL, after(KILLED).way("a"));
  }

  @Test
  public void onlySuccessAtFullSpeedForgivesACrash() {
    CrashGuard careful = after(CRASHED);
    careful.worked("a", false);
    // Else every other start would crash.
    assertEquals(Way.CAREFUL, start("1").way("a"));
    careful.worked("a", true);
    assertEquals(Way.FULL, start("1").way("a"));
  }

  @Test
  public void whatNobodyKnowsCountsFromTheSecondOn() {
    CrashGuard once = after(UNKNOWN);
    assertEquals(Optional.empty(), once.worse());
    assertEquals(Way.FULL, once.way("a"));
    assertEquals(Way.CAREFUL, after(UNKNOWN).way("a"));
    assertEquals(Way.NEVER, after(UNKNOWN).way("a"));
  }

  @Test
  public void whatNobodyKnowsIsForgottenAfterALoad() {
    after(UNKNOWN).worked("a", true);
    assertEquals(Way.FULL, after(UNKNOWN).way("a"));
  }

  @Test
  public void brokenFilesAreNoCrash() throws Exception {
    File engine = folder.newFolder("engine");
    Files.write(new File(engine, "running").toPath(), new byte[] {'a', (byte) 0xFF, '\n'});
    Files.write(
        new File(engine, "crashes-a").toPath(), "1\nmany\n\n\n".getBytes(StandardCharsets.UTF_8));
    CrashGuard guard = start("1");
    assertEquals(Optional.empty(), guard.worse());
    assertEquals(Way.FULL, guard.way("a"));
  }

  @Test
  public void withoutAPlaceToWriteAllElseWorks() throws Exception {
    assertEquals(true, folder.newFile("engine").isFile());
    CrashGuard guard = start("1");
    guard.begin("a", CRASHED);
    guard.worked("a", true);
    guard.end();
    guard.forgive("a");
    assertEquals(Way.FULL, start("1").way("a"));
  }
}
