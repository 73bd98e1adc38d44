package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300) // a hang is a failure
class ModelBundleTest {
  private static final int ROUNDS = 1_500;

  /** Not a model: nothing here runs it. */
  private static final byte[] MODEL = new byte[5_000];

  @TempDir Path folder;

  @Test
  void opensAnArchive() throws IOException {
    checkGood(
        ModelBundle.open(Bundles.write(folder, Bundles.zip(Bundles.entries(MODEL))).toFile()));
  }

  @Test
  void opensAFolderAndLeavesOtherFilesAlone() throws IOException {
    Path root = unpacked();
    Files.writeString(root.resolve("notes.txt"), "mine");
    Files.createSymbolicLink(root.resolve("link"), root.resolve("notes.txt"));
    checkGood(ModelBundle.open(root.toFile()));
  }

  @Test
  void weightsThatNothingListsAreRefusedInAFolderToo() throws IOException {
    Path root = unpacked();
    Files.write(root.resolve("model.weights"), new byte[3]);
    MalgwiException e = assertThrows(MalgwiException.class, () -> ModelBundle.open(root.toFile()));
    assertTrue(e.getMessage().contains("doesn't list model.weights"), e.getMessage());
  }

  @Test
  void unpacksIntoAFolderThatIsTheSameBundle() throws IOException {
    Path archive = Bundles.write(folder, Bundles.zip(Bundles.entries(MODEL)));
    Path root = Files.createDirectory(folder.resolve("out"));
    ModelBundle.open(archive.toFile()).unpack(root.toFile());
    checkGood(ModelBundle.open(root.toFile()));
    MalgwiException e =
        assertThrows(
            MalgwiException.class, () -> ModelBundle.open(archive.toFile()).unpack(root.toFile()));
    assertTrue(e.getMessage().contains("expected an empty folder"), e.getMessage());
  }

  private void checkGood(ModelBundle bundle) throws IOException {
    assertEquals("Levels", bundle.name());
    assertEquals("en", bundle.language());
    assertEquals("Apache-2.0", bundle.licence());
    assertEquals("fp32", bundle.precision());
    assertEquals(Map.of("wer", 0.25), bundle.figures());
    assertEquals(List.of("golden/1.wav", "README.md", "model.onnx"), bundle.files());
    assertEquals(12, bundle.decoding().vocab().size());
    assertEquals(FakeModel.SEGMENTS, bundle.decoding().segments());
    assertEquals(Bundles.TEXT, bundle.golden().get(0).text());
    bundle.verify();
    assertEquals("# Levels\n", new String(bundle.read("README.md"), StandardCharsets.UTF_8));
    float[] expected = FakeModel.speak(Bundles.TEXT, 1);
    assertArrayEquals(expected, bundle.samples(bundle.golden().get(0)));
    ByteArrayOutputStream model = new ByteArrayOutputStream();
    bundle.copy("model.onnx", model);
    assertArrayEquals(MODEL, model.toByteArray());
    assertThrows(IllegalArgumentException.class, () -> bundle.read("model.onnx"));
    assertThrows(IllegalArgumentException.class, () -> bundle.read("../x"));
  }

  @Test
  void aLargeModelNeverStandsInTheHeap() throws IOException {
    // 400 MB through a heap of 256. The file is sparse, so it is quick.
    long size = 400_000_000;
    List<Bundles.Entry> entries = Bundles.entries(new byte[0]);
    entries.get(3).statedSize = size;
    String json = new String(entries.get(0).content, StandardCharsets.UTF_8);
    json = json.replace("\"model.onnx\": {\"bytes\": 0", "\"model.onnx\": {\"bytes\": " + size);
    entries.get(0).content = json.getBytes(StandardCharsets.UTF_8);
    byte[] archive = Bundles.zip(entries);
    int directory =
        archive.length - 22 - entries.stream().mapToInt(e -> 46 + e.name.length()).sum();
    Path path = folder.resolve("large.malgwi");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(archive, 0, directory);
      file.seek(directory + size);
      file.write(archive, directory, archive.length - directory - 6);
      byte[] start = new byte[6];
      long at = directory + size;
      for (int i = 0; i < 4; i++) {
        start[i] = (byte) (at >> (8 * i));
      }
      file.write(start);
    }
    Path out = folder.resolve("out");
    MalgwiException e =
        assertThrows(
            MalgwiException.class,
            () -> ModelBundle.open(path.toFile()).unpack(Files.createDirectory(out).toFile()));
    assertTrue(e.getMessage().contains("model.onnx has"), e.getMessage());
    assertEquals(size, Files.size(out.resolve("model.onnx")));
  }

  @Test
  void refusesWhatIsNoBundle() throws IOException {
    refuses(new byte[0], "cut off");
    refuses(
        "hello, this is text, long enough".getBytes(StandardCharsets.US_ASCII),
        "no ZIP archive; expected a bundle");
    refuses(Bundles.zip(List.of(new Bundles.Entry("README.md", new byte[3]))), "no bundle.json");
    refuses(Bundles.zip(List.of()), "0 entries");
    assertTrue(
        assertThrows(MalgwiException.class, () -> ModelBundle.open(new File("no/such")))
            .getMessage()
            .contains("no/such: no such file"));
    assertThrows(MalgwiException.class, () -> ModelBundle.open(folder.toFile()));
  }

  @Test
  void refusesTrickyNames() throws IOException {
    for (String name :
        new String[] {
          "../evil",
          "golden/../evil",
          "/etc/passwd",
          "C:evil",
          "C:\\evil",
          "golden\\1.wav",
          "golden/",
          "golden/sub/1.wav",
          "",
          ".hidden",
          "-x",
          "a b",
          "ä.wav",
          "x\0",
          "a".repeat(101),
          "golden//1.wav",
          "./model.onnx",
          "golden/..",
        }) {
      refuses(with(entries -> entries.add(new Bundles.Entry(name, new byte[3]))), "name");
    }
  }

  @Test
  void refusesTheSameNameTwice() throws IOException {
    refuses(with(e -> e.add(new Bundles.Entry("README.md", new byte[3]))), "two entries");
    refuses(with(e -> e.add(new Bundles.Entry("readme.MD", new byte[3]))), "two entries");
    refuses(with(e -> e.add(1, new Bundles.Entry("bundle.json", new byte[3]))), "two entries");
  }

  @Test
  void refusesLinksFoldersAndDevices() throws IOException {
    for (int type : new int[] {0xA000, 0x4000, 0x2000, 0x6000, 0x1000, 0xC000}) {
      refuses(with(e -> e.get(1).externalType = type), "plain file");
    }
    ModelBundle.open(Bundles.write(folder, with(e -> e.get(1).externalType = 0)).toFile());
  }

  @Test
  void refusesLinksInAFolder() throws IOException {
    for (String name : List.of("model.onnx", "golden/1.wav", "bundle.json")) {
      Path root = unpacked();
      Path real = folder.resolve("elsewhere");
      Files.deleteIfExists(real);
      Files.move(root.resolve(name), real);
      Files.createSymbolicLink(root.resolve(name), real);
      assertThrows(MalgwiException.class, () -> ModelBundle.open(root.toFile()), name);
    }
    Path root = unpacked();
    Files.move(root.resolve("golden"), folder.resolve("golden"));
    Files.createSymbolicLink(root.resolve("golden"), folder.resolve("golden"));
    assertThrows(MalgwiException.class, () -> ModelBundle.open(root.toFile()));
  }

  @Test
  void refusesEncryptionAndOtherMethods() throws IOException {
    refuses(with(e -> e.get(1).flags = 1), "encrypted");
    refuses(with(e -> e.get(1).flags = 0x40), "encrypted");
    refuses(with(e -> e.get(1).method = 12), "method 12");
    refuses(with(e -> e.get(3).deflate = true), "model.onnx is deflated");
  }

  @Test
  void refusesBombs() throws IOException {
    // Says 4 MB, is 100 MB: reading stops at what was said.
    Bundles.Entry bomb = new Bundles.Entry("README.md", new byte[100_000_000]);
    bomb.deflate = true;
    bomb.statedSize = 9L;
    refuses(with(e -> e.set(2, bomb)), "more than");
    Bundles.Entry info = new Bundles.Entry("bundle.json", new byte[50_000_000]);
    info.deflate = true;
    info.statedSize = 4_000_000L;
    refuses(with(e -> e.set(0, info)), "more than");
    refuses(with(e -> e.get(0).statedSize = 5_000_000L), "a bundle may hold 4194304");
    refuses(with(e -> e.get(2).statedSize = 2_000_000L), "a bundle may hold 1048576");
    refuses(
        with(
            e -> {
              for (int i = 0; i < 62; i++) {
                e.add(new Bundles.Entry("x" + i, new byte[1]));
              }
            }),
        "66 entries");
  }

  @Test
  void refusesEntriesThatShareBytes() throws IOException {
    byte[] archive = Bundles.zip(Bundles.entries(MODEL));
    int directory = archive.length - 22 - (46 + 11) - (46 + 12) - (46 + 9) - (46 + 10);
    // The second entry's bytes are to be found where the first one's are.
    Arrays.fill(archive, directory + 57 + 42, directory + 57 + 46, (byte) 0);
    refuses(archive, "another name");
    refuses(with(e -> e.get(3).statedSize = 1_000_000L), "reaches into");
    refuses(with(e -> e.get(1).localName = "golden/2.wav"), "another name");
  }

  @Test
  void refusesWhatIsListedWrong() throws IOException {
    refuses(with(e -> e.remove(2)), "README.md is missing");
    refuses(with(e -> e.add(new Bundles.Entry("more.txt", new byte[1]))), "doesn't list more.txt");
    refuses(with(e -> e.get(2).content = new byte[3]), "has 3 bytes");
    refuses(with(e -> e.get(2).content = new byte[9]), "SHA-256");
    refuses(with(e -> e.get(2).crc = 1), "CRC-32");
    refuses(with(e -> e.get(0).crc = 1), "CRC-32");
  }

  @Test
  void refusesAFolderWithOtherContents() throws IOException {
    Path root = unpacked();
    Files.write(root.resolve("model.onnx"), new byte[4_999]);
    assertThrows(MalgwiException.class, () -> ModelBundle.open(root.toFile()));
    byte[] other = MODEL.clone();
    other[77] = 1;
    Files.write(root.resolve("model.onnx"), other);
    ModelBundle bundle = ModelBundle.open(root.toFile());
    assertTrue(
        assertThrows(MalgwiException.class, bundle::verify).getMessage().contains("SHA-256"));
    assertThrows(MalgwiException.class, () -> bundle.verify("model.onnx"));
  }

  @Test
  void refusesWrongKeys() throws IOException {
    refusesJson("\"malgwi-bundle\"", "\"zip\"", "format is");
    refusesJson(
        "\"format_version\": 2", "\"format_version\": 1", "format version 1; this reader knows 2");
    refusesJson("\"format_version\": 2", "\"format_version\": 2.0", "format version");
    refusesJson("\"format_version\": 2", "\"format_version\": true", "format version");
    refusesJson("\"name\": \"Levels\"", "\"name\": \"\"", "name is");
    refusesJson("\"name\": \"Levels\"", "\"name\": \"a\\nb\"", "name is");
    refusesJson("\"name\": \"Levels\"", "\"name\": 7", "name is 7");
    refusesJson("\"version\": 2", "\"version\": 1", "version is 1; expected 2");
    refusesJson("\"normalisation\"", "\"normalised\"", "normalisation");
    refusesJson("\"fp32\"", "\"fp64\"", "precision");
    refusesJson("\"a\", \"d\"", "\"a\", \"a\"", "occurs twice");
    refusesJson("\"a\", \"d\"", "\"a\", \"\"", "tokens");
    refusesJson("\"a\", \"d\"", "\"a\", 7", "tokens is 7");
    refusesJson(
        "\"blank_id\": 0", "\"blank_id\": 12", "blank_id is 12; expected an integer from 0 to 11");
    refusesJson("\"blank_id\": 0", "\"blank_id\": 0.0", "blank_id");
    refusesJson("\"blank_id\": 0", "\"blank_id\": -1", "blank_id");
    refusesJson("\"delimiter_id\": 1", "\"delimiter_id\": 12", "delimiter_id");
    refusesJson("\"delimiter_id\": 1,", "", "delimiter_id");
    refusesJson("\"unit\": \"character\"", "\"unit\": \"word\"", "unit");
    refusesJson("\"sample_rate\": 16000", "\"sample_rate\": 8000", "sample_rate");
    refusesJson("\"hop\": 320", "\"hop\": 0", "hop");
    refusesJson("\"hop\": 320", "\"hop\": 16001", "hop is 16001");
    refusesJson("\"hop\": 320", "\"hop\": 401", "receptive_field");
    refusesJson("\"window_samples\": 16000", "\"window_samples\": 16001", "multiple of the hop");
    refusesJson("\"window_samples\": 16000", "\"window_samples\": 3200", "above left_samples");
    refusesJson("\"window_samples\": 16000", "\"window_samples\": 99999999999999999999", "window");
    refusesJson("\"pause_samples\": 1600", "\"pause_samples\": 0", "pause_samples is 0");
    refusesJson("\"gap_samples\": 960,", "", "gap_samples is null");
    refusesJson("\"margin_samples\": 1600", "\"margin_samples\": -320", "margin_samples");
    refusesJson("\"floor_samples\": 32000", "\"floor_samples\": 1.5", "floor_samples");
    refusesJson("\"quiet_db\": 60", "\"quiet_db\": 61", "quiet_db is 61");
    refusesJson("\"floor_depth_db\": 60", "\"floor_depth_db\": -1", "floor_depth_db is -1");
    refusesJson("\"click_db\": 60", "\"click_db\": 6.5", "click_db is 6.5");
    refusesJson("\"silence_dbfs\": -60.0", "\"silence_dbfs\": 1", "silence_dbfs");
    refusesJson("\"silence_dbfs\": -60.0", "\"silence_dbfs\": NaN", "JSON");
    refusesJson("\"golden\": [", "\"golden\": {}, \"other\": [", "golden is {}");
    refusesJson("\"audio\": \"golden/1.wav\"", "\"audio\": \"golden/2.wav\"", "audio");
    refusesJson("\"audio\": \"golden/1.wav\"", "\"audio\": \"README.md\"", "audio");
    refusesJson("\"tokens\": [6, 0,", "\"tokens\": [12, 0,", "tokens is 12");
    refusesJson("\"tokens\": [6, 0,", "\"tokens\": [6, 0, 0,", "as many as it has tokens");
    refusesJson("\"README.md\": {\"bytes\": 9", "\"README.md\": {\"bytes\": 8", "has 9 bytes");
    refusesJson("\"README.md\": {\"bytes\"", "\"../README.md\": {\"bytes\"", "names that");
    refusesJson("\"sha256\": \"", "\"sha256\": \"A", "sha256");
    refusesJson("\"figures\": {", "\"figures\": [], \"other\": {", "figures");
    refusesJson("\"unknown\": [1", "\"name\": [1", "occurs twice");
  }

  @Test
  void withoutGoldenClipsItCannotProveItself() throws IOException {
    Map<String, byte[]> files = Bundles.files(MODEL);
    String json = Bundles.json(files).replace("\"golden\": [", "\"golden\": [], \"other\": [");
    ModelBundle bundle = ModelBundle.open(Bundles.write(folder, json, files).toFile());
    bundle.verify();
    assertEquals(List.of(), bundle.golden());
  }

  @Test
  void whatNobodyWroteIntoIsVerifiedOnce() throws IOException {
    Path root = unpacked();
    Path model = root.resolve("model.onnx");
    FileTime before = Files.getLastModifiedTime(model);
    ModelBundle bundle = ModelBundle.open(root.toFile());
    bundle.verifyOnce("model.onnx");
    byte[] other = MODEL.clone();
    other[0] ^= 1;
    Files.write(model, other);
    Files.setLastModifiedTime(model, before);
    bundle.verifyOnce("model.onnx"); // it would be refused if it were read
    assertThrows(MalgwiException.class, bundle::verify, "to verify all is to read all");
    Files.setLastModifiedTime(model, FileTime.fromMillis(before.toMillis() + 2_000));
    assertThrows(MalgwiException.class, () -> bundle.verifyOnce("model.onnx"));
    assertThrows(MalgwiException.class, () -> bundle.verifyOnce("model.onnx"), "still not");
    ModelBundle anew = ModelBundle.open(root.toFile());
    assertThrows(MalgwiException.class, () -> anew.verifyOnce("model.onnx"));
  }

  @Test
  void bringsALanguageModel() throws IOException {
    Map<String, byte[]> files = Bundles.filesWithLanguageModel(MODEL);
    String json = Bundles.json(files);
    ModelBundle bundle = ModelBundle.open(Bundles.write(folder, json, files).toFile());
    bundle.verify();
    assertTrue(bundle.hasLanguageModel());
    assertEquals(Bundles.TEXT, bundle.golden().get(0).languageModelText());
    assertEquals(LanguageModel.NONE, bundle.languageModel().find("hello"));
    assertTrue(bundle.languageModel().find("a") >= 0);
    assertThrows(IllegalArgumentException.class, () -> bundle.read("lm.bin"));
    File unpacked = Files.createDirectory(folder.resolve("lm")).toFile();
    bundle.unpack(unpacked);
    assertTrue(ModelBundle.open(unpacked).languageModel().find("a") >= 0);
    ModelBundle plain = ModelBundle.open(Bundles.write(folder, Bundles.good()).toFile());
    assertEquals(null, plain.languageModel());
    assertEquals(null, plain.golden().get(0).languageModelText());

    List<Bundles.Entry> packed = Bundles.entries(json, files);
    packed.get(1).deflate = true;
    refuses(Bundles.zip(packed), "lm.bin is deflated");
    String other = json.replace("lm_text", "other");
    refuses(Bundles.zip(Bundles.entries(other, files)), "lm_text is null");
    files.get("lm.bin")[0] = 0;
    byte[] damaged = Bundles.zip(Bundles.entries(json, files));
    refuses(damaged, "SHA-256");
    String agreeing = Bundles.json(files);
    Path path = Bundles.write(folder, agreeing, files);
    MalgwiException e =
        assertThrows(MalgwiException.class, () -> ModelBundle.open(path.toFile()).languageModel());
    assertTrue(e.getMessage().contains("x.malgwi: lm.bin: damaged"), e.getMessage());
    refusesJson("\"tokens\": [6", "\"lm_text\": \"hello\", \"tokens\": [6", "without lm.bin");
  }

  @Test
  void readsWhatConfidencesMean() throws IOException {
    byte[] archive =
        json(
            text ->
                text.replace(
                    "\"unknown\":", "\"confidence\": {\"slope\": 2, \"offset\": -1.5}, \"u\":"));
    ModelBundle bundle = ModelBundle.open(Bundles.write(folder, archive).toFile());
    assertEquals(new ConfidenceMap(2, -1.5), bundle.confidence());
    refusesJson("\"unknown\":", "\"confidence\": [], \"u\":", "confidence");
    refusesJson("\"unknown\":", "\"confidence\": {\"slope\": 1}, \"u\":", "offset is null");
  }

  @Test
  void keysItDoesNotKnowAreIgnored() throws IOException {
    byte[] archive = json(text -> text.replace("\"unit\":", "\"new\": [], \"unit\":"));
    ModelBundle.open(Bundles.write(folder, archive).toFile()).verify();
  }

  @Test
  void refusesGoldenClipsOfAnotherForm() throws IOException {
    Map<String, byte[]> files = Bundles.files(MODEL);
    files.put("golden/1.wav", WavTest.pcm16(8_000, new float[7_120]));
    refuses(Bundles.zip(Bundles.entries(Bundles.json(files), files)), "at 8000 Hz");
    files.put("golden/1.wav", new byte[100]);
    refuses(Bundles.zip(Bundles.entries(Bundles.json(files), files)), "not a WAV file");
    files.put("golden/1.wav", WavTest.pcm16(16_000, new float[17_000]));
    refuses(Bundles.zip(Bundles.entries(Bundles.json(files), files)), "at most 16000 samples");
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] archive = Bundles.zip(Bundles.entries(new byte[200]));
    for (int length = 0; length < archive.length; length += length < 200 ? 1 : 37) {
      refuses(Arrays.copyOf(archive, length), "");
    }
    for (int length = archive.length - 300; length < archive.length; length++) {
      refuses(Arrays.copyOf(archive, length), "");
    }
    refuses(Arrays.copyOf(archive, archive.length + 1), "");
  }

  @Test
  void everyFlippedByteIsRefusedOrHarmless() throws IOException {
    byte[] archive = Bundles.zip(Bundles.entries(new byte[200]));
    int harmless = 0;
    int samples = 1_500; // in the middle of the clip, where one byte is like another
    for (int at = 0; at < archive.length; at += at > samples && at < 14_000 ? 31 : 1) {
      byte[] flipped = archive.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      try {
        ModelBundle bundle = ModelBundle.open(Bundles.write(folder, flipped).toFile());
        bundle.verify();
        // Times, versions and the like, which nothing depends on.
        assertEquals(Bundles.TEXT, bundle.golden().get(0).text());
        assertEquals(FakeModel.SEGMENTS, bundle.decoding().segments());
        harmless++;
      } catch (MalgwiException e) {
        assertTrue(e.getMessage().contains("x.malgwi"), e.getMessage());
      }
    }
    assertTrue(harmless < 300, harmless + " flips went unnoticed");
  }

  @Test
  void mutationsEndInABundleOrAnError() throws IOException {
    long seed = System.nanoTime();
    System.out.println("ModelBundleTest.mutationsEndInABundleOrAnError: seed " + seed);
    Random random = new Random(seed);
    byte[] packed = Bundles.zip(Bundles.entries(new byte[200]));
    List<Bundles.Entry> entries = Bundles.entries(new byte[200]);
    byte[] json = entries.get(0).content;
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] archive;
      if (round % 2 == 0) {
        archive = WavTest.mutate(packed, random);
      } else {
        entries.get(0).content = WavTest.mutate(json, random);
        archive = Bundles.zip(entries);
      }
      try {
        ModelBundle.open(Bundles.write(folder, archive).toFile()).verify();
      } catch (MalgwiException e) {
        assertNotNull(e.getMessage());
        refused++;
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
    assertTrue(refused > 0, refused + " of " + ROUNDS + " refused");
    assertFalse(Files.exists(folder.getParent().resolve("evil")));
  }

  private Path unpacked() throws IOException {
    Path root = Files.createTempDirectory(folder, "unpacked");
    Files.createDirectory(root.resolve("golden"));
    for (Bundles.Entry entry : Bundles.entries(MODEL)) {
      Files.write(root.resolve(entry.name), entry.content);
    }
    return root;
  }

  private static byte[] with(Consumer<List<Bundles.Entry>> change) {
    List<Bundles.Entry> entries = new ArrayList<>(Bundles.entries(MODEL));
    change.accept(entries);
    return Bundles.zip(entries);
  }

  private static byte[] json(UnaryOperator<String> change) {
    return with(
        entries -> {
          String text = new String(entries.get(0).content, StandardCharsets.UTF_8);
          entries.get(0).content = change.apply(text).getBytes(StandardCharsets.UTF_8);
        });
  }

  private void refusesJson(String from, String to, String message) throws IOException {
    byte[] archive =
        json(
            text -> {
              assertTrue(text.contains(from), from);
              int at = text.indexOf(from);
              return text.substring(0, at) + to + text.substring(at + from.length());
            });
    refuses(archive, message);
  }

  private void refuses(byte[] archive, String message) throws IOException {
    File path = Bundles.write(folder, archive).toFile();
    MalgwiException e =
        assertThrows(MalgwiException.class, () -> ModelBundle.open(path).verify(), message);
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertTrue(e.getMessage().contains("x.malgwi"), e.getMessage());
  }
}
