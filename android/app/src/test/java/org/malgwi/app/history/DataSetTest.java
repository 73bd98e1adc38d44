package org.malgwi.app.history;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.models.Installed;
import org.malgwi.core.FrameGrid;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.TimedWord;
import org.malgwi.core.Transcript;
import org.malgwi.core.Wav;
import org.malgwi.core.Word;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class DataSetTest {
  private static final FrameGrid GRID = new FrameGrid(400, 320, 16_000);

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private History history;
  private Installed model;

  @Before
  public void setUp() throws IOException {
    App app = (App) RuntimeEnvironment.getApplication();
    history = app.history();
    model = new Installed("id", temporary.getRoot(), ModelBundle.open(Demo.bundle()), false, 0);
  }

  /** Adds "one two three", a second each with a second between them. */
  private long add(File pcm) throws IOException {
    List<Word> words =
        List.of(
            new Word("one", 0, 50, 0.9),
            new Word("two", 100, 150, 0.9),
            new Word("tree", 200, 250, 0.4));
    Transcript transcript =
        new Transcript("one two tree", words, List.of(), 6 * 16_000, GRID, false);
    return history.add(new NewEntry(Source.SPEECH, "", model, transcript, pcm));
  }

  private File pcm() throws IOException {
    byte[] samples = new byte[2 * 6 * 16_000];
    for (int i = 0; i < samples.length / 2; i++) {
      samples[2 * i] = (byte) i;
      samples[2 * i + 1] = (byte) (i >> 8 & 0x3F);
    }
    return Files.write(temporary.newFile().toPath(), samples).toFile();
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

  private Map<String, byte[]> export() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataSet.write(history, out);
    return unzip(out.toByteArray());
  }

  @After
  public void closeHistory() {
    history.close();
  }

  @Test
  public void onlyCheckedTextsWithSound() throws Exception {
    add(pcm()); // not checked
    history.correct(add(null), "one two three"); // no sound
    long id = add(pcm());
    history.correct(id, "One \"two\",\nthree!");
    long korean = add(pcm());
    history.correct(korean, "말귀가 밝다");
    long third = add(pcm());
    history.correct(third, "Eins zwei");
    assertEquals(3, DataSet.count(history));
    Map<String, byte[]> files = export();
    String name = "audio/" + id + "-1.wav";
    assertEquals(
        List.of(name, "audio/" + korean + "-1.wav", "audio/" + third + "-1.wav", "metadata.csv"),
        new ArrayList<>(files.keySet()));
    // tests/test_app_export.py prepares the same table.
    assertEquals(
        Files.readString(Path.of("../../tests/golden/app_export.csv")),
        new String(files.get("metadata.csv"), StandardCharsets.UTF_8)
            .replace(id + "-1", "1-1")
            .replace(korean + "-1", "2-1")
            .replace(third + "-1", "3-1"));
    // The words end at 5 s; half a second of quiet is kept.
    byte[] all = Files.readAllBytes(history.audio(id).toPath());
    try (Wav wav = new Wav(files.get(name), name)) {
      assertEquals(16_000, wav.sampleRate());
      assertEquals(5.5, wav.seconds(), 0);
      assertArrayEquals(org.malgwi.core.Pcm.toFloats(all, 2 * 88_000), wav.readAll(), 0);
    }
  }

  @Test
  public void longOnesAreCutAtTheirLongestPauses() {
    List<TimedWord> words = new ArrayList<>();
    long at = 0;
    for (int i = 0; i < 60; i++) { // a second each: 700 ms, then a pause, longer after the 25th
      words.add(new TimedWord("w", at, at + 700, 1));
      at += i == 24 ? 1_200 : i == 44 ? 1_100 : 1_000;
    }
    List<Integer> cuts = new ArrayList<>(List.of(0));
    DataSet.cut(words, 0, 60, cuts);
    assertTrue(cuts.toString(), cuts.contains(25) && cuts.contains(45));
    assertEquals(60, (int) cuts.get(cuts.size() - 1));
    for (int i = 0; i + 1 < cuts.size(); i++) {
      long length = words.get(cuts.get(i + 1) - 1).endMs() - words.get(cuts.get(i)).startMs();
      assertTrue("clip of " + length + " ms", length <= DataSet.LONGEST_MS);
    }
    List<Integer> none = new ArrayList<>(List.of(0));
    DataSet.cut(List.of(), 0, 0, none);
    assertEquals(List.of(0), none);
  }
}
