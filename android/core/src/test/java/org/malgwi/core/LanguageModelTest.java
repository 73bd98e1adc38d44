package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class LanguageModelTest {
  private static final String FILE = "ngram.json";

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> words() {
    return Golden.tests(
        FILE,
        "words",
        c -> {
          LanguageModel model = model(c.string("model"));
          int[] history = ids(model, c.strings("history"));
          int word = ids(model, List.of(c.string("word")))[0];
          assertEquals(c.number("ln"), model.score(model.history(history), word), 1e-4);
        });
  }

  @TestFactory
  Stream<DynamicTest> sentences() {
    return Golden.tests(
        FILE,
        "sentences",
        c -> {
          LanguageModel model = model(c.string("model"));
          String text = c.string("text");
          List<String> words = text.isEmpty() ? List.of() : List.of(text.split(" "));
          assertEquals(c.number("ln"), score(model, words), 1e-4);
        });
  }

  @TestFactory
  Stream<DynamicTest> damagedFilesAreRefused() {
    return Golden.tests(
        FILE,
        "damaged",
        c -> {
          byte[] bytes = Base64.getDecoder().decode(c.string("bin"));
          MalgwiException e =
              assertThrows(MalgwiException.class, () -> score(open(bytes), List.of("a", "b", "c")));
          assertTrue(e.getMessage().startsWith("lm.bin: "), e.getMessage());
        });
  }

  @TestFactory
  Stream<DynamicTest> modelsOfOtherLettersAreRefused() {
    return Golden.tests(
        FILE,
        "letters",
        c -> {
          LanguageModel model = model(c.string("model"));
          if (c.string("error").isEmpty()) {
            model.checkLetters(c.vocab());
            return;
          }
          MalgwiException e =
              assertThrows(MalgwiException.class, () -> model.checkLetters(c.vocab()));
          assertEquals("lm.bin: " + c.string("error"), e.getMessage());
        });
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] good = good();
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThrows(MalgwiException.class, () -> open(cut), "" + length);
    }
    assertThrows(MalgwiException.class, () -> open(Arrays.copyOf(good, good.length + 4)));
  }

  @Test
  void mutationsEndInNumbersOrAnError() {
    long seed = System.nanoTime();
    System.out.println("LanguageModelTest.mutationsEndInNumbersOrAnError: seed " + seed);
    Random random = new Random(seed);
    byte[] good = good();
    int refused = 0;
    for (int round = 0; round < 100_000; round++) {
      byte[] bytes = good.clone();
      for (int i = random.nextInt(3); i >= 0; i--) {
        int at = random.nextInt(bytes.length);
        bytes[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (bytes[at] ^ 0x80);
      }
      try {
        LanguageModel model = open(bytes);
        for (String text : List.of("a b c", "c b a a", "nowhere a")) {
          assertTrue(Double.isFinite(score(model, List.of(text.split(" ")))));
        }
      } catch (MalgwiException e) {
        assertNotNull(e.getMessage());
        refused++;
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
    assertTrue(refused > 1_000, refused + " refused");
  }

  @Test
  void filesAreMappedWhereTheyLie() throws IOException {
    byte[] good = good();
    Path alone = Files.write(folder.resolve("lm.bin"), good);
    List<String> words = List.of("a", "b", "c");
    double expected = score(open(good), words);
    assertEquals(expected, score(LanguageModel.map(alone.toFile()), words));
    byte[] within = new byte[good.length + 20];
    System.arraycopy(good, 0, within, 7, good.length);
    Path archive = Files.write(folder.resolve("archive"), within);
    LanguageModel mapped = LanguageModel.map(archive.toFile(), 7, good.length, "x");
    Files.delete(archive);
    assertEquals(expected, score(mapped, words));
    MalgwiException e =
        assertThrows(MalgwiException.class, () -> LanguageModel.map(archive.toFile()));
    assertTrue(e.getMessage().contains("archive: no such file"), e.getMessage());
  }

  @Test
  void anotherVersionIsNamed() {
    byte[] other = good();
    other[8] = 1;
    MalgwiException e = assertThrows(MalgwiException.class, () -> open(other));
    assertEquals(
        "lm.bin: version 1; this reader knows 2. Update it, or make the file again",
        e.getMessage());
  }

  /** A model of ngram.json. */
  static LanguageModel model(String name) throws MalgwiException {
    return open(bytes(name));
  }

  static byte[] bytes(String name) {
    Map<?, ?> models = (Map<?, ?>) Golden.file(FILE).keys().get("models");
    return Base64.getDecoder().decode((String) ((Map<?, ?>) models.get(name)).get("bin"));
  }

  /** The first model of ngram.json that has three orders. */
  static byte[] good() {
    Map<?, ?> models = (Map<?, ?>) Golden.file(FILE).keys().get("models");
    return models.keySet().stream()
        .map(name -> bytes((String) name))
        .filter(bytes -> bytes[12] == 3)
        .findFirst()
        .orElseThrow();
  }

  static LanguageModel open(byte[] bytes) throws MalgwiException {
    return new LanguageModel(ByteBuffer.wrap(bytes), "lm.bin");
  }

  /** The same file, which says nothing of how its text was normalised, saying it. */
  static byte[] ruled(byte[] bytes, String rules) {
    byte[] said = rules.getBytes(StandardCharsets.UTF_8);
    byte[] other = Arrays.copyOf(bytes, bytes.length + (said.length + 3) / 4 * 4);
    ByteBuffer.wrap(other)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(bytes.length - 4, said.length)
        .position(bytes.length)
        .put(said);
    return other;
  }

  /** The same file with other weights. */
  static byte[] weighted(byte[] bytes, double alpha, double beta, double unknown) {
    byte[] other = bytes.clone();
    ByteBuffer.wrap(other)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putDouble(16, alpha)
        .putDouble(24, beta)
        .putDouble(32, unknown);
    return other;
  }

  private static int[] ids(LanguageModel model, List<String> words) throws MalgwiException {
    int[] ids = new int[words.size()];
    for (int i = 0; i < ids.length; i++) {
      int found = model.find(words.get(i));
      ids[i] = found == LanguageModel.NONE ? model.unk() : found;
    }
    return ids;
  }

  /** From the beginning of a sentence to its end, without weights. */
  private static double score(LanguageModel model, List<String> words) throws MalgwiException {
    LanguageModel.History history = model.begin();
    double sum = 0;
    for (int id : ids(model, words)) {
      sum += model.score(history, id);
      history = model.after(history, id);
    }
    return model.end() == LanguageModel.NONE ? sum : sum + model.score(history, model.end());
  }
}
