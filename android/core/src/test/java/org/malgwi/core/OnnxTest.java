package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same rules with a real model in onnxruntime. */
@Timeout(300) // a hang is a failure
class OnnxTest {
  @TempDir Path folder;

  @Test
  void transcribesTheGoldenClip() throws IOException {
    ModelBundle bundle = ModelBundle.open(Bundles.write(folder, Bundles.good()).toFile());
    for (int threads : new int[] {0, 1, 2}) {
      try (Recognizer recognizer = Recognizer.open(bundle, threads)) {
        ModelBundle.Golden clip = bundle.golden().get(0);
        Transcript transcript = recognizer.transcribe(bundle.samples(clip));
        assertEquals(clip.text(), transcript.text());
        assertEquals(clip.tokens(), transcript.frameTokens());
        assertEquals("Levels", recognizer.name());
        assertEquals("en", recognizer.language());
      }
    }
    assertThrows(IllegalArgumentException.class, () -> Recognizer.open(bundle, -1));
  }

  @Test
  void loadsFromAFolderAndWithoutKleidiAi() throws IOException {
    Path root = Files.createDirectory(folder.resolve("unpacked"));
    ModelBundle.open(Bundles.write(folder, Bundles.good()).toFile()).unpack(root.toFile());
    ModelBundle bundle = ModelBundle.open(root.toFile());
    try (Recognizer recognizer = Recognizer.open(bundle, new Recognizer.Options(1, false))) {
      List<GoldenCheck> checks = GoldenCheck.all(bundle, recognizer);
      assertEquals(1, checks.size());
      assertTrue(checks.get(0).sameText());
    }
    Files.write(root.resolve("model.onnx"), new byte[] {1}, StandardOpenOption.APPEND);
    assertThrows(MalgwiException.class, () -> Recognizer.open(bundle, 1));
  }

  @Test
  void weightsApartAreHeardLikeThoseInside() throws IOException {
    ModelBundle archive = bundle(Bundles.filesWithWeightsApart());
    Path root = Files.createDirectory(folder.resolve("unpacked"));
    archive.unpack(root.toFile());
    ModelBundle unpacked = ModelBundle.open(root.toFile());
    for (ModelBundle bundle : List.of(archive, unpacked)) {
      try (Recognizer recognizer = Recognizer.open(bundle, 1)) {
        ModelBundle.Golden clip = bundle.golden().get(0);
        Transcript transcript = recognizer.transcribe(bundle.samples(clip));
        assertEquals(clip.text(), transcript.text());
        assertEquals(clip.tokens(), transcript.frameTokens());
      }
    }
    assertThrows(IllegalArgumentException.class, () -> archive.read("model.weights"));
    byte[] weights = Files.readAllBytes(root.resolve("model.weights"));
    weights[weights.length / 2] ^= 1;
    Files.write(root.resolve("model.weights"), weights);
    MalgwiException e = assertThrows(MalgwiException.class, () -> Recognizer.open(unpacked, 1));
    assertTrue(e.getMessage().contains("model.weights has SHA-256"), e.getMessage());
  }

  @Test
  void otherWeightsAreAnotherModel() throws IOException {
    Map<String, byte[]> files = Bundles.filesWithWeightsApart();
    String one = bundle(files).modelHash();
    assertEquals(one, bundle(files).modelHash());
    files.put("model.weights", new byte[3]);
    assertNotEquals(one, bundle(files).modelHash());
  }

  private ModelBundle bundle(Map<String, byte[]> files) throws IOException {
    return ModelBundle.open(
        Bundles.write(folder, Bundles.zip(Bundles.entries(Bundles.json(files), files))).toFile());
  }

  @ParameterizedTest
  @CsvSource({
    "1.27.0, 1.27 computes wrong results",
    "1.29.0, from 1.29 on it reports to its maker",
    "1.32.0, from 1.29 on it reports to its maker",
    "1.100.0, from 1.29 on it reports to its maker",
    "1.25.1, nobody has tried",
    "2.0.0, nobody has tried",
    "unknown, nobody has tried"
  })
  void otherVersionsOfOnnxruntimeAreRefusedWithTheReason(String version, String reason) {
    String message =
        assertThrows(MalgwiException.class, () -> OnnxRuntime.checkVersion(version)).getMessage();
    assertTrue(message.startsWith("onnxruntime " + version + ": " + reason), message);
    assertTrue(message.endsWith("; take version 1.28 of it"), message);
  }

  @Test
  void theVersionsThatWeUseAreTaken() throws IOException {
    OnnxRuntime.checkVersion("1.28.0");
    OnnxRuntime.checkVersion("1.28.1");
    OnnxRuntime.checkVersion("1.26.0");
    // Android's classes don't tell; their library does, once it is loaded.
    OnnxRuntime.checkVersion(null);
  }

  @Test
  void kleidiAiIsLeftOutWhereItLeaks() {
    assertTrue(OnnxRuntime.kleidiAiLeaks("1.26.0"));
    assertFalse(OnnxRuntime.kleidiAiLeaks("1.28.0"));
  }

  @Test
  void hearsWhatTheFakeHears() throws IOException {
    Recognizer fake = new Recognizer(new FakeModel(), FakeModel.DECODING);
    try (Recognizer real = open("level.onnx")) {
      for (String text : List.of("a", "hello", "hello world ".repeat(30), "_".repeat(200) + "lo")) {
        float[] samples = FakeModel.speak(text, 2);
        Transcript expected = fake.transcribe(samples);
        Transcript found = real.transcribe(samples);
        assertEquals(expected.text(), found.text());
        assertEquals(expected.frameTokens(), found.frameTokens());
        assertEquals(expected.timedWords().size(), found.timedWords().size());
      }
    }
  }

  @Test
  void streamsEndWithWhatTranscribeHears() throws Exception {
    float[] samples = FakeModel.speak("hello world a lo ".repeat(20), 2);
    Random random = new Random(1);
    try (Recognizer recognizer = open("level.onnx")) {
      Transcript expected = recognizer.transcribe(samples);
      for (int round = 0; round < 5; round++) {
        AtomicReference<LiveStream.Event> last = new AtomicReference<>();
        try (LiveStream stream = recognizer.stream(last::set)) {
          for (int from = 0; from < samples.length; ) {
            int to = Math.min(samples.length, from + 1 + random.nextInt(5_000));
            assertTrue(stream.feed(Arrays.copyOfRange(samples, from, to)));
            from = to;
          }
          stream.finish();
        }
        assertEquals(new LiveStream.Final(expected), last.get());
      }
    }
  }

  @Test
  void cancelTerminatesARunningInference() throws Exception {
    // This model counts without end: who waits for its inference waits for ever.
    try (Recognizer recognizer = open("slow.onnx")) {
      AtomicReference<LiveStream.Event> last = new AtomicReference<>();
      CountDownLatch ended = new CountDownLatch(1);
      LiveStream stream =
          recognizer.stream(
              event -> {
                last.set(event);
                ended.countDown();
              });
      stream.feed(FakeModel.speak("hello world ".repeat(5), 2));
      Thread.sleep(500); // so that, on most machines, it is the inference that is interrupted
      assertNull(last.get());
      stream.cancel();
      ended.await();
      assertInstanceOf(LiveStream.Cancelled.class, last.get());
    }
  }

  @Test
  void cancelTerminatesATranscription() throws Exception {
    try (Recognizer recognizer = open("slow.onnx")) {
      Cancellation cancellation = new Cancellation();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread running =
          new Thread(
              () -> {
                float[] samples = FakeModel.speak("hello world", 2);
                thrown.set(
                    assertThrows(
                        CancellationException.class,
                        () -> recognizer.transcribe(samples, Search.DEFAULT, cancellation)));
              });
      running.start();
      Thread.sleep(500); // as above
      assertNull(thrown.get());
      cancellation.cancel();
      running.join();
      assertNotNull(thrown.get());
    }
  }

  @Test
  void cancellingWhatIsOverTouchesNothingThatWasFreed() throws IOException {
    Cancellation cancellation = new Cancellation();
    try (Recognizer recognizer = open("level.onnx")) {
      float[] samples = FakeModel.speak("hello", 2);
      assertEquals("hello", recognizer.transcribe(samples, Search.DEFAULT, cancellation).text());
      cancellation.cancel(); // would throw for the options of a run that were closed
    }
  }

  /** Only the core and its JSON reader, as in a program that forgot onnxruntime. */
  @Test
  void onnxruntimeThatIsMissingIsSaidToBe() throws Exception {
    List<URL> known = new ArrayList<>();
    for (Class<?> one : List.of(Recognizer.class, com.grack.nanojson.JsonParser.class)) {
      known.add(one.getProtectionDomain().getCodeSource().getLocation());
    }
    File bundle = Bundles.write(folder, Bundles.good()).toFile();
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader without = new URLClassLoader(known.toArray(new URL[0]), platform)) {
      Method open =
          without.loadClass(Recognizer.class.getName()).getDeclaredMethod("open", File.class);
      Throwable thrown =
          assertThrows(InvocationTargetException.class, () -> open.invoke(null, bundle)).getCause();
      assertEquals(MalgwiException.class.getName(), thrown.getClass().getName());
      assertTrue(
          thrown.getMessage().contains("add com.microsoft.onnxruntime:onnxruntime:1.28.0"),
          thrown.getMessage());
      assertTrue(thrown.getMessage().endsWith("onnxruntime-android:1.26.0"), thrown.getMessage());
    }
  }

  @Test
  void refusesModelsThatBundleJsonDoesNotDescribe() {
    refuses("\"input\": \"samples\"", "\"input\": \"audio\"", "expected audio");
    refuses("\"output\": \"logits\"", "\"output\": \"scores\"", "expected scores");
    refuses(", \"[UNK]\"]", "]", "with 11 tokens");
    refuses("\"silence_dbfs\": -60.0", "\"silence_dbfs\": -50.0", "key silence_dbfs differs");
    refuses("\"a\", \"d\"", "\"d\", \"a\"", "key tokens differs");
    refuses("\"unit\":", "\"new\": 1, \"unit\":", "key new differs");
  }

  @Test
  void equalNumbersAreEqualHoweverWritten() throws IOException {
    open("level.onnx", "\"silence_dbfs\": -60.0", "\"silence_dbfs\": -6e1").close();
  }

  @Test
  void refusesWhatIsNoModel() {
    MalgwiException e =
        assertThrows(
            MalgwiException.class,
            () -> {
              Map<String, byte[]> files = Bundles.files(new byte[1_000]);
              Recognizer.open(Bundles.write(folder, Bundles.json(files), files).toFile()).close();
            });
    assertTrue(e.getMessage().contains("onnxruntime can't load model.onnx"), e.getMessage());
  }

  @Test
  void damagedModelsNeverReachOnnxruntime() throws IOException {
    List<Bundles.Entry> entries = Bundles.entries(Bundles.resource("level.onnx"));
    entries.get(3).content[9_000] ^= 1;
    Path path = Bundles.write(folder, Bundles.zip(entries));
    MalgwiException e = assertThrows(MalgwiException.class, () -> Recognizer.open(path.toFile()));
    assertTrue(e.getMessage().contains("SHA-256"), e.getMessage());
  }

  private void refuses(String from, String to, String message) {
    MalgwiException e =
        assertThrows(MalgwiException.class, () -> open("level.onnx", from, to).close());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private Recognizer open(String model) throws IOException {
    return open(model, "", "");
  }

  private Recognizer open(String model, String from, String to) throws IOException {
    Map<String, byte[]> files = Bundles.files(Bundles.resource(model));
    String json = Bundles.json(files);
    assertTrue(json.contains(from), from);
    byte[] archive = Bundles.zip(Bundles.entries(json.replace(from, to), files));
    assertTrue(new String(archive, StandardCharsets.ISO_8859_1).startsWith("PK"));
    return Recognizer.open(Bundles.write(folder, archive).toFile());
  }
}
