package org.malgwi.core;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UnsupportedEncodingException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The command line: {@code java -jar malgwi-core-cli.jar NAME.malgwi FILE.wav... [options]}; see
 * {@code --help}.
 *
 * <p>Exit status: 0 done, 1 the golden clips don't give their text, 2 the input is wrong (one
 * recording that can't be read doesn't stop the others), or the output can't be written.
 */
final class Cli {
  private final PrintStream out;
  private final PrintStream err;
  private final CliArguments arguments;
  private final TranscriptPrinter printer;

  private Cli(CliArguments arguments, PrintStream out, PrintStream err) {
    this.arguments = arguments;
    this.out = out;
    this.err = err;
    this.printer = new TranscriptPrinter(arguments, out);
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
    if (List.of(args).contains("--help")) {
      out.print(CliArguments.USAGE);
      return 0;
    }
    try {
      return new Cli(CliArguments.parse(args), out, err).run();
    } catch (IllegalArgumentException | IOException e) {
      err.println("malgwi: error: " + e.getMessage());
      return 2;
    }
  }

  private int run() throws IOException {
    ModelBundle bundle = ModelBundle.open(arguments.bundle());
    if (arguments.check()) {
      bundle.verify();
    }
    try (Recognizer recognizer = open(bundle)) {
      Search search =
          Search.builder()
              .languageModel(!arguments.greedy())
              .beam(arguments.beam())
              .nbest(arguments.nbest())
              .hotwords(arguments.hotwords())
              .hotwordBoost(arguments.boost() == null ? Search.BOOST : arguments.boost())
              .grammar(compiledGrammar(recognizer))
              .detector(arguments.detector())
              .build();
      recognizer.check(search);
      if (recognizer.languageModelWarning() != null) {
        err.println("malgwi: warning: " + recognizer.languageModelWarning());
      }
      int status = arguments.check() ? check(bundle, recognizer) : 0;
      for (File file : arguments.recordings()) {
        try {
          transcribe(recognizer, file, search);
        } catch (IOException e) {
          String message = e instanceof MalgwiException ? e.getMessage() : file + ": " + e;
          err.println("malgwi: error: " + message);
          status = 2;
        }
        checkWritten();
      }
      checkWritten();
      return status;
    }
  }

  /** A PrintStream says nothing of a disk that is full, or of a reader that has gone. */
  private void checkWritten() throws MalgwiException {
    if (out.checkError()) {
      throw new MalgwiException(
          "the output can't be written: the disk is full, or whatever reads it has ended");
    }
  }

  /** Null: anything may be said. */
  private @Nullable Grammar compiledGrammar(Recognizer recognizer) throws IOException {
    File grammar = arguments.grammar();
    Double noneBelow = arguments.noneBelow();
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
    Recognizer.Options options = new Recognizer.Options(arguments.threads(), true);
    File languageModel = arguments.languageModel();
    if (languageModel != null) {
      return Recognizer.open(bundle, options, languageModel);
    }
    boolean searchesWithOwn =
        arguments.check() || (!arguments.greedy() && arguments.grammar() == null);
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
      if (!arguments.json()) {
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
      printer.print(file, transcript, listened);
    }
  }

  /** The channel that was asked for; else the one that the recording's content chooses, told. */
  private int listened(Wav wav, File file) throws IOException {
    if (arguments.channel() != null) {
      return arguments.channel();
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
}
