package org.malgwi.android;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.ContentProvider;
import android.content.ContentValues;
import android.content.pm.PackageInfo;
import android.content.pm.ProviderInfo;
import android.database.Cursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowParcelFileDescriptor;

@RunWith(RobolectricTestRunner.class)
public class SpeechModelTest {
  private static final String ASSET = "demo.malgwi";

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private final Application context = RuntimeEnvironment.getApplication();
  private final File root = AssetBundle.folder(context, ASSET);

  private File written(byte[] content) throws IOException {
    return Files.write(temporary.newFile().toPath(), content).toFile();
  }

  private Uri file(byte[] content) throws IOException {
    return Uri.fromFile(written(content));
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
    }
  }

  private void isUnreadable(
      SpeechModel model, Uri recording, Unreadable.Reason reason, String... said) {
    Unreadable why =
        assertThrows(
            Unreadable.class,
            () -> model.transcribe(recording, Search.DEFAULT, new Cancellation()));
    assertEquals(reason, why.reason());
    for (String part : said) {
      assertTrue(why.getMessage(), why.getMessage().contains(part));
    }
  }

  @Test
  public void recordingsWithoutSoundAreNamed() throws Exception {
    Uri empty = file(new byte[0]);
    Uri header = file(Arrays.copyOf(Demo.goldenWav(0), 44));
    Uri text = file("no recording".getBytes(StandardCharsets.UTF_8));
    try (SpeechModel model = SpeechModel.open(context, Demo.bundle())) {
      isUnreadable(
          model,
          empty,
          Unreadable.Reason.NO_SOUND,
          empty.getLastPathSegment(),
          "0 bytes; expected a recording. Copy it again");
      isUnreadable(
          model,
          header,
          Unreadable.Reason.NO_SOUND,
          header.getLastPathSegment(),
          "a header without sound; expected samples");
      isUnreadable(model, text, Unreadable.Reason.NO_SOUND, text.getLastPathSegment());
    }
  }

  @Test
  public void recordingsThatAreNotGivenAreNamed() throws Exception {
    ProviderInfo facts = new ProviderInfo();
    facts.authority = "org.example";
    Robolectric.buildContentProvider(Rude.class).create(facts);
    Uri gone = Uri.fromFile(new File(root, "gone"));
    try (SpeechModel model = SpeechModel.open(context, Demo.bundle())) {
      isUnreadable(
          model, gone, Unreadable.Reason.NOT_GIVEN, gone + ": can't be opened (", "chosen again");
      isUnreadable(
          model,
          Uri.parse("content://org.example/refused"),
          Unreadable.Reason.NOT_GIVEN,
          "content://org.example/refused: can't be opened (Permission Denial)",
          "expected a recording that its app lets this one read");
      isUnreadable(
          model,
          Uri.parse("content://org.example/broken"),
          Unreadable.Reason.NOT_GIVEN,
          "content://org.example/broken: can't be opened (its own fault)");
      isUnreadable(
          model,
          Uri.parse("content://org.example/nothing"),
          Unreadable.Reason.NOT_GIVEN,
          "its app gives no file");
      isUnreadable(
          model,
          Uri.parse("content://nobody"),
          Unreadable.Reason.NOT_GIVEN,
          "content://nobody: can't be opened (");
    }
  }

  @Test
  @Config(shadows = Stream.class)
  public void aStreamIsNotGivenAsAFile() throws Exception {
    Uri clip = file(Demo.goldenWav(0));
    try (SpeechModel model = SpeechModel.open(context, Demo.bundle())) {
      isUnreadable(
          model,
          clip,
          Unreadable.Reason.NOT_GIVEN,
          clip + ": comes as a stream; expected a file. Copy it to one first");
    }
  }

  /** What Android says of a pipe. */
  @Implements(ParcelFileDescriptor.class)
  public static class Stream extends ShadowParcelFileDescriptor {
    @Override
    @Implementation
    public long getStatSize() {
      return -1;
    }
  }

  /** Another app's, of which anything can come. */
  public static final class Rude extends ContentProvider {
    @Override
    public ParcelFileDescriptor openFile(Uri uri, String mode) {
      return switch (String.valueOf(uri.getLastPathSegment())) {
        case "refused" -> throw new SecurityException("Permission Denial");
        case "broken" -> throw new UnsupportedOperationException("its own fault");
        default -> null;
      };
    }

    @Override
    public boolean onCreate() {
      return true;
    }

    @Override
    public Cursor query(Uri uri, String[] columns, String where, String[] values, String order) {
      return null;
    }

    @Override
    public String getType(Uri uri) {
      return null;
    }

    @Override
    public Uri insert(Uri uri, ContentValues values) {
      return null;
    }

    @Override
    public int update(Uri uri, ContentValues values, String where, String[] arguments) {
      return 0;
    }

    @Override
    public int delete(Uri uri, String where, String[] arguments) {
      return 0;
    }
  }

  @Test
  public void aHotwordThatTheModelCannotSpellIsRefusedBeforeAnythingIsRead() throws Exception {
    try (SpeechModel model = SpeechModel.open(context, Demo.bundle())) {
      MalgwiException why =
          assertThrows(
              MalgwiException.class,
              () ->
                  model.transcribe(
                      Uri.parse("content://nobody"),
                      Search.DEFAULT.withHotwords(List.of("말귀")),
                      new Cancellation()));
      assertTrue(why.getMessage(), why.getMessage().contains("말귀"));
    }
  }

  /** Each is its own: what one app's screen closes, the other's goes on with. */
  @Test
  public void openedTwiceEachIsClosedByItself() throws Exception {
    Uri clip = file(Demo.goldenWav(0));
    SpeechModel first = SpeechModel.open(context, ASSET);
    try (SpeechModel second = SpeechModel.open(context, ASSET)) {
      first.close();
      first.close();
      assertThrows(
          IllegalStateException.class,
          () -> first.transcribe(clip, Search.DEFAULT, new Cancellation()));
      assertEquals(
          Demo.text(0), second.transcribe(clip, Search.DEFAULT, new Cancellation()).text());
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

  private void refuses(File file, String expected) {
    MalgwiException why =
        assertThrows(MalgwiException.class, () -> SpeechModel.open(context, file));
    assertTrue(why.getMessage(), why.getMessage().startsWith(file + ": "));
    assertTrue(why.getMessage(), why.getMessage().contains(expected));
  }

  @Test
  public void whatIsNoWholeBundleIsRefused() throws Exception {
    byte[] good = Files.readAllBytes(Demo.bundle().toPath());
    refuses(written(Arrays.copyOf(good, good.length / 2)), "cut off or no bundle. Copy it again");
    refuses(written(new byte[0]), "cut off, or no bundle; copy it again");
    refuses(written(Demo.goldenWav(0)), "no ZIP archive; expected a bundle");
    refuses(new File(root, "gone"), "no such file; expected a .malgwi bundle");
    refuses(temporary.newFolder(), "no bundle.json in it");
    good[good.length / 2] ^= 1;
    refuses(written(good), "has another CRC-32; copy it again");
  }
}
