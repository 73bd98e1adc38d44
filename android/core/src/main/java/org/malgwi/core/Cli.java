package org.malgwi.core;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UnsupportedEncodingException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The command line: {@code java -jar malgwi-core-cli.jar NAME.malgwi FILE.wav... [options]}; see
 * {@code --help}.
 *
 * <p>Exit status: 0 done, 1 the golden clips don't give their text, 2 the input is wrong (one
 * recording that can't be read doesn't stop the others).
 */
final class Cli {
  private static final String USAGE =
      """
      usage: java -jar malgwi-core-cli.jar NAME.malgwi [FILE.wav ...] [options]

        --json       one JSON line for each file: text, words, times, confidences
        --tokens     with --json, also the best token of every 20 ms frame
        --check      verify every hash and run the clips that the bundle brings
        --threads N  processor threads (default: as many as there are fast cores, 4 at most)
        --channel N|mix
                     the channel to listen to, counted from 0, or the average of all
                     (default: the average, unless what they hold says that it would harm)

      language model and hotwords:

        --greedy     the best token of every frame, no language model
        --lm FILE    an lm.bin instead of the bundle's
        --hotwords WORDS
                     words and phrases with commas between; may be repeated
        --hotwords-file FILE
                     a text file with one word or phrase a line; may be repeated
        --boost X    what each letter of a hotword is worth (default: 1)
        --beam N     spellings followed at a time (default: 32)
        --nbest N    the N best readings with their scores
        --no-detector
                     write down whatever isn't quiet, also what is taken for no speech

      commands:

        --grammar FILE
                     what may be said: a sentence a line, or JSGF
        --none-below X
                     worse scores are none of them (default: -1.2)
      """;

  private final PrintStream out;
  private final PrintStream err;
  private final List<File> files = new ArrayList<>();
  private boolean json;
  private boolean tokens;
  private boolean check;
  private int threads;

  /** Null: not given. */
  private @Nullable Integer channel;

  private boolean greedy;
  private boolean detector = true;
  private @Nullable File languageModel;
  private final List<String> hotwords = new ArrayList<>();

  /** Null: not given. */
  private @Nullable Double boost;

  private @Nullable File grammar;

  /** Null: not given. */
  private @Nullable Double noneBelow;

  private int beam;
  private int nbest;

  private Cli(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  public static void main(String[] args) {
    int status;
    try {
      PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
      PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, "UTF-8");
      status = run(args, out, err);
      out.flush();
    } catch (UnsupportedEncodingException e) {
      throw new IllegalStateException("every Java has UTF-8", e);
    }
    System.exit(status);
  }

  /** Runs one command and returns its exit status. */
  static int run(String[] args, PrintStream out, PrintStream err) {
    Cli cli = new Cli(out, err);
    if (List.of(args).contains("--help")) {
      out.print(USAGE);
      return 0;
    }
    try {
      cli.parse(args);
      return cli.run();
    } catch (IllegalArgumentException | IOException e) {
      err.println("malgwi: error: " + e.getMessage());
      return 2;
    }
  }

  private void parse(String[] args) throws IOException {
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--json" -> json = true;
        case "--tokens" -> tokens = true;
        case "--check" -> check = true;
        case "--greedy" -> greedy = true;
        case "--no-detector" -> detector = false;
        case "--threads" -> threads = number(args, i++, 999);
        case "--channel" -> channel = channel(value(args, i++));
        case "--beam" -> beam = number(args, i++, Search.WIDEST);
        case "--nbest" -> nbest = number(args, i++, Search.WIDEST);
        case "--boost" -> boost = boost(value(args, i++));
        case "--lm" -> languageModel = new File(value(args, i++));
        case "--grammar" -> grammar = new File(value(args, i++));
        case "--none-below" -> noneBelow = noneBelow(value(args, i++));
        case "--hotwords" -> hotwords.addAll(hotwords(value(args, i++)));
        case "--hotwords-file" -> hotwords.addAll(hotwords(new File(value(args, i++))));
        default -> {
          if (args[i].startsWith("-")) {
            throw new IllegalArgumentException("unknown option " + args[i] + "; see --help");
          }
          files.add(new File(args[i]));
        }
      }
    }
    if (files.isEmpty() || (files.size() == 1 && !check)) {
      throw new IllegalArgumentException(
          "name a bundle and at least one WAV file, or --check; see --help");
    }
    boolean searches = languageModel != null || !hotwords.isEmpty() || beam > 0 || nbest > 0;
    if (greedy && searches) {
      throw new IllegalArgumentException(
          "--greedy takes the best token of every frame; leave it out to use --lm, --hotwords,"
              + " --beam or --nbest");
    }
    if (grammar != null && (greedy || languageModel != null || !hotwords.isEmpty() || beam > 0)) {
      throw new IllegalArgumentException(
          "--grammar says all that may be said; leave it out to use --greedy, --lm, --hotwords or"
              + " --beam");
    }
    if (boost != null && hotwords.isEmpty()) {
      throw new IllegalArgumentException(
          "--boost is what letters of hotwords are worth, and there are none; give --hotwords or"
              + " --hotwords-file, or leave it out");
    }
    if (noneBelow != null && grammar == null) {
      throw new IllegalArgumentException(
          "--none-below is for the sentences of a grammar; give --grammar, or leave it out");
    }
    if (files.size() == 1 && (greedy || searches || grammar != null)) {
      throw new IllegalArgumentException(
          "--check alone searches as the bundle does; name a WAV file, or leave out --greedy,"
              + " --hotwords, --beam, --nbest and --grammar");
    }
    if (check && languageModel != null) {
      throw new IllegalArgumentException(
          "--check is about the bundle's own language model; leave out --lm");
    }
    if (tokens && !json) {
      throw new IllegalArgumentException("--tokens needs --json");
    }
  }

  /** The value of the option that stands at {@code index}. */
  private static String value(String[] args, int index) {
    if (index + 1 == args.length) {
      throw new IllegalArgumentException(args[index] + " needs a value; see --help");
    }
    return args[index + 1];
  }

  private static int number(String[] args, int index, int most) {
    String text = value(args, index);
    if (!text.matches("[1-9][0-9]{0,3}") || Integer.parseInt(text) > most) {
      throw new IllegalArgumentException(
          args[index] + ": found " + text + "; expected 1 to " + most);
    }
    return Integer.parseInt(text);
  }

  private static int channel(String text) {
    if (text.equals("mix")) {
      return Channels.MIX;
    }
    if (!text.matches("[0-9]{1,4}")) {
      throw new IllegalArgumentException(
          "--channel: found " + text + "; expected a number from 0, or mix");
    }
    return Integer.parseInt(text);
  }

  private static double boost(String text) {
    if (!text.matches("[0-9]{1,3}(\\.[0-9]{1,9})?")) {
      throw new IllegalArgumentException("--boost: found " + text + "; expected 0 to 100");
    }
    return Double.parseDouble(text);
  }

  private static double noneBelow(String text) {
    if (!text.matches("-?[0-9]{1,9}(\\.[0-9]{1,9})?") || Double.parseDouble(text) > 0) {
      throw new IllegalArgumentException(
          "--none-below: found " + text + "; expected 0 or less, such as -1.2");
    }
    return Double.parseDouble(text);
  }

  private static List<String> hotwords(String words) throws MalgwiException {
    if (new File(words).exists()) {
      throw new MalgwiException(
          "--hotwords '"
              + words
              + "': a file or folder has this name; give a file with --hotwords-file, or write '"
              + words
              + ",' for the word");
    }
    try {
      return HotwordText.ofWords(words);
    } catch (MalgwiException e) {
      throw new MalgwiException("--hotwords " + e.getMessage(), e);
    }
  }

  private static List<String> hotwords(File file) throws MalgwiException {
    String text = TextFile.read(file);
    try {
      return HotwordText.ofLines(text);
    } catch (MalgwiException e) {
      throw new MalgwiException(file + ": " + e.getMessage(), e);
    }
  }

  private int run() throws IOException {
    ModelBundle bundle = ModelBundle.open(files.get(0));
    if (check) {
      bundle.verify();
    }
    try (Recognizer recognizer = open(bundle)) {
      Search search =
          Search.builder()
              .languageModel(!greedy)
              .beam(beam)
              .nbest(nbest)
              .hotwords(hotwords)
              .hotwordBoost(boost == null ? Search.BOOST : boost)
              .grammar(compiledGrammar(recognizer))
              .detector(detector)
              .build();
      recognizer.check(search);
      if (recognizer.languageModelWarning() != null) {
        err.println("malgwi: warning: " + recognizer.languageModelWarning());
      }
      int status = check ? check(bundle, recognizer) : 0;
      for (File file : files.subList(1, files.size())) {
        try {
          transcribe(recognizer, file, search);
        } catch (IOException e) {
          String message = e instanceof MalgwiException ? e.getMessage() : file + ": " + e;
          err.println("malgwi: error: " + message);
          status = 2;
        }
        out.flush();
      }
      return status;
    }
  }

  /** Null: anything may be said. */
  private @Nullable Grammar compiledGrammar(Recognizer recognizer) throws IOException {
    if (grammar == null) {
      return null;
    }
    String text = TextFile.read(grammar);
    try {
      Grammar compiled = recognizer.grammar(text);
      return noneBelow == null ? compiled : compiled.withNoneBelow(noneBelow);
    } catch (MalgwiException e) {
      throw new MalgwiException(grammar + ": " + e.getMessage(), e);
    }
  }

  private Recognizer open(ModelBundle bundle) throws MalgwiException {
    Recognizer.Options options = new Recognizer.Options(threads, true);
    if (languageModel != null) {
      return Recognizer.open(bundle, options, languageModel);
    }
    boolean searchesWithOwn = check || (!greedy && grammar == null);
    LanguageModel own = searchesWithOwn ? bundle.languageModel() : null;
    return Recognizer.open(bundle, options, own);
  }

  private int check(ModelBundle bundle, Recognizer recognizer) throws IOException {
    if (bundle.golden().isEmpty()) {
      err.println(
          "malgwi: warning: "
              + bundle.path()
              + ": can't prove itself: it has no golden clips, so whether this machine hears what"
              + " it should is not known");
    }
    int different = 0;
    for (GoldenCheck clip : GoldenCheck.all(bundle, recognizer)) {
      String clipName = clip.audio() + (clip.languageModel() ? " with the language model" : "");
      String name = bundle.path() + ": " + clipName;
      if (!clip.sameText()) {
        different++;
        err.println(
            "malgwi: error: "
                + name
                + ": text is \""
                + clip.foundText()
                + "\"; expected \""
                + clip.expectedText()
                + "\". This device or onnxruntime computes otherwise");
      } else if (clip.isDoubtful()) {
        err.println(
            "malgwi: warning: "
                + name
                + ": only "
                + percent(clip.agreement())
                + " of the frame tokens are the expected ones");
      }
      if (!json) {
        out.println(
            clipName
                + (clip.sameText() ? ": same text, " : ": OTHER TEXT, ")
                + percent(clip.agreement())
                + " of frame tokens");
      }
    }
    return different == 0 ? 0 : 1;
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private void transcribe(Recognizer recognizer, File file, Search search) throws IOException {
    try (Wav wav = Wav.open(file)) {
      int listened = listened(wav, file);
      wav.listenTo(listened);
      boolean ready = wav.sampleRate() == Resampler.RATE;
      Transcript transcript =
          recognizer.transcribe(ready ? wav : new Resampler(wav, wav.sampleRate()), search);
      if (!wav.wrongHeader().isEmpty()) {
        err.println(
            String.format(
                Locale.ROOT,
                "malgwi: warning: %s: %s; read %.2f s, all that is there",
                file,
                wav.wrongHeader(),
                wav.seconds()));
      }
      // Encoders' padding is under 0.1 s.
      if (wav.missingSeconds() > 0.1) {
        err.println(
            String.format(
                Locale.ROOT,
                "malgwi: warning: %s: truncated, %.2f s are missing",
                file,
                wav.missingSeconds()));
      }
      if (transcript.tooShort()) {
        err.println(
            "malgwi: warning: "
                + file
                + ": "
                + transcript.samples()
                + " samples at 16 kHz are too few for the model, which needs "
                + transcript.grid().receptiveField()
                + "; its transcript is empty");
      }
      if (!transcript.notSpeech().isEmpty() && transcript.text().isEmpty()) {
        err.println(
            "malgwi: warning: "
                + file
                + ": its transcript is empty; sound in it was taken for no speech, which"
                + " --no-detector writes down");
      }
      print(file, transcript, listened);
    }
  }

  /** The channel that was asked for; else the one that the recording's content chooses, told. */
  private int listened(Wav wav, File file) throws IOException {
    if (channel != null) {
      return channel;
    }
    Channels.Choice choice = wav.choose(() -> {});
    if (choice.channel() != Channels.MIX) {
      err.println(
          "malgwi: warning: "
              + file
              + ": listening to channel "
              + choice.channel()
              + " alone, since "
              + choice.why());
    }
    return choice.channel();
  }

  private void print(File file, Transcript transcript, int listened) {
    if (!json && !transcript.alternatives().isEmpty()) {
      for (Transcript.Alternative one : transcript.alternatives()) {
        String line = four(one.score()).toPlainString() + "\t" + one.text();
        out.println(files.size() > 2 ? file + "\t" + line : line);
      }
      return;
    }
    if (!json) {
      out.println(files.size() > 2 ? file + "\t" + transcript.text() : transcript.text());
      return;
    }
    // Spaces and digits as Python's json module writes them, so that lines can be compared.
    StringBuilder line = new StringBuilder("{\"file\": ");
    appendString(line, file.toString());
    appendString(line.append(", \"text\": "), transcript.text());
    line.append(", \"duration_ms\": ").append(transcript.durationMs()).append(", \"words\": [");
    String separator = "";
    for (TimedWord word : transcript.timedWords()) {
      appendString(line.append(separator).append("{\"text\": "), word.text());
      line.append(", \"start_ms\": ").append(word.startMs());
      line.append(", \"end_ms\": ").append(word.endMs());
      line.append(", \"confidence\": ").append(rounded(word.confidence())).append('}');
      separator = ", ";
    }
    line.append(']');
    if (!transcript.notSpeech().isEmpty()) {
      line.append(", \"not_speech\": [");
      separator = "";
      for (Transcript.Stretch one : transcript.notSpeech()) {
        line.append(separator).append("{\"start_ms\": ").append(one.startMs());
        line.append(", \"end_ms\": ").append(one.endMs()).append('}');
        separator = ", ";
      }
      line.append(']');
    }
    if (!transcript.alternatives().isEmpty()) {
      line.append(", \"nbest\": [");
      separator = "";
      for (Transcript.Alternative one : transcript.alternatives()) {
        appendString(line.append(separator).append("{\"text\": "), one.text());
        line.append(", \"score\": ").append(rounded(one.score())).append('}');
        separator = ", ";
      }
      line.append(']');
    }
    if (listened != Channels.MIX) {
      line.append(", \"channel\": ").append(listened);
    }
    if (tokens) {
      line.append(", \"tokens\": ").append(transcript.frameTokens());
    }
    out.print(line.append("}\n"));
  }

  private static BigDecimal four(double value) {
    return new BigDecimal(value).setScale(4, RoundingMode.HALF_EVEN);
  }

  private static String rounded(double value) {
    String text = four(value).toPlainString().replaceFirst("0+$", "");
    return text.endsWith(".") ? text + "0" : text;
  }

  private static void appendString(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20) {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
