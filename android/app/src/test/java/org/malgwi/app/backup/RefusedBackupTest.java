package org.malgwi.app.backup;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.history.Incoming;
import org.malgwi.app.history.Source;
import org.malgwi.app.history.Written;
import org.robolectric.RobolectricTestRunner;

/** Files that are no back-up, or not whole, or not honest; and what can go wrong meanwhile. */
@RunWith(RobolectricTestRunner.class)
public class RefusedBackupTest extends SavedHistory {
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
    for (int i = 1; i <= Archive.MOST_RECORDS + 1; i++) {
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
      for (long done = 0; done <= Archive.MOST_TEXT; done += spaces.length) {
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

  /** How long a text is, is known only once it is there. */
  @Test
  public void textsNeedNoMoreRoomThanTheyHave() throws Exception {
    Written.add(app, Source.KEYBOARD, "", "by milk", false);
    byte[] file = save(null);
    uninstall();
    Files.createDirectories(root());
    BackupReader full = new BackupReader(history, () -> 32_000_100, share -> {});
    BackupException refused =
        assertThrows(BackupException.class, () -> full.read(new ByteArrayInputStream(file), null));
    assertEquals(BackupProblem.NO_SPACE, refused.problem());
    assertEquals(Map.of(), files());
    BackupReader tight = new BackupReader(history, () -> 32_010_000, share -> {});
    assertEquals(new Incoming.Added(1, 0), tight.read(new ByteArrayInputStream(file), null));
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
}
