package org.malgwi.core;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the command line was asked for.
 *
 * @param bundle a file or folder
 * @param recordings at least one, unless {@code check}
 * @param json print JSON lines
 * @param tokens print the frames' tokens, too
 * @param check verify the bundle and run its golden clips
 * @param threads 0: not given
 * @param channel null: not given
 * @param greedy take the best token of every frame
 * @param detector leave out what is taken for no speech
 * @param languageModel null: not given
 * @param grammar null: not given
 * @param noneBelow null: not given
 * @param hotwords of all options and files, in their order
 * @param boost null: not given
 * @param beam 0: not given
 * @param nbest 0: not given
 */
record CliArguments(
    File bundle,
    List<File> recordings,
    boolean json,
    boolean tokens,
    boolean check,
    int threads,
    @Nullable Integer channel,
    boolean greedy,
    boolean detector,
    @Nullable File languageModel,
    @Nullable File grammar,
    @Nullable Double noneBelow,
    List<String> hotwords,
    @Nullable Double boost,
    int beam,
    int nbest) {
  static final String USAGE =
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

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException for options that exclude or need each other
   */
  CliArguments {
    recordings = List.copyOf(recordings);
    hotwords = List.copyOf(hotwords);
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
    if (recordings.isEmpty() && (greedy || searches || grammar != null)) {
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

  /**
   * Reads them, and the files of hotwords that they name.
   *
   * @throws IllegalArgumentException for an unknown option, a wrong value, or options that don't go
   *     together
   * @throws MalgwiException for hotwords that are no list, or a file of them that can't be read
   */
  static CliArguments parse(String[] args) throws MalgwiException {
    List<File> files = new ArrayList<>();
    boolean json = false;
    boolean tokens = false;
    boolean check = false;
    int threads = 0;
    Integer channel = null;
    boolean greedy = false;
    boolean detector = true;
    File languageModel = null;
    File grammar = null;
    Double noneBelow = null;
    List<String> hotwords = new ArrayList<>();
    Double boost = null;
    int beam = 0;
    int nbest = 0;
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
    return new CliArguments(
        files.get(0),
        files.subList(1, files.size()),
        json,
        tokens,
        check,
        threads,
        channel,
        greedy,
        detector,
        languageModel,
        grammar,
        noneBelow,
        hotwords,
        boost,
        beam,
        nbest);
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
    if (!text.matches("-?([0-9]{1,9}(\\.[0-9]{0,9})?|\\.[0-9]{1,9})")
        || Double.parseDouble(text) > 0) {
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
}
