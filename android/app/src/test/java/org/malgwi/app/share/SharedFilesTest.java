package org.malgwi.app.share;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.content.ContentValues;
import android.content.Context;
import android.content.Intent;
import android.content.pm.ProviderInfo;
import android.database.Cursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.OpenableColumns;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.backup.Documents;
import org.malgwi.core.TimedWord;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class SharedFilesTest {
  private static final List<TimedWord> WORDS = List.of(new TimedWord("hello", 0, 500, 1));

  private Context context;
  private SharedFiles provider;

  @Before
  public void setUp() {
    context = RuntimeEnvironment.getApplication();
    provider = Robolectric.buildContentProvider(SharedFiles.class).create(info(false, true)).get();
  }

  private static ProviderInfo info(boolean exported, boolean grants) {
    ProviderInfo info = new ProviderInfo();
    info.authority = "org.malgwi.app.files";
    info.exported = exported;
    info.grantUriPermissions = grants;
    return info;
  }

  private String read(Uri uri) throws IOException {
    try (ParcelFileDescriptor file = provider.openFile(uri, "r");
        InputStream in = new FileInputStream(file.getFileDescriptor())) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static SharedFiles.Content text(String text) {
    return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  public void whatIsPutCanBeRead() throws Exception {
    Uri uri = SharedFiles.put(context, "회의 메모.txt", text("안녕"));
    assertEquals("content", uri.getScheme());
    assertEquals("org.malgwi.app.files", uri.getAuthority());
    assertEquals("회의 메모.txt", uri.getLastPathSegment());
    assertEquals("안녕", read(uri));
    assertEquals("text/plain", provider.getType(uri));
    try (Cursor row = provider.query(uri, null, null, null, null)) {
      assertTrue(row.moveToFirst());
      assertEquals("회의 메모.txt", row.getString(row.getColumnIndex(OpenableColumns.DISPLAY_NAME)));
      assertEquals(6, row.getLong(row.getColumnIndex(OpenableColumns.SIZE)));
    }
    String[] odd = {"_data", OpenableColumns.SIZE};
    try (Cursor row = provider.query(uri, odd, null, null, null)) {
      assertTrue(row.moveToFirst());
      assertNull(row.getString(0));
      assertEquals(6, row.getLong(1));
    }
  }

  @Test
  public void namesAreMadeHarmless() throws Exception {
    assertEquals(
        "a .. b.txt", SharedFiles.put(context, "a/../b.txt", text("")).getLastPathSegment());
    for (String name :
        List.of(
            "../../x.txt",
            "/etc/passwd",
            "..",
            ".",
            "",
            ".hidden",
            "a\0b.txt",
            "x".repeat(500) + ".srt",
            "..." + "x".repeat(500) + ".srt",
            // Adlam: two chars each, and the sixtieth is the first of two.
            "x" + "\uD83A\uDD22".repeat(100) + ".srt",
            "..." + "\uD83A\uDD22".repeat(100) + ".srt")) {
      Uri uri = SharedFiles.put(context, name, text("mine"));
      assertEquals(name, "mine", read(uri));
      assertTrue(name, uri.getLastPathSegment().length() <= 70);
      assertFalse(name, uri.getLastPathSegment().contains("/"));
    }
  }

  @Test
  public void nothingElseCanBeReached() throws Exception {
    Uri good = SharedFiles.put(context, "a.txt", text("a"));
    String random = good.getPathSegments().get(0);
    Files.write(new File(context.getFilesDir(), "secret.txt").toPath(), new byte[1]);
    Files.write(new File(context.getCacheDir(), "secret.txt").toPath(), new byte[1]);
    for (String path :
        List.of(
            "",
            "/",
            random,
            random + "/",
            random + "/b.txt",
            random + "/../" + random + "/a.txt",
            random + "/..%2F..%2Fsecret.txt",
            random + "/%2E%2E%2F%2E%2E%2Fsecret.txt",
            "..%2Fsecret.txt",
            "..%2F..%2Ffiles/secret.txt",
            "%2E%2E/secret.txt",
            "..",
            "0".repeat(32) + "/a.txt",
            random + "/a.txt%00")) {
      Uri uri = Uri.parse("content://org.malgwi.app.files/" + path);
      assertThrows(path, FileNotFoundException.class, () -> provider.openFile(uri, "r"));
      try (Cursor rows = provider.query(uri, null, null, null, null)) {
        assertEquals(path, 0, rows.getCount());
      }
    }
  }

  @Test
  public void readOnlyAndPrivate() throws Exception {
    Uri uri = SharedFiles.put(context, "a.txt", text("a"));
    for (String mode : List.of("w", "rw", "rwt", "wa")) {
      assertThrows(mode, SecurityException.class, () -> provider.openFile(uri, mode));
    }
    assertThrows(UnsupportedOperationException.class, () -> provider.delete(uri, null, null));
    assertThrows(
        UnsupportedOperationException.class, () -> provider.insert(uri, new ContentValues()));
    assertThrows(
        UnsupportedOperationException.class,
        () -> provider.update(uri, new ContentValues(), null, null));
    assertEquals("a", read(uri));
    assertThrows(
        SecurityException.class, () -> new SharedFiles().attachInfo(context, info(true, true)));
    assertThrows(
        SecurityException.class, () -> new SharedFiles().attachInfo(context, info(false, false)));
    ProviderInfo real =
        context.getPackageManager().resolveContentProvider("org.malgwi.app.files", 0);
    assertFalse(real.exported);
    assertTrue(real.grantUriPermissions);
  }

  @Test
  public void aFailureLeavesNothingAndOldFilesGo() throws Exception {
    assertThrows(
        IOException.class,
        () ->
            SharedFiles.put(
                context,
                "a.txt",
                out -> {
                  throw new IOException("full");
                }));
    File shared = new File(context.getCacheDir(), "shared");
    assertEquals(0, shared.list().length);
    Uri old = SharedFiles.put(context, "old.txt", text("old"));
    assertTrue(
        new File(shared, old.getPathSegments().get(0))
            .setLastModified(System.currentTimeMillis() - 25 * 3_600_000L));
    Uri now = SharedFiles.put(context, "new.txt", text("new"));
    assertThrows(FileNotFoundException.class, () -> read(old));
    assertEquals("new", read(now));
  }

  private void saveHalf(Uri document) {
    SharedFiles.Content half =
        out -> {
          out.write(new byte[1_000]);
          throw new IOException("gone meanwhile");
        };
    IOException why = assertThrows(IOException.class, () -> Sharing.save(context, document, half));
    assertEquals("gone meanwhile", why.getMessage());
  }

  @Test
  public void halfASavedFileIsTakenAway() throws Exception {
    File file = new File(context.getCacheDir(), "saved.zip");
    Files.write(file.toPath(), new byte[0]);
    Documents.install(file);
    Sharing.save(context, Documents.DOCUMENT, text("whole"));
    assertEquals("whole", Files.readString(file.toPath()));
    saveHalf(Documents.DOCUMENT);
    assertFalse(file.exists());
    Files.write(file.toPath(), new byte[0]);
    saveHalf(Uri.fromFile(file)); // nobody deletes this one
    assertEquals(0, file.length());
  }

  private static SharedTranscript one(String title, String text) {
    return new SharedTranscript(title, text, WORDS, 2_000, "talk.m4a");
  }

  private static String written(Format format, String title) throws Exception {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    format.write(one(title, "hello"), out);
    return out.toString(java.nio.charset.StandardCharsets.UTF_8);
  }

  /** The core's tests hold them to what Python writes. */
  @Test
  public void tiersOfElanAndPraat() throws Exception {
    String eaf = written(Format.EAF, "Interview 3.m4a");
    assertTrue(eaf, eaf.contains(" RELATIVE_MEDIA_URL=\"./talk.m4a\"/>"));
    assertTrue(eaf, eaf.contains("<ANNOTATION_VALUE>hello</ANNOTATION_VALUE>"));
    String date = " DATE=\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d\" ";
    assertTrue(eaf, java.util.regex.Pattern.compile(date).matcher(eaf).find());
    String textgrid = written(Format.TEXTGRID, "");
    assertTrue(textgrid, textgrid.contains("\nxmax = 2\n"));
  }

  @Test
  public void onlyAFilesEndingIsTakenOffItsTitle() {
    assertEquals("talk.TextGrid", Sharing.fileName("talk.wav", Format.TEXTGRID));
    for (String whole :
        List.of(
            "Meeting 3.5 with Dr. Kim",
            "version 2.10",
            "Dr. Kim",
            "Dr.Kim's talk",
            "회의 3.초안",
            "so it ends.",
            ".wav",
            "a.b",
            "notes.transcript")) {
      assertEquals(whole + ".txt", Sharing.fileName(whole, Format.TEXT));
      assertFalse(whole, Sharing.isFileName(whole));
    }
    for (String ending : List.of("wav", "m4a", "MP3", "3gp", "flac", "opus", "TS")) {
      assertEquals("a 3.5.srt", Sharing.fileName("a 3.5." + ending, Format.SRT));
      assertTrue(ending, Sharing.isFileName("a 3.5." + ending));
    }
    assertEquals("malgwi.txt", Sharing.fileName("", Format.TEXT));
  }

  @Test
  public void shortTextsGoByValueAndLongOnesAsFiles() throws Exception {
    Intent text = Sharing.transcript(context, Format.TEXT, one("talk.wav", "hello"));
    assertEquals("hello", text.getStringExtra(Intent.EXTRA_TEXT));
    String longText = "말".repeat(Sharing.MOST_BYTES / 3 + 1);
    Intent file = Sharing.transcript(context, Format.TEXT, one("talk.wav", longText));
    assertNull(file.getStringExtra(Intent.EXTRA_TEXT));
    Uri uri = file.getClipData().getItemAt(0).getUri();
    assertEquals("talk.txt", uri.getLastPathSegment());
    assertEquals(longText + "\n", read(uri));
    assertEquals(
        Intent.FLAG_GRANT_READ_URI_PERMISSION,
        file.getFlags() & Intent.FLAG_GRANT_READ_URI_PERMISSION);
    assertTrue(Sharing.copy(context, "hello"));
    assertFalse(Sharing.copy(context, longText));
  }

  @Test
  public void subtitlesAndSound() throws Exception {
    Intent srt = Sharing.transcript(context, Format.SRT, one("", "hello"));
    assertEquals("application/x-subrip", srt.getType());
    Uri uri = srt.getClipData().getItemAt(0).getUri();
    assertEquals("malgwi.srt", uri.getLastPathSegment());
    assertEquals("1\n00:00:00,000 --> 00:00:00,700\nhello\n", read(uri));
    File pcm = new File(context.getCacheDir(), "a.pcm");
    Files.write(pcm.toPath(), new byte[] {1, 2, 3, 4});
    Uri wav = Sharing.audio(context, "talk.m4a", pcm).getClipData().getItemAt(0).getUri();
    assertEquals("talk.wav", wav.getLastPathSegment());
    try (ParcelFileDescriptor file = provider.openFile(wav, "r")) {
      assertEquals(48, file.getStatSize());
    }
  }
}
