package org.malgwi.app.models;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.android.Refused;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.Wait;
import org.malgwi.core.GoldenCheck;
import org.malgwi.core.MalgwiException;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class BundleStoreTest {
  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private final App app = (App) RuntimeEnvironment.getApplication();
  private final List<Installed> loaded = new ArrayList<>();
  private final List<String> stages = new ArrayList<>();
  private File root;
  private String stamp = "1";
  private File asset;
  private long free = Long.MAX_VALUE / 4;

  @Before
  public void place() {
    root = new File(temporary.getRoot(), "bundles");
  }

  /** The store of a new process; what it stored before is there. */
  private BundleStore start() {
    return start(candidate -> {});
  }

  private BundleStore start(BundleStore.Trial trial) {
    return new BundleStore(
        root,
        app.getSharedPreferences("test", Context.MODE_PRIVATE),
        new BundleStore.BuiltIn() {
          @Override
          public String stamp() {
            return stamp;
          }

          @Override
          public InputStream open() throws IOException {
            if (asset == null) {
              throw new FileNotFoundException("bundle.malgwi");
            }
            return new FileInputStream(asset);
          }
        },
        trial,
        () -> free);
  }

  private Installed add(BundleStore store, File bundle) throws IOException {
    try (InputStream in = new FileInputStream(bundle)) {
      return store.add(in, bundle.length(), (stage, share) -> stages.add(stage + " " + share));
    }
  }

  private void refuses(BundleStore store, byte[] file, Refused.Reason reason, String detail) {
    Refused refused =
        assertThrows(
            Refused.class,
            () -> store.add(new ByteArrayInputStream(file), -1, (stage, share) -> {}));
    assertEquals(refused.getMessage(), reason, refused.reason());
    assertTrue(refused.getMessage(), refused.getMessage().contains(detail));
    assertFalse(refused.getMessage(), refused.getMessage().contains(root.getPath()));
    assertArrayEquals("something is left", new String[0], root.list());
  }

  private static byte[] demo() throws IOException {
    return Files.readAllBytes(Demo.bundle().toPath());
  }

  @Test
  public void whatIsAddedIsThereAndStays() throws Exception {
    assertNull(start().current());
    BundleStore store = start();
    Installed demo = add(store, Demo.bundle());
    assertEquals("demo", demo.name());
    assertEquals("en", demo.language());
    assertFalse(demo.builtIn());
    assertTrue("" + demo.bytes(), demo.bytes() > 8_000_000);
    assertEquals("COPYING 1.0", stages.get(stages.size() - 3));
    assertEquals("TRYING -1.0", stages.get(stages.size() - 1));
    assertEquals(List.of(demo), store.all());
    assertEquals(demo.id(), store.current().id());
    assertEquals(demo.id(), start().current().id());
    assertArrayEquals(new String[] {demo.id()}, root.list());
    demo.bundle().verify();
  }

  @Test
  public void theSameContentIsAddedOnce() throws Exception {
    BundleStore store = start();
    Installed first = add(store, Demo.bundle());
    assertEquals(first, add(store, Demo.bundle()));
    assertEquals(1, store.all().size());
    assertArrayEquals(new String[] {first.id()}, root.list());
  }

  @Test
  public void switchingAndDeleting() throws Exception {
    BundleStore store = start();
    Installed demo = add(store, Demo.bundle());
    Installed altered = add(store, Demo.altered());
    assertEquals(
        List.of("altered", "demo"), List.of(store.all().get(0).name(), store.all().get(1).name()));
    assertEquals("what is used stays", "demo", start().current().name());
    store.use(altered.id());
    assertEquals("altered", start().current().name());
    store.delete(altered.id());
    assertEquals("demo", store.current().name());
    assertEquals(Optional.empty(), store.find(altered.id()));
    assertArrayEquals(new String[] {demo.id()}, root.list());
    assertThrows(IllegalArgumentException.class, () -> store.use(altered.id()));
    assertThrows(IllegalArgumentException.class, () -> store.delete(altered.id()));
  }

  @Test
  public void theLanguageChoosesTheBundle() throws Exception {
    BundleStore store = start();
    assertEquals(Optional.empty(), store.forLanguage("en"));
    Installed demo = add(store, Demo.bundle());
    Installed altered = add(store, Demo.altered());
    store.use(demo.id());
    assertEquals(Optional.of(demo), store.forLanguage("en"));
    assertEquals(Optional.of(demo), store.forLanguage("en-GB"));
    store.use(altered.id());
    assertEquals(Optional.of(altered), store.forLanguage("en-US"));
    for (String asked : new String[] {"en_US", "eng", "ENG-us", "English", "en_US.UTF-8"}) {
      assertEquals(asked, Optional.of(altered), store.forLanguage(asked));
    }
    for (String none : List.of("ko-KR", "", "und", "x", "__", "e")) {
      assertEquals(none, Optional.empty(), store.forLanguage(none));
    }
  }

  @Test
  public void aBundleIsFoundByWhatPeopleCallIt() throws Exception {
    BundleStore store = start();
    assertEquals(Optional.empty(), store.named("demo", "en"));
    Installed demo = add(store, Demo.bundle());
    Installed lettered = add(store, Demo.lettered()); // called the same
    store.use(lettered.id());
    assertEquals(Optional.of(lettered), store.named("demo", "en"));
    store.use(demo.id());
    assertEquals(Optional.of(demo), store.named("demo", "en"));
    store.use(add(store, Demo.altered()).id());
    assertEquals("demo", store.named("demo", "en").orElseThrow().name());
    assertEquals(Optional.empty(), store.named("demo", "ko"));
    assertEquals(Optional.empty(), store.named("Demo", "en"));
  }

  @Test
  public void theBuiltInBundleIsInstalledOnceAndRenewedByAnUpdate() throws Exception {
    asset = Demo.bundle();
    Installed first = start().current();
    assertTrue(first.builtIn());
    assertEquals("demo", first.name());
    assertThrows(IllegalArgumentException.class, () -> start().delete(first.id()));
    // Not read again.
    asset = null;
    assertEquals(first.id(), start().current().id());
    // An update brings another one, in whose place it steps.
    asset = Demo.altered();
    stamp = "2";
    Installed second = start().current();
    assertEquals("altered", second.name());
    assertTrue(second.builtIn());
    assertEquals(1, start().all().size());
    // And one without a bundle leaves it, as an imported one.
    asset = null;
    stamp = "3";
    assertFalse(start().current().builtIn());
  }

  /** A battery that is taken out soon after the first start leaves empty files. */
  @Test
  public void aBuiltInBundleWhoseFilesAreGoneIsPutBack() throws Exception {
    asset = Demo.bundle();
    BundleStore before = start();
    Installed builtIn = before.current();
    Installed imported = add(before, Demo.altered());
    Files.write(new File(builtIn.folder(), "model.onnx").toPath(), new byte[0]);
    BundleStore store = start();
    assertEquals("demo", store.current().name());
    assertTrue(store.current().builtIn());
    assertEquals(List.of(builtIn, imported), store.all());
    store.current().bundle().verify();
    assertEquals(List.of(builtIn, imported), start().all());
  }

  @Test
  public void anImportIsCancelledWhileTheBuiltInBundleIsPutInItsPlace() throws Exception {
    asset = Demo.bundle();
    byte[] imported = Files.readAllBytes(Demo.altered().toPath());
    BundleStore store = start();
    Thread.currentThread().interrupt();
    assertThrows(
        InterruptedIOException.class,
        () -> store.add(new ByteArrayInputStream(imported), -1, (stage, share) -> {}));
    assertFalse(Thread.interrupted());
    assertEquals("demo", store.current().name());
    assertEquals(1, store.all().size());
    assertEquals(Optional.empty(), store.builtInRefused());
    assertArrayEquals(new String[] {store.current().id()}, root.list());
  }

  @Test
  public void aFullDiskAtTheFirstStartIsSaidAndTriedAgain() throws Exception {
    asset = Demo.bundle();
    free = 1_000_000;
    BundleStore store = start();
    assertNull(store.current());
    assertEquals(Refused.Reason.NO_SPACE, store.builtInRefused().get().reason());
    free = Long.MAX_VALUE / 4;
    assertNull("not at every call", store.current());
    store.load(loaded::addAll);
    Wait.until("the list", () -> !loaded.isEmpty());
    assertEquals("demo", loaded.get(0).name());
    assertEquals(Optional.empty(), store.builtInRefused());
    assertEquals("demo", start().current().name());
  }

  @Test
  public void whatAnImportLeftWhenTheProcessDiedIsThrownOut() throws Exception {
    File half = new File(root, "incoming-1");
    assertTrue(half.mkdirs());
    Files.write(new File(half, "archive.malgwi").toPath(), new byte[1000]);
    assertEquals(List.of(), start().all());
    assertArrayEquals(new String[0], root.list());
  }

  @Test
  public void aBundleWhoseFilesAreGoneIsNotListedAndCanBeAddedAgain() throws Exception {
    Installed demo = add(start(), Demo.bundle());
    assertTrue(new File(demo.folder(), "model.onnx").delete());
    assertEquals(List.of(), start().all());
    assertEquals(demo.id(), add(start(), Demo.bundle()).id());
  }

  @Test
  public void damagedAndForeignFilesAreRefused() throws Exception {
    BundleStore store = start();
    byte[] good = demo();
    Random random = new Random(1);
    for (int i = 0; i < 8; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(good.length)] ^= 4;
      refuses(store, bad, bad[0] == 'P' ? Refused.Reason.DAMAGED : Refused.Reason.NO_BUNDLE, "");
    }
    refuses(store, Arrays.copyOf(good, good.length / 2), Refused.Reason.DAMAGED, "cut off");
    refuses(store, Arrays.copyOf(good, 10), Refused.Reason.DAMAGED, "");
    refuses(store, new byte[0], Refused.Reason.NO_BUNDLE, "empty");
    refuses(
        store, "RIFF....WAVE".getBytes(StandardCharsets.UTF_8), Refused.Reason.NO_BUNDLE, "ZIP");
    Arrays.fill(good, 100, 120, (byte) 'x');
    refuses(store, good, Refused.Reason.DAMAGED, "");
  }

  @Test
  public void tooLittleSpaceIsSaidBeforeAndMeanwhile() throws Exception {
    free = 2 * Demo.bundle().length();
    BundleStore store = start();
    Refused refused = assertThrows(Refused.class, () -> add(store, Demo.bundle()));
    assertEquals(Refused.Reason.NO_SPACE, refused.reason());
    // Archive and contents are as large as each other, and 32 MB stay free.
    String needed =
        " need " + (free / 1_000_000 + 32) + " MB; " + free / 1_000_000 + " MB are free";
    assertTrue(refused.getMessage(), refused.getMessage().contains(needed));
    assertEquals(List.of(), stages);
    // The size isn't known, or is a lie.
    refuses(store, demo(), Refused.Reason.NO_SPACE, "are free");
    // The disk fills up while the archive is unpacked.
    free = Long.MAX_VALUE / 4;
    BundleStore filling =
        start(
            candidate -> {
              free = 1000;
              throw new MalgwiException("no space left on device");
            });
    refuses(filling, demo(), Refused.Reason.NO_SPACE, "no space");
  }

  @Test
  public void aSourceThatFailsIsSaid() throws Exception {
    for (RuntimeException failure : new RuntimeException[] {null, new SecurityException("no")}) {
      InputStream broken =
          new FilterInputStream(new FileInputStream(Demo.bundle())) {
            private int reads;

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
              if (++reads == 3) {
                if (failure != null) {
                  throw failure;
                }
                throw new IOException("the card was taken out");
              }
              return super.read(buffer, offset, length);
            }
          };
      Refused refused =
          assertThrows(Refused.class, () -> start().add(broken, -1, (stage, share) -> {}));
      assertEquals(Refused.Reason.UNREADABLE, refused.reason());
      assertArrayEquals(new String[0], root.list());
    }
  }

  @Test
  public void anInterruptEndsItWithoutATrace() throws Exception {
    assertThrows(
        InterruptedIOException.class,
        () ->
            start()
                .add(
                    new FileInputStream(Demo.bundle()),
                    -1,
                    (stage, share) -> Thread.currentThread().interrupt()));
    assertFalse(Thread.interrupted());
    assertArrayEquals(new String[0], root.list());
  }

  @Test
  public void aModelThatHearsAnotherTextIsRefused() throws Exception {
    BundleStore store =
        start(
            candidate -> {
              for (GoldenCheck check : app.engine().tryOut(candidate)) {
                BundleStore.expectSameText(check);
              }
            });
    byte[] file = Files.readAllBytes(Demo.otherText().toPath());
    refuses(store, file, Refused.Reason.OTHER_TEXT, Demo.alter(Demo.golden(0).text()));
    assertEquals("demo", add(store, Demo.bundle()).name());
    assertEquals("altered", add(store, Demo.altered()).name());
  }
}
