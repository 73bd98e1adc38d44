package org.malgwi.core;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300) // a hang is a failure
class CliTest {
  @TempDir Path folder;
  private String bundle;
  private String hello;
  private String out;
  private String err;

  @BeforeEach
  void write() throws IOException {
    bundle = Bundles.write(folder, Bundles.good()).toString();
    hello = wav("hello.wav", FakeModel.speak("hello lo", 1), 16_000);
  }

  @Test
  void printsText() {
    assertEquals(0, run(bundle, hello));
    assertEquals("hello lo\n", out);
    assertEquals(0, run(bundle, hello, hello, "--threads", "1"));
    assertEquals((hello + "\thello lo\n").repeat(2), out);
    assertEquals("", err);
  }

  @Test
  void printsJsonAsPythonDoes() {
    assertEquals(0, run("--json", bundle, hello));
    String confidence = "\"confidence\": 0.";
    String line = out.replaceAll("\"confidence\": [01]\\.[0-9]{1,4}", confidence);
    assertEquals(
        "{\"file\": \""
            + hello
            + "\", \"text\": \"hello lo\", \"duration_ms\": 325, \"words\": ["
            + "{\"text\": \"hello\", \"start_ms\": 0, \"end_ms\": 180, "
            + confidence
            + "}, "
            + "{\"text\": \"lo\", \"start_ms\": 240, \"end_ms\": 300, "
            + confidence
            + "}]}\n",
        line);
    run(bundle, hello, "--json", "--tokens");
    assertTrue(
        out.endsWith(", \"tokens\": [6, 0, 5, 0, 7, 0, 7, 0, 8, 0, 1, 0, 7, 0, 8, 0]}\n"), out);
  }

  @Test
  void otherRatesAreResampled() throws IOException {
    float[] slow = FakeModel.speak("hello lo", 5);
    float[] fast = new float[3 * slow.length];
    for (int i = 0; i < fast.length; i++) {
      fast[i] = slow[i / 3];
    }
    assertEquals(0, run(bundle, wav("fast.wav", fast, 48_000)));
    assertEquals("hello lo\n", out);
  }

  @Test
  void oneBrokenFileDoesNotStopTheRest() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.wav"), "no sound");
    assertEquals(2, run(bundle, "no/such.wav", broken.toString(), hello, "--json"));
    assertEquals(1, out.lines().count());
    assertEquals(2, err.lines().count());
    assertTrue(err.startsWith("malgwi: error: no/such.wav: no such file"), err);
    assertTrue(err.contains("malgwi: error: " + broken + ": ends before"), err);
  }

  @Test
  void outputThatCannotBeWrittenIsAFailure() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    for (String[] arguments : new String[][] {{bundle, hello}, {bundle, "--check"}}) {
      assertEquals(2, run(full, arguments));
      assertTrue(err.startsWith("malgwi: error: the output can't be written: "), err);
    }
  }

  @Test
  void warnsOfShortAndTruncatedFiles() throws IOException {
    assertEquals(0, run(bundle, wav("short.wav", new float[10], 16_000), "--json"));
    assertTrue(out.contains("\"text\": \"\", \"duration_ms\": 0, \"words\": []}"), out);
    assertTrue(err.contains("10 samples at 16 kHz are too few"), err);
    byte[] whole = Files.readAllBytes(Path.of(hello));
    Path cut = Files.write(folder.resolve("cut.wav"), Arrays.copyOf(whole, 44 + 2 * 3_200));
    assertEquals(0, run(bundle, cut.toString()));
    assertEquals("hello\n", out);
    assertTrue(err.contains("truncated, 0.13 s are missing"), err);
  }

  @Test
  void checksGoldenClips() throws IOException {
    assertEquals(0, run(bundle, "--check"));
    assertEquals("golden/1.wav: same text, 100.0 % of frame tokens\n", out);
    Map<String, byte[]> files = Bundles.files(Bundles.resource("level.onnx"));
    String json = Bundles.json(files).replace("\"hello world\"", "\"help\"");
    Bundles.write(folder, json, files);
    assertEquals(1, run(bundle, "--check"));
    assertTrue(err.contains("text is \"hello world\"; expected \"help\""), err);
    json = Bundles.json(files).replace("[6, 0, 5, 0", "[6, 0, 4, 4");
    Bundles.write(folder, json, files);
    assertEquals(0, run(bundle, "--check"));
    assertTrue(err.contains("warning") && err.contains("90.9 %"), err);
  }

  @Test
  void searches() throws IOException {
    float[] unclear = FakeModel.speak("a", 1);
    FakeModel.hold(unclear, 0, 1, 3.4f / 32); // "a" or "d", and rather "a"
    String wav = wav("unclear.wav", unclear, 16_000);
    assertEquals(0, run(bundle, wav));
    assertEquals("a\n", out);
    assertEquals(0, run(bundle, wav, "--hotwords", "hello,D"));
    assertEquals("d\n", out);
    Path list = Files.writeString(folder.resolve("list.txt"), "\uFEFFhello world\r\nd\n");
    assertEquals(0, run(bundle, wav, "--hotwords-file", list.toString(), "--json", "--nbest", "2"));
    assertTrue(out.contains("\"text\": \"d\""), out);
    assertTrue(out.matches("(?s).*, \"nbest\": \\[\\{\"text\": \"d\", \"score\": .*"), out);
    assertEquals(0, run(bundle, wav, "--nbest", "2", "--beam", "4"));
    assertTrue(out.matches("-0\\.[0-9]{4}\ta\n-[01]\\.[0-9]{4}\td\n"), out);
    Path lm = folder.resolve("lm.bin");
    // It knows "a" and not "d".
    Files.write(lm, LanguageModelTest.weighted(LanguageModelTest.good(), 1, 0, 20));
    FakeModel.hold(unclear, 0, 1, 3.6f / 32);
    String rather = wav("rather.wav", unclear, 16_000);
    assertEquals(0, run(bundle, rather, "--lm", lm.toString()));
    assertEquals("a\n", out);
    assertEquals(0, run(bundle, rather, "--greedy"));
    assertEquals("d\n", out);
  }

  @Test
  void checksGoldenClipsWithTheLanguageModelToo() throws IOException {
    Map<String, byte[]> files = Bundles.filesWithLanguageModel(Bundles.resource("level.onnx"));
    String json = Bundles.json(files);
    Bundles.write(folder, json, files);
    assertEquals(0, run(bundle, "--check"));
    assertEquals(2, out.lines().count());
    assertTrue(out.contains("golden/1.wav with the language model: same text"), out);
    String other = json.replace("\"lm_text\": \"hello world\"", "\"lm_text\": \"help\"");
    Bundles.write(folder, other, files);
    assertEquals(1, run(bundle, "--check"));
    assertTrue(err.contains("with the language model: text is \"hello world\""), err);
  }

  @Test
  void onlyWhatUsesTheLanguageModelReadsIt() throws IOException {
    Map<String, byte[]> files = Bundles.filesWithLanguageModel(Bundles.resource("level.onnx"));
    String archive =
        new String(Bundles.zip(Bundles.entries(Bundles.json(files), files)), ISO_8859_1);
    String stored = new String(files.get("lm.bin"), ISO_8859_1);
    assertTrue(archive.contains(stored));
    String damaged = archive.replace(stored, stored.substring(0, stored.length() - 1) + "!");
    Bundles.write(folder, damaged.getBytes(ISO_8859_1));
    assertEquals(2, run(bundle, hello));
    assertTrue(err.contains("lm.bin"), err);
    assertEquals(2, run(bundle, hello, "--greedy", "--check"));
    assertEquals(0, run(bundle, hello, "--greedy"), err);
    assertEquals("hello lo\n", out);
    Path grammar = Files.writeString(folder.resolve("commands.txt"), "hello lo");
    assertEquals(0, run(bundle, hello, "--grammar", grammar.toString()));
    assertEquals("hello lo\n", out);
  }

  @Test
  void hearsTheSentencesOfAGrammarOnly() throws IOException {
    Path grammar = Files.writeString(folder.resolve("commands.txt"), "Hello lo!\nhello\n");
    assertEquals(0, run(bundle, hello, "--grammar", grammar.toString()));
    assertEquals("hello lo\n", out);
    Files.writeString(grammar, "#JSGF V1.0;\npublic <s> = hello [a];");
    assertEquals(0, run(bundle, hello, "--grammar", grammar.toString()));
    assertEquals("\n", out);
    assertEquals(0, run(bundle, hello, "--grammar", grammar.toString(), "--none-below", "-99"));
    assertTrue(out.startsWith("hello"), out);
    assertEquals(0, run(bundle, hello, "--grammar", grammar.toString(), "--nbest", "1"));
    assertTrue(out.matches("-[0-9]+\\.[0-9]{4}\thello( a)?\n"), out);
    Files.writeString(grammar, "hello\nzebra");
    assertEquals(2, run(bundle, hello, "--grammar", grammar.toString()));
    assertTrue(err.contains("commands.txt: line 2: the model has no token for 'bz'"), err);
  }

  @Test
  void refusesAWrongSearch() throws IOException {
    String[][] wrong = {
      {"--beam", "0"},
      {"--beam", "1001"},
      {"--beam"},
      {"--nbest", "x"},
      {"--boost", "-1"},
      {"--boost", "101"},
      {"--lm", folder.resolve("none.bin").toString()},
      {"--lm", hello},
      {"--hotwords", "zebra"},
      {"--greedy", "--beam", "3"},
      {"--check", "--lm", "lm.bin"},
      {"--grammar", "none.txt"},
      {"--grammar", "none.txt", "--hotwords", "a"},
      {"--none-below", "1"},
      {"--boost", "2"},
      {"--boost", "2", "--greedy"},
      {"--none-below", "-2"},
      {"--none-below", "-2", "--hotwords", "a"},
    };
    for (String[] options : wrong) {
      String[] all = Arrays.copyOf(new String[] {bundle, hello}, 2 + options.length);
      System.arraycopy(options, 0, all, 2, options.length);
      assertEquals(2, run(all), Arrays.toString(options));
      assertEquals("", out);
      assertEquals(1, err.lines().count(), err);
      assertTrue(err.startsWith("malgwi: error: "), err);
    }
    Path list = Files.write(folder.resolve("latin1.txt"), new byte[] {'a', (byte) 0xE4});
    assertEquals(2, run(bundle, hello, "--hotwords-file", list.toString()));
    assertTrue(err.contains("latin1.txt: not UTF-8 (byte 1); convert it"), err);
    assertTrue(err.contains("iconv -f cp949"), err);
  }

  @Test
  void readsHotwordsAndGrammarsInWhatTheirMarkSays() throws IOException {
    Path list = folder.resolve("list.txt");
    for (String codec : new String[] {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"}) {
      Files.write(list, "\uFEFFhello\r\nd\r\n".getBytes(Charset.forName(codec)));
      assertEquals(0, run(bundle, hello, "--hotwords-file", list.toString()), err);
      assertEquals("hello lo\n", out);
      assertEquals(0, run(bundle, hello, "--grammar", list.toString()), err);
    }
    Files.write(list, new byte[] {(byte) 0xFF, (byte) 0xFE, 'a', 0, 0, (byte) 0xD8});
    assertEquals(2, run(bundle, hello, "--hotwords-file", list.toString()));
    assertTrue(err.contains("list.txt: not UTF-16LE (byte 4)"), err);
  }

  @Test
  void warnsOfALanguageModelOfTextThatIsSpeltOtherwise() throws IOException {
    byte[] good = LanguageModelTest.weighted(LanguageModelTest.good(), 0, 0, 0);
    Path lm = folder.resolve("lm.bin");
    Files.write(lm, LanguageModelTest.ruled(good, "{\"version\": 2, \"language\": \"tr\"}"));
    assertEquals(0, run(bundle, hello, "--lm", lm.toString()));
    assertEquals(
        "malgwi: warning: "
            + lm
            + ": its text was normalised otherwise than the model's: --language tr; --language"
            + " en\n",
        err.replace("\r", ""));
    Files.write(lm, LanguageModelTest.ruled(good, "{\"version\": 2, \"language\": \"de\"}"));
    assertEquals(0, run(bundle, hello, "--lm", lm.toString()));
    assertEquals("", err);
    Files.write(lm, LanguageModelTest.ruled(good, "{\"version\": 1}"));
    assertEquals(2, run(bundle, hello, "--lm", lm.toString()));
    assertTrue(err.contains("since others spell otherwise"), err);
  }

  @Test
  void refusesAWrongCommandLine() throws IOException {
    assertEquals(2, run());
    assertEquals(2, run(bundle));
    assertEquals(2, run(bundle, hello, "--nonsense"));
    assertTrue(err.startsWith("malgwi: error: unknown option --nonsense"), err);
    assertEquals(2, run(bundle, hello, "--threads"));
    assertEquals(2, run(bundle, hello, "--threads", "0"));
    assertEquals(2, run(bundle, hello, "--tokens"));
    for (String option : new String[] {"--greedy", "--beam=4", "--nbest=2", "--hotwords=a"}) {
      String[] words = option.split("=", 2);
      String[] all = Arrays.copyOf(new String[] {bundle, "--check"}, 2 + words.length);
      System.arraycopy(words, 0, all, 2, words.length);
      assertEquals(2, run(all), option);
      assertTrue(err.startsWith("malgwi: error: --check alone searches as the bundle does"), err);
    }
    assertEquals(2, run(hello, hello));
    assertTrue(err.contains("ZIP archive"), err);
    assertEquals(1, err.lines().count());
    assertEquals(0, run("--help"));
    assertTrue(out.startsWith("usage: "), out);
  }

  @Test
  void theChannelIsChosenOrNamed() throws IOException {
    String both = silentRight("both.wav", FakeModel.speak("hello lo", 1));
    assertEquals(0, run(bundle, both));
    assertEquals("hello lo\n", out);
    assertEquals(
        "malgwi: warning: "
            + both
            + ": listening to channel 0 alone, since there is silence in 1\n",
        err);
    assertEquals(0, run(bundle, both, "--json"));
    assertTrue(out.endsWith("}], \"channel\": 0}\n"), out);
    assertEquals(0, run(bundle, both, "--channel", "0"));
    assertEquals("hello lo\n", out);
    assertEquals("", err);
    assertEquals(0, run(bundle, both, "--channel", "mix", "--json"));
    assertTrue(!out.contains("hello lo") && !out.contains("channel"), out);
    assertEquals(2, run(bundle, both, "--channel", "2"));
    assertTrue(err.contains("no channel 2; it has 2, counted from 0"), err);
    assertEquals(2, run(bundle, both, "--channel", "left"));
    assertTrue(err.contains("--channel: found left; expected a number from 0, or mix"), err);
  }

  private String silentRight(String name, float[] samples) throws IOException {
    float[] both = new float[2 * samples.length];
    for (int i = 0; i < samples.length; i++) {
      both[2 * i] = samples[i];
    }
    byte[] bytes = WavTest.pcm16(16_000, both);
    bytes[22] = 2; // channels
    bytes[32] = 4; // bytes of a frame
    return Files.write(folder.resolve(name), bytes).toString();
  }

  private String wav(String name, float[] samples, int rate) throws IOException {
    return Files.write(folder.resolve(name), WavTest.pcm16(rate, samples)).toString();
  }

  private int run(String... args) {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try {
      return run(output, args);
    } finally {
      out = output.toString(StandardCharsets.UTF_8);
    }
  }

  private int run(OutputStream output, String... args) {
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    try (PrintStream to = new PrintStream(output, true, StandardCharsets.UTF_8);
        PrintStream toErrors = new PrintStream(errors, true, StandardCharsets.UTF_8)) {
      return Cli.run(args, to, toErrors);
    } finally {
      err = errors.toString(StandardCharsets.UTF_8);
    }
  }
}
