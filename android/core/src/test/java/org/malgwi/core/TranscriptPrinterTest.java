package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TranscriptPrinterTest {
  private static final FrameGrid GRID = new FrameGrid(400, 320, 16_000);

  /** A second long; its one word lasts from frame 1 to 3. */
  private static final Transcript ONE_WORD = transcript("ja", List.of(), List.of());

  @Test
  void aTextIsNamedWhereThereAreSeveral() throws IOException {
    assertEquals("ja\n", printed(ONE_WORD, "1.wav"));
    assertEquals("1.wav\tja\n", printed(ONE_WORD, "1.wav", "2.wav"));
  }

  @Test
  void alternativesStandBehindTheirScores() throws IOException {
    Transcript two =
        transcript(
            "ja",
            List.of(
                new Transcript.Alternative("ja", -0.25), new Transcript.Alternative("", -12.34567)),
            List.of());
    assertEquals("-0.2500\tja\n-12.3457\t\n", printed(two, "1.wav"));
    assertEquals("1.wav\t-0.2500\tja\n1.wav\t-12.3457\t\n", printed(two, "1.wav", "2.wav"));
  }

  @Test
  void jsonIsPythons() throws IOException {
    assertEquals(
        "{\"file\": \"a\\\"b\\\\c\\n\\u0001\u00e9.wav\", \"text\": \"ja\", \"duration_ms\": 1000,"
            + " \"words\": [{\"text\": \"ja\", \"start_ms\": 20, \"end_ms\": 60, \"confidence\":"
            + " 0.5}]}\n",
        printed(ONE_WORD, "a\"b\\c\n\u0001\u00e9.wav", "--json"));
  }

  @Test
  void jsonHasTheRestWhereThereIsAny() throws IOException {
    Transcript all =
        transcript(
            "ja",
            List.of(new Transcript.Alternative("ja", -1)),
            List.of(new Transcript.Stretch(0, 20), new Transcript.Stretch(500, 700)));
    String line = printed(all, 1, "1.wav", "--json", "--tokens");
    assertEquals(
        ", \"not_speech\": [{\"start_ms\": 0, \"end_ms\": 20}, {\"start_ms\": 500, \"end_ms\":"
            + " 700}], \"nbest\": [{\"text\": \"ja\", \"score\": -1.0}], \"channel\": 1,"
            + " \"tokens\": [0, 5, 6]}\n",
        line.substring(line.indexOf(']') + 1));
  }

  private static Transcript transcript(
      String text, List<Transcript.Alternative> nbest, List<Transcript.Stretch> notSpeech) {
    List<Word> words = List.of(new Word(text, 1, 3, 0.5));
    return new Transcript(text, words, List.of(0, 5, 6), 16_000, GRID, false, nbest, notSpeech);
  }

  private static String printed(Transcript transcript, String... args) throws IOException {
    return printed(transcript, Channels.MIX, args);
  }

  /** What is printed of the first recording in {@code args}. */
  private static String printed(Transcript transcript, int listened, String... args)
      throws IOException {
    String[] all = new String[1 + args.length];
    all[0] = "x.malgwi";
    System.arraycopy(args, 0, all, 1, args.length);
    CliArguments arguments = CliArguments.parse(all);
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8)) {
      File first = arguments.recordings().get(0);
      new TranscriptPrinter(arguments, out).print(first, transcript, listened);
    }
    return output.toString(StandardCharsets.UTF_8);
  }
}
