package org.malgwi.app.backup;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.malgwi.app.App;
import org.malgwi.app.history.History;
import org.malgwi.app.history.Incoming;
import org.malgwi.app.history.Source;
import org.malgwi.app.history.Written;
import org.robolectric.RuntimeEnvironment;

/** A history that is saved to bytes and restored from them. */
abstract class SavedHistory {
  static final long PLENTY = 1L << 40;
  static final char[] PASSWORD = "열려라 참깨".toCharArray();

  App app;
  History history;

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
  void fill() throws IOException {
    long all = Written.add(app, Source.FILE, "Interview 3.m4a", "the small boat drifted", true);
    history.correct(all, "The small boat drifted.");
    history.keepDraft(all, "The small boat driftet");
    long checked = Written.add(app, Source.SPEECH, "", "by milk and bred", true);
    history.correct(checked, "Buy milk and bread.");
    Written.add(app, Source.KEYBOARD, "", "말귀가 밝다", false);
  }

  Path root() {
    return app.getFilesDir().toPath().resolve("history");
  }

  /** Every file of the history with its bytes. */
  Map<String, String> files() throws IOException {
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
  void uninstall() throws IOException {
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

  byte[] save(char[] password) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new BackupWriter(history, share -> {}).write(out, password);
    return out.toByteArray();
  }

  Incoming.Added restore(byte[] file, char[] password) throws IOException {
    return new BackupReader(history, () -> PLENTY, share -> {})
        .read(new ByteArrayInputStream(file), password);
  }

  /** Not restored, and the history is what it was. */
  BackupException refused(BackupProblem problem, byte[] file, char[] password) throws IOException {
    Map<String, String> before = files();
    BackupException refused = assertThrows(BackupException.class, () -> restore(file, password));
    assertEquals(refused.getMessage(), problem, refused.problem());
    assertEquals(before, files());
    return refused;
  }

  static Map<String, byte[]> unzip(byte[] archive) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
      ZipEntry entry;
      while ((entry = zip.getNextEntry()) != null) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    }
    return files;
  }

  static byte[] zip(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
      }
    }
    return out.toByteArray();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
