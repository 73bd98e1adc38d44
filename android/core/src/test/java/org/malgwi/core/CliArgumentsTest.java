package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliArgumentsTest {
  private static final File BUNDLE = new File("x.malgwi");
  private static final File ONE = new File("1.wav");
  private static final File TWO = new File("2.wav");

  @TempDir Path folder;

  @Test
  void withoutOptionsNothingIsGiven() throws IOException {
    assertEquals(
        new CliArguments(
            BUNDLE,
            List.of(ONE, TWO),
            false,
            false,
            false,
            0,
            null,
            false,
            true,
            null,
            null,
            null,
            List.of(),
            null,
            0,
            0),
        CliArguments.parse(new String[] {"x.malgwi", "1.wav", "2.wav"}));
  }

  @Test
  void readsAllOptionsOfASearch() throws IOException {
    Path list = Files.writeString(folder.resolve("list"), "hello world\n");
    assertEquals(
        new CliArguments(
            BUNDLE,
            List.of(ONE),
            true,
            true,
            false,
            3,
            1,
            false,
            false,
            new File("lm.bin"),
            null,
            null,
            List.of("d", "hello world", "lo"),
            2.5,
            8,
            4),
        parse(
            "--json --tokens --threads 3 --channel 1 --no-detector --lm lm.bin --hotwords d"
                + " --hotwords-file "
                + list
                + " --hotwords lo --boost 2.5 --beam 8 --nbest 4"));
  }

  @Test
  void readsAllOptionsOfCommands() throws IOException {
    CliArguments found = parse("--check --channel mix --grammar g.txt --none-below -2");
    assertTrue(found.check());
    assertEquals(Channels.MIX, found.channel());
    assertEquals(new File("g.txt"), found.grammar());
    assertEquals(-2.0, found.noneBelow());
    assertEquals(-.5, parse("--check --grammar g.txt --none-below -.5 a.wav").noneBelow());
    assertTrue(parse("--greedy").greedy());
  }

  @Test
  void checkNeedsNoRecording() throws IOException {
    assertEquals(List.of(), CliArguments.parse(new String[] {"x.malgwi", "--check"}).recordings());
  }

  @Test
  void theFirstWrongOneIsNamed() {
    refuses("--threads 0 --nonsense", "--threads: found 0; expected 1 to 999");
    refuses("--nonsense --threads 0", "unknown option --nonsense; see --help");
    refuses("--tokens --boost", "--boost needs a value; see --help");
  }

  @Test
  void refusesWhatIsNoListOfHotwords() throws IOException {
    refuses("--hotwords hllo.txt", "--hotwords 'hllo.txt': looks like the name of");
    refuses("--hotwords " + folder, "--hotwords '" + folder + "': a file or folder has this name");
    String[] empty = {"x.malgwi", "1.wav", "--hotwords", ""};
    refuses(empty, "--hotwords '': no word in it");
    refuses("--hotwords-file " + folder, folder + ": can't be read");
    Path list = folder.resolve("list");
    refuses("--hotwords-file " + list, list + ": can't be read");
    for (String text : new String[] {"hello\n\na, d", "hello\r\n\r\na, d", "hello\r\ra, d"}) {
      Files.writeString(list, text);
      refuses("--hotwords-file " + list, list + ": line 3: 'a, d': ',' in it");
    }
    Files.writeString(list, "hello\n", StandardCharsets.UTF_16LE);
    refuses("--hotwords-file " + list, list + ": not UTF-8 text (a zero in it)");
  }

  private static void refuses(String options, String begin) {
    refuses(("x.malgwi 1.wav " + options).split(" "), begin);
  }

  private static void refuses(String[] args, String begin) {
    Exception e = assertThrows(Exception.class, () -> CliArguments.parse(args));
    assertTrue(e instanceof IllegalArgumentException || e instanceof MalgwiException, e.toString());
    assertTrue(e.getMessage().startsWith(begin), e.getMessage());
  }

  private static CliArguments parse(String options) throws IOException {
    return CliArguments.parse(("x.malgwi 1.wav " + options).split(" "));
  }
}
