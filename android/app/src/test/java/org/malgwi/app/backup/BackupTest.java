package org.malgwi.app.backup;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.history.History;
import org.malgwi.app.history.Incoming;
import org.malgwi.app.history.Source;
import org.malgwi.app.history.Written;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

/** A history to a file and back. */
@RunWith(RobolectricTestRunner.class)
public class BackupTest {
  private static final long PLENTY = 1L << 40;
  private static final char[] PASSWORD = "열려라 참깨".toCharArray();

  private App app;
  private History history;

  @Before
  public void setUp() {
    app = (App) RuntimeEnvironment.getApplication();
    history = app.history();
  }

  @After
  public void tearDown() {
    history.close();
  }

  /** One with all that a record can hold, one that was checked, one of text only. */
  private void fill() throws IOException {
    long all = Written.add(app, Source.FILE, "Interview 3.m4a", "the small boat drifted", true);
    history.correct(all, "The small boat drifted.");
    history.keepDraft(all, "The small boat driftet");
    long checked = Written.add(app, Source.SPEECH, "", "by milk and bred", true);
    history.correct(checked, "Buy milk and bread.");
    Written.add(app, Source.KEYBOARD, "", "말귀가 밝다", false);
  }

  private Path root() {
    return app.getFilesDir().toPath().resolve("history");
  }

  /** Every file of the history with its bytes. */
  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root())) {
      for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile)::iterator) {
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        files.put(root().relativize(file).toString(), bytes);
      }
    }
    return files;
  }

  /** Takes the app's data away, as uninstalling does. */
  private void uninstall() throws IOException {
    history.close();
    app.deleteDatabase("history.db");
    List<Path> all;
    try (Stream<Path> walked = Files.walk(root())) {
      all = new ArrayList<>(walked.toList());
    }
    for (int i = all.size() - 1; i >= 0; i--) {
      Files.delete(all.get(i));
    }
  }

  private byte[] save(char[] password) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new BackupWriter(history, share -> {}).write(out, password);
    return out.toByteArray();
  }

  private Incoming.Added restore(byte[] file, char[] password) throws IOException {
    return new BackupReader(history, () -> PLENTY, share -> {})
        .read(new ByteArrayInputStream(file), password);
  }

  /** Not restored, and the history is what it was. */
  private BackupException refused(BackupProblem problem, byte[] file, char[] password)
      throws IOException {
    Map<String, String> before = files();
    BackupException refused = assertThrows(BackupException.class, () -> restore(file, password));
    assertEquals(refused.getMessage(), problem, refused.problem());
    assertEquals(before, files());
    return refused;
  }

  private static Map<String, byte[]> unzip(byte[] archive) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      ZipEntry entry;
      while ((entry = zip.getNextEntry()) != null) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    }
    return files;
  }

  private static byte[] zip(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
      }
    }
    return out.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  public void allOfItComesBack() throws Exception {
    fill();
    Map<String, String> before = files();
    assertEquals(6, before.size()); // 3 transcripts, 2 sounds, a draft
    for (char[] password : new char[][] {null, PASSWORD}) {
      byte[] file = save(password);
      uninstall();
      assertEquals(new Incoming.Added(3, 0), restore(file, password));
      assertEquals(before, files());
      assertEquals("Interview 3.m4a", history.search("boat", 9).get(0).title());
      // Once more: all of it is there.
      assertEquals(new Incoming.Added(0, 3), restore(file, password));
      assertEquals(before, files());
    }
  }

  @Test
  public void itIsTheZipThatTheDocsDescribe() throws Exception {
    fill();
    List<Long> ids = history.search("", 9).stream().map(one -> one.id()).sorted().toList();
    Map<String, byte[]> files = unzip(save(null));
    assertEquals(
        List.of(
            "malgwi-backup.json",
            ids.get(0) + "/transcript.json",
            ids.get(0) + "/draft.txt",
            ids.get(0) + "/audio.pcm",
            ids.get(1) + "/transcript.json",
            ids.get(1) + "/audio.pcm",
            ids.get(2) + "/transcript.json",
            "end.json"),
        new ArrayList<>(files.keySet()));
    assertEquals(
        "{\"format\":\"malgwi-backup\",\"format_version\":1,\"records\":["
            + "{\"id\":"
            + ids.get(0)
            + ",\"sound_bytes\":128000},"
            + "{\"id\":"
            + ids.get(1)
            + ",\"sound_bytes\":128000},"
            + "{\"id\":"
            + ids.get(2)
            + ",\"sound_bytes\":0}]}",
        new String(files.get("malgwi-backup.json"), StandardCharsets.UTF_8));
    assertEquals("{\"records\":3}", new String(files.get("end.json"), StandardCharsets.UTF_8));
  }

  @Test
  public void whatIsThereStaysAsItIs() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", true);
    byte[] file = save(null);
    history.correct(id, "Buy milk.");
    long later = Written.add(app, Source.SPEECH, "", "and bread", false);
    assertEquals(new Incoming.Added(0, 1), restore(file, null));
    assertEquals("Buy milk.", history.text(id));
    history.trash(later);
    history.emptyTrash();
    assertEquals(1, history.search("", 9).size());
  }

  /** Two phones can have written something down in the same millisecond. */
  @Test
  public void anotherRecordOfTheSameIdIsAdded() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", true);
    byte[] file = save(null);
    uninstall();
    Path other = Files.createDirectories(root().resolve(Long.toString(id)));
    byte[] text = unzip(file).get(id + "/transcript.json");
    Files.write(
        other.resolve("transcript.json"),
        utf8(new String(text, StandardCharsets.UTF_8).replace("milk", "bread")));
    assertEquals(new Incoming.Added(1, 0), restore(file, null));
    assertEquals("by bread", history.text(id));
    assertEquals("by milk", history.text(id + 1));
    assertEquals(64_000, history.audio(id + 1).length());
    assertEquals(new Incoming.Added(0, 1), restore(file, null));
  }

  @Test
  public void aTrashedOneComesBackBesideIt() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", false);
    byte[] file = save(null);
    history.trash(id);
    assertEquals(new Incoming.Added(1, 0), restore(file, null));
    history.restore(id);
    assertEquals(2, history.search("milk", 9).size());
  }

  @Test
  public void anEmptyHistory() throws Exception {
    assertEquals(new Incoming.Added(0, 0), restore(save(null), null));
  }

  @Test
  public void damagedOnesAreLeftOutAndCounted() throws Exception {
    fill();
    long id = Written.add(app, Source.SPEECH, "", "by milk", false);
    Files.write(root().resolve(id + "/transcript.json"), utf8("{\"format\":"));
    history.close(); // the next question compares the index with the files
    assertEquals(1, history.damaged());
    assertEquals(3, BackupWriter.plan(history).size());
  }

  @Test
  public void whatIsDeletedMeanwhileIsLeftOut() throws Exception {
    fill();
    List<Long> ids = history.search("", 9).stream().map(one -> one.id()).sorted().toList();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<Double> shares = new ArrayList<>();
    BackupWriter writer =
        new BackupWriter(
            history,
            share -> {
              shares.add(share);
              try {
                if (shares.size() == 2) { // within the first one
                  history.trash(ids.get(0));
                  history.trash(ids.get(1)); // for good the first one
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertEquals(2, writer.write(out, null));
    assertEquals(1, shares.get(shares.size() - 1), 0.2);
    uninstall();
    assertEquals(new Incoming.Added(2, 0), restore(out.toByteArray(), null));
    assertEquals(128_000, history.audio(ids.get(0)).length());
    assertNull(history.get(ids.get(1)));
  }

  @Test
  public void passwords() throws Exception {
    fill();
    byte[] file = save(PASSWORD);
    uninstall();
    Files.createDirectories(root());
    refused(BackupProblem.LOCKED, file, null);
    refused(BackupProblem.WRONG_PASSWORD, file, "열려라 들깨".toCharArray());
    refused(BackupProblem.DAMAGED, Arrays.copyOf(file, file.length - 1), PASSWORD);
    refused(BackupProblem.DAMAGED, Arrays.copyOf(file, Seal.HEAD - 1), PASSWORD);
    byte[] changed = file.clone();
    changed[file.length / 2] ^= 1;
    refused(BackupProblem.DAMAGED, changed, PASSWORD);
    assertEquals(new Incoming.Added(3, 0), restore(file, PASSWORD));
  }

  @Test
  public void cutOffWhereverItIs() throws Exception {
    Written.add(app, Source.SPEECH, "", "by milk", true);
    Written.add(app, Source.KEYBOARD, "", "and bread", false);
    byte[] file = save(null);
    int listing = new String(file, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
    uninstall();
    Files.createDirectories(root());
    refused(BackupProblem.NO_BACKUP, new byte[0], null);
    for (int length = 4; length < listing; length += 97) {
      byte[] cut = Arrays.copyOf(file, length);
      BackupException refused = assertThrows(BackupException.class, () -> restore(cut, null));
      boolean known =
          refused.problem() == BackupProblem.DAMAGED
              || (length < 60 && refused.problem() == BackupProblem.NO_BACKUP);
      assertTrue(length + ": " + refused.getMessage(), known);
      assertEquals(Map.of(), files());
    }
    assertEquals(new Incoming.Added(2, 0), restore(file, null));
  }

  @Test
  public void damageWithinIsFound() throws Exception {
    Written.add(app, Source.SPEECH, "", "by milk", true);
    Map<String, byte[]> files = unzip(save(null));
    byte[] file = save(null);
    int at = new String(file, StandardCharsets.ISO_8859_1).indexOf("audio.pcm") + 2_000;
    file[at] ^= 0x10;
    uninstall();
    Files.createDirectories(root());
    refused(BackupProblem.DAMAGED, file, null);
    assertEquals(new Incoming.Added(1, 0), restore(zip(files), null));
  }

  /** Files that nobody saved: each says what is wrong, and nothing is left of it. */
  @Test
  public void hostileOnes() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", true);
    Map<String, byte[]> good = unzip(save(null));
    uninstall();
    Files.createDirectories(root());
    String index = "{\"format\":\"malgwi-backup\",\"format_version\":1,\"records\":[%s]}";
    String record = "{\"id\":" + id + ",\"sound_bytes\":64000}";
    refused(BackupProblem.NO_BACKUP, utf8("hello world, this is no archive"), null);
    refused(BackupProblem.NO_BACKUP, zip(Map.of("word/document.xml", utf8("<a/>"))), null);
    changed(good, BackupProblem.NO_BACKUP, "malgwi-backup.json", "{\"records\":[]}");
    changed(
        good,
        BackupProblem.NEWER,
        "malgwi-backup.json",
        "{\"format\":\"malgwi-backup\",\"format_version\":2,\"records\":{\"new\":[1]}}");
    for (String wrong :
        List.of(
            "",
            "[1]",
            "{\"format\":\"malgwi-backup\",\"format_version\":1}",
            "{\"format\":\"malgwi-backup\",\"format_version\":99999999999999}",
            String.format(index, record + "," + record),
            String.format(index, "{\"id\":-1,\"sound_bytes\":0}"),
            String.format(index, "{\"id\":9999999999999999,\"sound_bytes\":0}"),
            String.format(index, "{\"id\":" + id + ",\"sound_bytes\":-5}"),
            String.format(index, "{\"id\":" + id + ",\"sound_bytes\":9223372036854775807}"),
            String.format(index, "{\"id\":" + id + ",\"sound_bytes\":63999}"),
            String.format(index, "{\"id\":" + id + ",\"sound_bytes\":64001}"),
            String.format(index, "{\"id\":" + id + ",\"sound_bytes\":0}"),
            String.format(index, "{\"id\":7,\"sound_bytes\":64000}"))) {
      changed(good, BackupProblem.DAMAGED, "malgwi-backup.json", wrong);
    }
    changed(good, BackupProblem.DAMAGED, "end.json", "{\"records\":2}");
    changed(good, BackupProblem.DAMAGED, "end.json", "{}");
    for (String name :
        List.of(
            "../../escape.txt",
            "/data/escape.txt",
            id + "/../escape.txt",
            id + "/audio.pcm/",
            id + "/other.txt")) {
      Map<String, byte[]> files = new LinkedHashMap<>(good);
      byte[] end = files.remove("end.json");
      files.put(name, utf8("escaped"));
      files.put("end.json", end);
      refused(BackupProblem.DAMAGED, zip(files), null);
    }
    String text = new String(good.get(id + "/transcript.json"), StandardCharsets.UTF_8);
    for (String[] change :
        new String[][] {
          {"\"format_version\": 1", "\"format_version\": 2"},
          {"SPEECH", "ELSEWHERE"},
          {"\"start_ms\": 1000", "\"start_ms\": -1000"},
          {"\"end_ms\": 1500", "\"end_ms\": 999"},
          {"\"end_ms\": 1500", "\"end_ms\": 99999999999999"},
          {"\"confidence\": 0.9", "\"confidence\": NaN"},
          {"\"duration_ms\": 2000", "\"duration_ms\": -2000"},
          {"\"title\": \"\"", "\"title\": \"" + "long ".repeat(4_000) + "\""},
          {"{", ""}
        }) {
      assertTrue(change[0], text.contains(change[0]));
      String other = text.replaceFirst(java.util.regex.Pattern.quote(change[0]), change[1]);
      changed(good, BackupProblem.DAMAGED, id + "/transcript.json", other);
    }
    assertEquals(new Incoming.Added(1, 0), restore(zip(good), null));
  }

  private void changed(Map<String, byte[]> good, BackupProblem problem, String name, String content)
      throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>(good);
    files.put(name, utf8(content));
    refused(problem, zip(files), null);
  }

  @Test
  public void moreRecordsThanAnybodyHas() throws Exception {
    StringBuilder records = new StringBuilder();
    for (int i = 1; i <= BackupReader.MOST_RECORDS + 1; i++) {
      records.append(i == 1 ? "" : ",").append("{\"id\":").append(i).append('}');
    }
    String index =
        "{\"format\":\"malgwi-backup\",\"format_version\":1,\"records\":[" + records + "]}";
    Files.createDirectories(root());
    byte[] file = zip(Map.of("malgwi-backup.json", utf8(index)));
    refused(BackupProblem.DAMAGED, file, null);
  }

  /** An archive of a few kilobytes that would fill the phone. */
  @Test
  public void aBombIsStopped() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", false);
    Map<String, byte[]> good = unzip(save(null));
    uninstall();
    Files.createDirectories(root());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("malgwi-backup.json"));
      zip.write(good.get("malgwi-backup.json"));
      zip.putNextEntry(new ZipEntry(id + "/transcript.json"));
      byte[] spaces = new byte[1 << 20];
      Arrays.fill(spaces, (byte) ' ');
      for (long done = 0; done <= BackupReader.MOST_TEXT; done += spaces.length) {
        zip.write(spaces);
      }
    }
    assertTrue(out.size() < 1 << 20);
    refused(BackupProblem.DAMAGED, out.toByteArray(), null);
  }

  @Test
  public void aFullPhoneIsSaidBeforeAnythingIsWritten() throws Exception {
    fill();
    byte[] file = save(null);
    Map<String, String> before = files();
    BackupReader full = new BackupReader(history, () -> 32_000_000, share -> {});
    uninstall();
    BackupException refused =
        assertThrows(BackupException.class, () -> full.read(new ByteArrayInputStream(file), null));
    assertEquals(BackupProblem.NO_SPACE, refused.problem());
    assertEquals(Map.of(), files());
    restore(file, null);
    assertEquals(before, files());
  }

  @Test
  public void cancelledItLeavesTheHistoryAsItWas() throws Exception {
    fill();
    byte[] file = save(null);
    uninstall();
    long there = Written.add(app, Source.SPEECH, "", "by milk", true);
    Map<String, String> before = files();
    int[] told = {0};
    boolean ended = false;
    for (int last = 1; !ended; last += 3) {
      int at = last;
      told[0] = 0;
      BackupReader reader =
          new BackupReader(
              history,
              () -> PLENTY,
              share -> {
                if (++told[0] == at) {
                  throw new InterruptedIOException("cancelled");
                }
              });
      try {
        assertEquals(new Incoming.Added(3, 0), reader.read(new ByteArrayInputStream(file), null));
        ended = true;
      } catch (InterruptedIOException e) {
        assertEquals(before, files());
      }
    }
    assertEquals(4, history.search("", 9).size());
    assertEquals("by milk", history.text(there));
  }

  /** What the file's owner does is told from what is wrong with the file. */
  @Test
  public void aSourceThatFails() throws Exception {
    fill();
    byte[] file = save(null);
    Map<String, String> before = files();
    InputStream broken =
        new InputStream() {
          private int at;

          @Override
          public int read() throws IOException {
            if (at == file.length / 2) {
              throw new SecurityException("the grant has ended");
            }
            return file[at++] & 0xFF;
          }

          @Override
          public int read(byte[] bytes, int from, int most) throws IOException {
            bytes[from] = (byte) read();
            return 1;
          }
        };
    BackupReader reader = new BackupReader(history, () -> PLENTY, share -> {});
    BackupException refused = assertThrows(BackupException.class, () -> reader.read(broken, null));
    assertEquals(BackupProblem.UNREADABLE, refused.problem());
    assertEquals(before, files());
  }

  /** A process that died in the middle: the next one takes away what it left. */
  @Test
  public void whatADeadProcessLeftIsSweptAway() throws Exception {
    fill();
    File left = root().resolve("restore.unfinished/17").toFile();
    assertTrue(left.mkdirs());
    History next = new History(app);
    assertEquals(3, next.search("", 9).size());
    next.close();
    assertFalse(left.getParentFile().exists());
  }

  @Test
  public void theSoundIsTheSameToTheByte() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", true);
    byte[] sound = Files.readAllBytes(history.audio(id).toPath());
    byte[] file = save(PASSWORD);
    uninstall();
    restore(file, PASSWORD);
    assertArrayEquals(sound, Files.readAllBytes(history.audio(id).toPath()));
  }
}
