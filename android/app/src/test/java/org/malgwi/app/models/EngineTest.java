package org.malgwi.app.models;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.Wait;
import org.malgwi.app.platform.Platform.Ending;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.Recognizer;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class EngineTest {
  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private final App app = (App) RuntimeEnvironment.getApplication();
  private Installed demo;

  @Before
  public void install() throws Exception {
    demo = Demo.install(app);
  }

  private Engine engine(Duration idle) {
    return new Engine(
        new CrashGuard(new File(folder.getRoot(), "engine"), "1", pid -> Ending.CRASHED),
        () -> 2,
        idle);
  }

  private static Lease lease(Engine engine, Installed installed) throws Exception {
    return engine.acquire(installed).get(Wait.MOST_SECONDS, TimeUnit.SECONDS);
  }

  private static boolean works(Recognizer recognizer) {
    try {
      return recognizer.transcribe(new float[800]).text().isEmpty();
    } catch (IllegalStateException e) {
      return false;
    } catch (MalgwiException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  public void oneModelIsSharedAndStaysForAWhile() throws Exception {
    Engine engine = engine(Duration.ofMinutes(2));
    Lease first = lease(engine, demo);
    Lease second = lease(engine, demo);
    assertSame(first.recognizer(), second.recognizer());
    Demo.Clip clip = Demo.golden(1);
    assertEquals(clip.text(), first.recognizer().transcribe(clip.samples()).text());
    first.close();
    first.close();
    second.close();
    try (Lease third = lease(engine, demo)) {
      assertSame(first.recognizer(), third.recognizer());
      assertTrue(works(third.recognizer()));
    }
    engine.trim();
    Wait.until("the model is freed", () -> !works(first.recognizer()));
  }

  @Test
  public void anErrorIsToldToWhoeverWaits() {
    Engine engine =
        new Engine(
            new CrashGuard(new File(folder.getRoot(), "engine"), "1", pid -> Ending.CRASHED),
            () -> {
              throw new OutOfMemoryError("for the test");
            },
            Duration.ZERO);
    ExecutionException failure =
        assertThrows(
            ExecutionException.class,
            () -> engine.acquire(demo).get(Wait.MOST_SECONDS, TimeUnit.SECONDS));
    assertEquals("for the test", failure.getCause().getMessage());
  }

  @Test
  public void aLeaseTellsWhichHotwordsItCanSpell() throws Exception {
    String word = Demo.golden(0).text().replaceFirst(" .*", "");
    try (Lease lease = lease(engine(Duration.ZERO), demo)) {
      assertEquals(List.of(word), lease.spellable(List.of("\u6f22", word, word + "\u6f22")));
    }
  }

  @Test
  public void itIsFreedAfterTheIdleTimeAndNotBefore() throws Exception {
    Engine engine = engine(Duration.ofMillis(50));
    Lease held = lease(engine, demo);
    lease(engine, demo).close();
    Thread.sleep(120);
    assertTrue("freed while in use", works(held.recognizer()));
    held.close();
    Wait.until("the model is freed", () -> !works(held.recognizer()));
    try (Lease again = lease(engine, demo)) {
      assertNotSame(held.recognizer(), again.recognizer());
      assertTrue(works(again.recognizer()));
    }
  }

  @Test
  public void whatIsInUseWhenTheWindowsAreHiddenIsFreedAfterwards() throws Exception {
    Engine engine = engine(Duration.ofMinutes(2));
    Lease held = lease(engine, demo);
    engine.trim();
    try (Lease alsoHeld = lease(engine, demo)) {
      assertTrue(works(alsoHeld.recognizer()));
    }
    engine.trim();
    assertTrue(works(held.recognizer()));
    held.close();
    Wait.until("the model is freed", () -> !works(held.recognizer()));
  }

  @Test
  public void anotherModelTakesThePlaceOfAnUnusedOne() throws Exception {
    Installed altered = Demo.install(app, Demo.altered());
    Engine engine = engine(Duration.ofMinutes(2));
    Lease unused = lease(engine, demo);
    unused.close();
    try (Lease other = lease(engine, altered)) {
      assertTrue("two are loaded, one in use", !works(unused.recognizer()));
      Demo.Clip clip = Demo.golden(0);
      assertEquals(Demo.alter(clip.text()), other.recognizer().transcribe(clip.samples()).text());
      try (Lease both = lease(engine, demo)) {
        assertTrue(works(both.recognizer()) && works(other.recognizer()));
      }
    }
  }

  @Test
  public void aCancelledWaitHoldsNothing() throws Exception {
    Engine engine = engine(Duration.ofMillis(1));
    CompletableFuture<Lease> waiting = engine.acquire(demo);
    assertTrue(waiting.cancel(true));
    Lease lease = lease(engine, demo);
    lease.close();
    Wait.until("the model is freed", () -> !works(lease.recognizer()));
  }

  @Test
  public void aModelThatWentBadIsSaid() throws Exception {
    Files.write(new File(demo.folder(), "model.onnx").toPath(), new byte[100]);
    Engine engine = engine(Duration.ofMinutes(2));
    ExecutionException failed = assertThrows(ExecutionException.class, () -> lease(engine, demo));
    assertTrue(failed.getCause() instanceof MalgwiException);
    assertEquals(0, engine.crashes(demo));
  }

  @Test
  public void afterACrashItIsCarefulAndAfterTwoItStops() throws Exception {
    assertEquals(new Recognizer.Options(2, true), engine(Duration.ZERO).options(demo));
    crash();
    Engine careful = engine(Duration.ofMinutes(2));
    assertEquals(demo.id(), careful.takeCrash().get());
    assertEquals("said once", Optional.empty(), careful.takeCrash());
    assertEquals(new Recognizer.Options(1, false), careful.options(demo));
    try (Lease lease = lease(careful, demo)) {
      assertEquals(
          Demo.golden(0).text(), lease.recognizer().transcribe(Demo.golden(0).samples()).text());
    }
    // It stays careful, or every other start would crash.
    assertEquals(new Recognizer.Options(1, false), engine(Duration.ZERO).options(demo));
    crash();
    Engine refusing = engine(Duration.ofMinutes(2));
    ExecutionException failed = assertThrows(ExecutionException.class, () -> lease(refusing, demo));
    assertTrue(failed.getCause() instanceof CrashedBefore);
    assertThrows(CrashedBefore.class, () -> refusing.tryOut(demo));
    refusing.forgive(demo);
    assertEquals(0, refusing.crashes(demo));
    lease(refusing, demo).close();
  }

  /** As if the process had ended while the demo's model was loaded. */
  private void crash() {
    new CrashGuard(new File(folder.getRoot(), "engine"), "1", pid -> Ending.CRASHED)
        .begin(demo.id(), 9);
  }

  @Test
  public void theMarkerIsGoneAfterAGoodLoad() throws Exception {
    lease(engine(Duration.ofMinutes(2)), demo).close();
    assertEquals(List.of(), List.of(new File(folder.getRoot(), "engine").list()));
  }
}
