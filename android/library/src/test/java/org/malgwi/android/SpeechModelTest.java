package org.malgwi.android;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.pm.PackageInfo;
import android.net.Uri;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.core.Cancellation;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Search;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class SpeechModelTest {
  private static final String ASSET = "demo.malgwi";

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private final Application context = RuntimeEnvironment.getApplication();
  private final File root = AssetBundle.folder(context, ASSET);

  private Uri file(byte[] content) throws IOException {
    File file = temporary.newFile();
    Files.write(file.toPath(), content);
    return Uri.fromFile(file);
  }

  @Test
  public void recordingsAreWrittenDown() throws Exception {
    Uri clip = file(Demo.goldenWav(0));
    Uri noSound = file(new byte[] {1, 2, 3});
    try (SpeechModel model = SpeechModel.open(context, ASSET)) {
      assertEquals("demo", model.bundle().name());
      assertEquals(Demo.text(0), model.transcribe(clip, Search.DEFAULT, new Cancellation()).text());
      Unreadable why =
          assertThrows(
              Unreadable.class,
              () -> model.transcribe(noSound, Search.DEFAULT, new Cancellation()));
      assertEquals(Unreadable.Reason.NO_SOUND, why.reason());
      Cancellation cancelled = new Cancellation();
      cancelled.cancel();
      assertThrows(
          CancellationException.class, () -> model.transcribe(clip, Search.DEFAULT, cancelled));
      assertThrows(
          IOException.class,
          () ->
              model.transcribe(
                  Uri.fromFile(new File(root, "gone")), Search.DEFAULT, new Cancellation()));
    }
  }

  @Test
  public void aFileIsOpenedWhereItLies() throws Exception {
    Uri clip = file(Demo.goldenWav(1));
    try (SpeechModel model = SpeechModel.open(context, Demo.bundle())) {
      assertEquals(Demo.text(1), model.transcribe(clip, Search.DEFAULT, new Cancellation()).text());
    }
    assertFalse("nothing is unpacked", root.exists());
  }

  @Test
  public void anAssetIsUnpackedOnce() throws Exception {
    new AssetBundle(context, ASSET).open();
    File[] places = root.listFiles();
    assertEquals(1, places.length);
    File mark = new File(places[0], "mark");
    assertTrue(mark.createNewFile());
    ModelBundle again = new AssetBundle(context, ASSET).open();
    assertEquals(3, again.golden().size());
    assertTrue("as it was", mark.exists());
  }

  @Test
  public void anUpdateUnpacksAnewAndDeletesWhatWas() throws Exception {
    new AssetBundle(context, ASSET).open();
    String before = root.list()[0];
    PackageInfo app =
        shadowOf(context.getPackageManager())
            .getInternalMutablePackageInfo(context.getPackageName());
    app.lastUpdateTime = app.lastUpdateTime + 1;
    new AssetBundle(context, ASSET).open();
    assertEquals(1, root.list().length);
    assertNotEquals(before, root.list()[0]);
  }

  @Test
  public void whatWasLeftOfADeadProcessGoesAndMissingFilesComeBack() throws Exception {
    assertTrue(new File(root, "incoming-1/files").mkdirs());
    new AssetBundle(context, ASSET).open();
    assertEquals(1, root.list().length);
    File place = root.listFiles()[0];
    assertTrue(new File(place, "model.onnx").delete());
    new AssetBundle(context, ASSET).open();
    assertTrue(new File(place, "model.onnx").isFile());
  }

  /** A phone that was switched off before the disk had all of it. */
  @Test
  public void whatWasCutShortComesBack() throws Exception {
    new AssetBundle(context, ASSET).open();
    File model = new File(root.listFiles()[0], "model.onnx");
    long whole = model.length();
    Files.write(model.toPath(), new byte[0]);
    new AssetBundle(context, ASSET).open();
    assertEquals(whole, model.length());
  }

  /** They wait for each other. */
  @Test
  public void twoThreadsUnpackItOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<ModelBundle>> both =
          threads.invokeAll(Collections.nCopies(2, () -> new AssetBundle(context, ASSET).open()));
      assertEquals(both.get(0).get().path(), both.get(1).get().path());
      assertEquals(1, root.list().length);
    } finally {
      threads.shutdown();
    }
  }

  @Test
  public void withoutRoomNothingIsLeft() {
    Refused refused =
        assertThrows(Refused.class, () -> new AssetBundle(context, ASSET, () -> 1_000_000).open());
    assertEquals(Refused.Reason.NO_SPACE, refused.reason());
    assertEquals(0, root.list().length);
  }

  @Test
  public void eachAssetHasAFolderOfItsOwn() {
    File all = new File(context.getNoBackupFilesDir(), "malgwi");
    for (String asset :
        List.of("demo.malgwi", "models/demo.malgwi", "models%2Fdemo.malgwi", "..")) {
      assertEquals(all, AssetBundle.folder(context, asset).getParentFile());
    }
    assertEquals("asset-a%2Fb", AssetBundle.folder(context, "a/b").getName());
    assertEquals("asset-a%252Fb", AssetBundle.folder(context, "a%2Fb").getName());
  }

  @Test
  public void whatIsNoAssetIsNamed() {
    Refused refused =
        assertThrows(Refused.class, () -> SpeechModel.open(context, "models/mine.malgwi"));
    assertEquals(Refused.Reason.UNREADABLE, refused.reason());
    assertTrue(refused.getMessage().startsWith("models/mine.malgwi isn't among this app's assets"));
  }

  @Test
  public void aDamagedFileIsRefused() throws Exception {
    byte[] good = Files.readAllBytes(Demo.bundle().toPath());
    File half = temporary.newFile("half.malgwi");
    try (FileOutputStream out = new FileOutputStream(half)) {
      out.write(Arrays.copyOf(good, good.length / 2));
    }
    assertThrows(MalgwiException.class, () -> SpeechModel.open(context, half));
  }
}
