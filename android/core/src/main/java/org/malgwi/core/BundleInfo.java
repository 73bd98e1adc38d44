package org.malgwi.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code bundle.json} says, checked against docs/bundle.md and the files that are there.
 *
 * @param language BCP 47 tag, whichever way it is written there; "und" when not known
 * @param confidence null: confidences stay as they are
 */
record BundleInfo(
    String name,
    String language,
    String licence,
    String precision,
    Decoding decoding,
    Map<?, ?> decodingKeys,
    Map<String, FileFact> files,
    List<ModelBundle.Golden> golden,
    Map<?, ?> figures,
    @Nullable ConfidenceMap confidence) {

  static final int SAMPLE_RATE = 16_000;

  private static final int FORMAT_VERSION = 2;
  private static final int MOST_GOLDEN = 8;
  private static final int LONGEST_CLIP = 30 * SAMPLE_RATE;
  private static final int MOST_SAMPLES = 1_600_000;
  private static final int MOST_DB = 60;
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

  /** What a file must be. */
  record FileFact(long bytes, String sha256) {}

  /**
   * Checks all but the contents of the files.
   *
   * @param info the parsed bundle.json
   * @param where names it in errors
   */
  static BundleInfo of(Fields info, Container container, String where) throws MalgwiException {
    if (!"malgwi-bundle".equals(info.get("format"))) {
      throw info.wrong("format", "\"malgwi-bundle\" (is this a Malgwi bundle?)");
    }
    if (!Long.valueOf(FORMAT_VERSION).equals(info.get("format_version"))) {
      throw new MalgwiException(
          where
              + ": format version "
              + info.get("format_version")
              + "; this reader knows "
              + FORMAT_VERSION
              + ". Update it, or export the model again");
    }
    String precision = info.string("precision");
    if (!List.of("fp32", "int8", "int8-reduced").contains(precision)) {
      throw info.wrong("precision", "fp32, int8 or int8-reduced");
    }
    Fields decodingKeys = info.object("decoding");
    Decoding decoding = decoding(decodingKeys, where + ": decoding");
    Map<String, FileFact> files = files(info, container, where);
    if ((decoding.detector() != null) != files.containsKey(Container.DETECTOR)) {
      throw decodingKeys.wrong(
          "detector",
          files.containsKey(Container.DETECTOR)
              ? "an object, since detector.onnx is in files"
              : "null, since detector.onnx isn't in files");
    }
    return new BundleInfo(
        info.text("name", 100),
        Language.tag(info.text("language", 100)),
        info.text("licence", 1000),
        precision,
        decoding,
        decodingKeys.all(),
        files,
        golden(info, files, decoding, where),
        info.has("figures") ? Collections.unmodifiableMap(info.object("figures").all()) : Map.of(),
        info.has("confidence") ? ConfidenceMap.of(info.object("confidence")) : null);
  }

  private static Decoding decoding(Fields keys, String where) throws MalgwiException {
    List<String> tokens = new ArrayList<>();
    for (Object token : keys.list("tokens", 2, 65_536)) {
      if (!(token instanceof String text)
          || text.isEmpty()
          || text.codePointCount(0, text.length()) > 64) {
        throw keys.wrong("tokens", token, "strings of 1 to 64 characters");
      }
      tokens.add(text);
    }
    long last = tokens.size() - 1L;
    boolean noDelimiter = keys.has("delimiter_id") && keys.get("delimiter_id") == null;
    int delimiter = noDelimiter ? Vocab.NONE : (int) keys.integer("delimiter_id", 0, last);
    int blank = (int) keys.integer("blank_id", 0, last);
    int rate = (int) keys.integer("sample_rate", SAMPLE_RATE, SAMPLE_RATE);
    int hop = (int) keys.integer("hop", 1, SAMPLE_RATE);
    int field = (int) keys.integer("receptive_field", hop, 1_000_000);
    SegmentPlan segments =
        new SegmentPlan(
            samples(keys, "window_samples"),
            samples(keys, "left_samples"),
            samples(keys, "right_samples"),
            samples(keys, "pause_samples"),
            samples(keys, "gap_samples"),
            samples(keys, "margin_samples"),
            samples(keys, "floor_samples"),
            keys.number("silence_dbfs", -200, 0),
            (int) keys.integer("quiet_db", 0, MOST_DB),
            (int) keys.integer("floor_db", 0, MOST_DB),
            (int) keys.integer("floor_depth_db", 0, MOST_DB),
            (int) keys.integer("click_db", 0, MOST_DB));
    try {
      return new Decoding(
          new Vocab(tokens, blank, delimiter, unit(keys), rules(keys)),
          new FrameGrid(field, hop, rate),
          segments,
          detector(keys),
          keys.text("input", 100),
          keys.text("output", 100));
    } catch (IllegalArgumentException e) {
      throw new MalgwiException(where + ": " + e.getMessage() + ". Export again", e);
    }
  }

  private static int samples(Fields keys, String key) throws MalgwiException {
    return (int) keys.integer(key, 0, MOST_SAMPLES);
  }

  private static @Nullable DetectorPlan detector(Fields keys) throws MalgwiException {
    if (keys.get("detector") == null) {
      return null;
    }
    Fields found = keys.object("detector");
    return new DetectorPlan(
        (int) found.integer("speech_frames", 1, 1_000),
        found.number("speech_probability", 0, 1),
        (int) found.integer("speech_percent", 0, 100),
        found.number("sure_probability", 0, 1),
        found.number("level_dbfs", -90, 0));
  }

  private static Normalisation rules(Fields keys) throws MalgwiException {
    return Normalisation.of(keys.object("normalisation"));
  }

  private static Text.Unit unit(Fields keys) throws MalgwiException {
    return switch (keys.string("unit")) {
      case "character" -> Text.Unit.CHARACTER;
      case "jamo" -> Text.Unit.JAMO;
      default -> throw keys.wrong("unit", "\"character\" or \"jamo\"");
    };
  }

  private static Map<String, FileFact> files(Fields info, Container container, String where)
      throws MalgwiException {
    Map<String, FileFact> files = new LinkedHashMap<>();
    for (Object key : info.object("files").all().keySet()) {
      String name = (String) key;
      if (!Container.NAME.matcher(name).matches() || name.equals(Container.INFO)) {
        throw info.wrong("files", name, "names that a bundle may hold");
      }
      Fields fact = info.object("files").object(name);
      long bytes = fact.integer("bytes", 0, Container.largest(name));
      String digest = fact.string("sha256");
      if (!DIGEST.matcher(digest).matches()) {
        throw fact.wrong("sha256", "64 lower-case hexadecimal digits");
      }
      long there = container.size(name);
      if (there != bytes) {
        throw new MalgwiException(
            where
                + ": "
                + name
                + (there < 0 ? " is missing" : " has " + there + " bytes")
                + "; expected "
                + bytes
                + " bytes. Copy the bundle again");
      }
      files.put(name, new FileFact(bytes, digest));
    }
    if (!files.containsKey(Container.MODEL)) {
      throw new MalgwiException(where + ": files doesn't list model.onnx; export again");
    }
    TreeSet<String> unknown = new TreeSet<>(container.names());
    unknown.removeAll(files.keySet());
    unknown.remove(Container.INFO);
    if (!unknown.isEmpty()) {
      throw new MalgwiException(
          where + ": doesn't list " + unknown.first() + ", which is there; export again");
    }
    return Collections.unmodifiableMap(files);
  }

  private static List<ModelBundle.Golden> golden(
      Fields info, Map<String, FileFact> files, Decoding decoding, String where)
      throws MalgwiException {
    List<ModelBundle.Golden> golden = new ArrayList<>();
    for (Object entry : info.list("golden", 0, MOST_GOLDEN)) {
      Fields clip = new Fields(entry, where + ": golden[" + golden.size() + "]");
      String audio = clip.string("audio");
      if (!files.containsKey(audio) || !audio.startsWith("golden/") || !audio.endsWith(".wav")) {
        throw clip.wrong("audio", "the name of a golden/*.wav that files lists");
      }
      List<Integer> tokens = new ArrayList<>();
      for (Object token : clip.list("tokens", 1, LONGEST_CLIP)) {
        if (!(token instanceof Long id) || id < 0 || id >= decoding.vocab().size()) {
          throw clip.wrong("tokens", token, "ids from 0 to " + (decoding.vocab().size() - 1));
        }
        tokens.add(id.intValue());
      }
      boolean scored = files.containsKey(Container.LANGUAGE_MODEL);
      if (!scored && clip.has("lm_text")) {
        throw clip.wrong("lm_text", "no such key without lm.bin");
      }
      golden.add(
          new ModelBundle.Golden(
              audio, clip.string("text"), tokens, scored ? clip.string("lm_text") : null));
    }
    return List.copyOf(golden);
  }
}
