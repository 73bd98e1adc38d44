package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetectorTest {
  private static final String KEYS =
      "{\"speech_frames\": 6, \"speech_probability\": 0.5, \"speech_percent\": 12,"
          + " \"sure_probability\": 0.9, \"level_dbfs\": -23.0}";
  private static final DetectorPlan PLAN = new DetectorPlan(2, 0.5, 0, 1, -20);
  private static final Path SHIPPED =
      Golden.folder()
          .resolve("../../src/malgwi/data/detector/silero_vad_16k_sequence.onnx")
          .normalize();

  @TempDir Path folder;

  /** Gives what it is told, and keeps what it is given. */
  private static final class Fake implements Detector.Network {
    float[] given;
    float[] found;

    Fake(float... found) {
      this.found = found;
    }

    @Override
    public float[] probabilities(float[] blocks) {
      given = blocks;
      return found;
    }

    @Override
    public void close() {}
  }

  @Test
  void blocksOverlapAndTheLastIsFilledWithZeros() throws MalgwiException {
    float[] samples = new float[1_000];
    for (int i = 0; i < samples.length; i++) {
      // Louder than -20 dBFS, so that nothing is gained, and without an offset.
      samples[i] = (i % 2 == 0 ? 1 : -1) * (i / 2 + 1) / 1_000f;
    }
    Fake network = new Fake(0, 0);
    new Detector(network, PLAN).hearsSpeech(samples);
    float[] expected = new float[2 * 576];
    System.arraycopy(samples, 0, expected, 64, 512);
    System.arraycopy(samples, 448, expected, 576, 64);
    System.arraycopy(samples, 512, expected, 576 + 64, 488);
    assertArrayEquals(expected, network.given);
  }

  @Test
  void quietSoundIsRaised() throws MalgwiException {
    float[] samples = new float[640];
    FakeModel.hold(samples, 0, 2, 0.0078125f); // 256 of 32,768, to be 0.1
    Fake network = new Fake(0, 0);
    new Detector(network, PLAN).hearsSpeech(samples);
    assertEquals(0.1, network.given[64], 1e-6);
    new Detector(network, PLAN).hearsSpeech(new float[640]);
    assertEquals(0, network.given[64]);
  }

  @Test
  void theOffsetOfTheSoundCardIsNotHeard() throws MalgwiException {
    float[] samples = new float[640];
    FakeModel.hold(samples, 0, 2, 0.0078125f);
    Fake plain = new Fake(0, 0);
    new Detector(plain, PLAN).hearsSpeech(samples);
    for (int i = 0; i < samples.length; i++) {
      samples[i] -= 3_277 / 32_768f;
    }
    Fake shifted = new Fake(0, 0);
    new Detector(shifted, PLAN).hearsSpeech(samples);
    assertArrayEquals(plain.given, shifted.given);
  }

  @Test
  void soManyBlocksAreSpeech() throws MalgwiException {
    assertTrue(new Detector(new Fake(0.5f, 0.4f, 0.9f), PLAN).hearsSpeech(new float[1_500]));
    assertFalse(new Detector(new Fake(0.49f, 0.4f, 0.9f), PLAN).hearsSpeech(new float[1_500]));
    assertFalse(new Detector(new Fake(), PLAN).hearsSpeech(new float[0]));
  }

  private static Map<String, byte[]> files(byte[] detector) {
    Map<String, byte[]> files = new LinkedHashMap<>(Bundles.files(Bundles.resource("level.onnx")));
    files.put("detector.onnx", detector);
    return files;
  }

  private ModelBundle bundle(byte[] detector) throws IOException {
    Map<String, byte[]> files = files(detector);
    String json = Bundles.json(files).replace("\"detector\": null", "\"detector\": " + KEYS);
    return ModelBundle.open(Bundles.write(folder, json, files).toFile());
  }

  @Test
  void fewBlocksMustBeSure() throws MalgwiException {
    // Of 10 blocks 2 are likely speech, and one is surely.
    float[] chances = {0, 0.6f, 0.95f, 0, 0, 0, 0, 0, 0, 0};
    assertTrue(hears(chances, new DetectorPlan(2, 0.5, 20, 0.9, -23)));
    assertFalse(hears(chances, new DetectorPlan(2, 0.5, 21, 0.9, -23)));
    assertTrue(hears(chances, new DetectorPlan(1, 0.5, 21, 0.9, -23)));
    assertFalse(hears(chances, new DetectorPlan(1, 0.5, 21, 0.96, -23)));
  }

  private static boolean hears(float[] chances, DetectorPlan plan) throws MalgwiException {
    return new Detector(new Fake(chances), plan).hearsSpeech(new float[10 * 512]);
  }

  @Test
  void hearsWhatPythonHears() throws IOException {
    ModelBundle bundle = bundle(Files.readAllBytes(SHIPPED));
    assertEquals(new DetectorPlan(6, 0.5, 12, 0.9, -23), bundle.decoding().detector());
    float[] samples;
    try (Wav wav = Wav.open(Golden.folder().resolve("speech.wav").toFile())) {
      samples = wav.readAll();
    }
    float[] quiet = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      quiet[i] = samples[i] * (float) Math.pow(10, -36 / 20.0);
    }
    try (Detector detector = new Detector(new OnnxDetector(bundle), bundle.decoding().detector())) {
      assertEqual("speech", detector.probabilities(samples));
      assertEqual("quiet", detector.probabilities(quiet));
      assertTrue(detector.hearsSpeech(quiet));
    }
  }

  private static void assertEqual(String key, float[] found) {
    List<?> expected = Golden.file("detector.json").list(key);
    assertEquals(expected.size(), found.length);
    for (int i = 0; i < found.length; i++) {
      assertEquals(((Number) expected.get(i)).doubleValue(), found[i], 0.01, key + " " + i);
    }
  }

  @Test
  void theFileIsThereExactlyWhenTheKeyIs() throws IOException {
    Map<String, byte[]> files = files(new byte[10]);
    refuses(Bundles.json(files), files, "an object, since detector.onnx is in files");
    Map<String, byte[]> without = Bundles.files(Bundles.resource("level.onnx"));
    String json = Bundles.json(without).replace("\"detector\": null", "\"detector\": " + KEYS);
    refuses(json, without, "null, since detector.onnx isn't in files");
    for (String wrong : List.of("\"speech_frames\": 0", "\"level_dbfs\": 1")) {
      String key = wrong.substring(0, wrong.indexOf(':'));
      String altered = KEYS.replaceFirst(key + ": [-0-9.]+", wrong);
      String keys = Bundles.json(files).replace("\"detector\": null", "\"detector\": " + altered);
      refuses(keys, files, "detector: " + key.replace("\"", "") + " is");
    }
  }

  private void refuses(String json, Map<String, byte[]> files, String message) throws IOException {
    Path path = Bundles.write(folder, json, files);
    MalgwiException e = assertThrows(MalgwiException.class, () -> ModelBundle.open(path.toFile()));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void aDeflatedDetectorIsRefused() throws IOException {
    Map<String, byte[]> files = files(new byte[10]);
    List<Bundles.Entry> entries = Bundles.entries(Bundles.json(files), files);
    entries.get(entries.size() - 1).deflate = true;
    Path path = Bundles.write(folder, Bundles.zip(entries));
    MalgwiException e = assertThrows(MalgwiException.class, () -> ModelBundle.open(path.toFile()));
    assertTrue(e.getMessage().contains("detector.onnx is deflated"), e.getMessage());
  }

  @Test
  void refusesAnotherModel() throws IOException {
    MalgwiException e =
        assertThrows(
            MalgwiException.class, () -> new OnnxDetector(bundle(Bundles.resource("level.onnx"))));
    assertTrue(
        e.getMessage().contains("are [samples] and [logits]; expected [c, h, input]"),
        e.getMessage());
    byte[] doubles = Files.readAllBytes(Golden.folder().resolve("detector_of_doubles.onnx"));
    MalgwiException other =
        assertThrows(MalgwiException.class, () -> new OnnxDetector(bundle(doubles)));
    assertTrue(
        other.getMessage().contains("detector.onnx gives speech_probs as DOUBLE; expected FLOAT"),
        other.getMessage());
    MalgwiException none =
        assertThrows(MalgwiException.class, () -> new OnnxDetector(bundle(new byte[1_000])));
    assertTrue(
        none.getMessage().contains("onnxruntime can't load detector.onnx"), none.getMessage());
  }
}
