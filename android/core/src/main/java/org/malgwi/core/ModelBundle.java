package org.malgwi.core;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A recogniser in one file, {@code NAME.malgwi}, or unpacked in a folder; docs/bundle.md specifies
 * the format. Opening one checks the container, {@code bundle.json} and the sizes; reading a file
 * checks its SHA-256. Whatever the file holds, opening it ends in a ModelBundle or a {@link
 * MalgwiException}, and nothing outside of it is read. Thread-safe; keeps no file open.
 */
public final class ModelBundle {
  private static final int LONGEST_CLIP = 30 * BundleInfo.SAMPLE_RATE;
  private static final int CHUNK = 1 << 16;

  private final File path;
  private final Container container;
  private final BundleInfo info;

  /** Files that were verified, and what they were then: to be loaded again they aren't read. */
  private final Map<String, State> verified = new ConcurrentHashMap<>();

  private record State(long bytes, long modified) {
    static State of(File file) {
      return new State(file.length(), file.lastModified());
    }
  }

  /**
   * A clip that travels in the bundle, and what its model makes of it.
   *
   * @param audio the file's name in the bundle
   * @param text what the model hears in it by best path
   * @param tokens the best token id of every frame
   * @param languageModelText the text with the language model; null where there is none
   */
  public record Golden(
      String audio, String text, List<Integer> tokens, @Nullable String languageModelText) {
    /** Copies the tokens. */
    public Golden {
      tokens = List.copyOf(tokens);
    }
  }

  private ModelBundle(File path, Container container, BundleInfo info) {
    this.path = path;
    this.container = container;
    this.info = info;
  }

  /**
   * Opens an archive or a folder.
   *
   * @param path of either
   * @return it, its bundle.json checked and no other file read
   * @throws MalgwiException when it isn't a bundle, is damaged, breaks a limit or is of another
   *     version; the message says which
   */
  public static ModelBundle open(File path) throws MalgwiException {
    try {
      Container container = Container.at(path);
      long size = container.size(Container.INFO);
      if (size < 0 || size > Container.largest(Container.INFO)) {
        throw new MalgwiException(
            path
                + ": no bundle.json in it, or too large a one; expected a bundle from `malgwi"
                + " export`");
      }
      ByteArrayOutputStream raw = new ByteArrayOutputStream((int) size);
      copy(container, Container.INFO, size, raw, path);
      String where = path + ": " + Container.INFO;
      Fields fields = new Fields(Json.parse(raw.toByteArray(), where), where);
      return new ModelBundle(path, container, BundleInfo.of(fields, container, where));
    } catch (IOException e) {
      throw explained(path.toString(), e);
    }
  }

  /** {@return the file or folder that this is} */
  public File path() {
    return path;
  }

  /** {@return what people call the model} */
  public String name() {
    return info.name();
  }

  /** {@return the BCP 47 tag of its language; "und" when unknown} */
  public String language() {
    return info.language();
  }

  /** {@return the SPDX identifier of its licence or a sentence; "unknown" when unknown} */
  public String licence() {
    return info.licence();
  }

  /** {@return "fp32", "int8" or "int8-reduced"; for people} */
  public String precision() {
    return info.precision();
  }

  /** What confidences mean; null: they stay as they are. */
  @Nullable ConfidenceMap confidence() {
    return info.confidence();
  }

  /** {@return what turns logits into text} */
  public Decoding decoding() {
    return info.decoding();
  }

  /** {@return the clips that prove that this runs as it did where it was made; 0 to 8} */
  public List<Golden> golden() {
    return info.golden();
  }

  /** {@return what the model scored when it was exported, as parsed JSON; empty when not stated} */
  public Map<?, ?> figures() {
    return info.figures();
  }

  /** {@return the names of all files but bundle.json} */
  public List<String> files() {
    return List.copyOf(info.files().keySet());
  }

  /** The decoding object as it stands in bundle.json, unknown keys included. */
  Map<?, ?> decodingKeys() {
    return info.decodingKeys();
  }

  /** The files that the model is made of, its graph first. */
  List<String> modelFiles() {
    return info.files().containsKey(Container.WEIGHTS)
        ? List.of(Container.MODEL, Container.WEIGHTS)
        : List.of(Container.MODEL);
  }

  /** Which model it is: the SHA-256 of each of its files, in hexadecimal digits. */
  String modelHash() {
    StringBuilder hashes = new StringBuilder();
    for (String name : modelFiles()) {
      hashes.append(fact(name).sha256());
    }
    return hashes.toString();
  }

  /** {@return whether it brings a language model} */
  public boolean hasLanguageModel() {
    return info.files().containsKey(Container.LANGUAGE_MODEL);
  }

  /**
   * Reads a small file (not a model), hash verified.
   *
   * @param name one of {@link #files}
   * @return its bytes
   * @throws IllegalArgumentException for a model, or a name that the bundle doesn't have
   * @throws MalgwiException when the file isn't what bundle.json says
   */
  public byte[] read(String name) throws MalgwiException {
    if (Container.largest(name) == Integer.MAX_VALUE) {
      throw new IllegalArgumentException(name + " is too large for memory; copy it to a file");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) fact(name).bytes());
    copy(name, bytes);
    return bytes.toByteArray();
  }

  /**
   * Streams a file of the bundle, hashing it on the way.
   *
   * @param name one of {@link #files}
   * @param out stays the caller's to close
   * @throws IllegalArgumentException for a name that the bundle doesn't have
   * @throws MalgwiException when the file isn't what bundle.json says; what has been written to
   *     {@code out} by then is to be thrown away
   */
  public void copy(String name, OutputStream out) throws MalgwiException {
    BundleInfo.FileFact fact = fact(name);
    try {
      String found = copy(container, name, fact.bytes(), out, path);
      if (!found.equals(fact.sha256())) {
        throw new MalgwiException(
            path
                + ": damaged: "
                + name
                + " has SHA-256 "
                + found.substring(0, 16)
                + "..., bundle.json states "
                + fact.sha256().substring(0, 16)
                + "...; copy it again, or export it again");
      }
    } catch (IOException e) {
      throw explained(path + ": " + name, e);
    }
  }

  /**
   * Reads every file and compares size and SHA-256; checks the form of the golden clips.
   *
   * @throws MalgwiException says which file is otherwise, and how
   */
  public void verify() throws MalgwiException {
    for (String name : info.files().keySet()) {
      verify(name);
    }
    for (Golden clip : info.golden()) {
      samples(clip);
    }
  }

  /** Reads one file and compares its size and SHA-256. */
  void verify(String name) throws MalgwiException {
    copy(name, NOWHERE);
  }

  /**
   * Reads a file that isn't packed and compares its size and SHA-256, unless that was done before
   * and nobody has written into it since.
   */
  void verifyOnce(String name) throws MalgwiException {
    State now = State.of(container.place(name).file());
    if (!now.equals(verified.get(name))) {
      verify(name);
      verified.put(name, now);
    }
  }

  /**
   * A golden clip as samples.
   *
   * @param clip one of {@link #golden}
   * @return 16 kHz, mono, -1 to 1
   * @throws MalgwiException when it isn't 16-bit mono at the model's rate, or has more or fewer
   *     frames than tokens
   */
  public float[] samples(Golden clip) throws MalgwiException {
    String where = path + ": " + clip.audio;
    try (Wav wav = new Wav(read(clip.audio), where)) {
      if (wav.channels() != 1 || wav.bits() != 16 || wav.sampleRate() != BundleInfo.SAMPLE_RATE) {
        throw new MalgwiException(
            where
                + ": "
                + wav.channels()
                + " channels of "
                + wav.bits()
                + " bits at "
                + wav.sampleRate()
                + " Hz; expected one of 16 bits at "
                + BundleInfo.SAMPLE_RATE
                + ". Export again");
      }
      float[] samples = wav.readAll();
      int longest = Math.min(LONGEST_CLIP, decoding().segments().window());
      int frames = decoding().grid().count(samples.length);
      if (frames == 0 || frames != clip.tokens.size() || samples.length > longest) {
        throw new MalgwiException(
            where
                + ": "
                + samples.length
                + " samples, "
                + frames
                + " frames; expected "
                + clip.tokens.size()
                + " frames, as many as it has tokens, and at most "
                + longest
                + " samples. Export again");
      }
      return samples;
    } catch (IOException e) {
      throw explained(where, e);
    }
  }

  /**
   * Writes every file, hashes verified, into a folder, from which the bundle then opens without a
   * copy of the model.
   *
   * @param folder is there and empty; after an exception, what it holds is to be thrown away
   * @throws MalgwiException when a file is damaged, or can't be written
   */
  public void unpack(File folder) throws MalgwiException {
    File golden = new File(folder, "golden");
    try {
      if (!golden.mkdir()) {
        throw new MalgwiException(golden + ": can't be made; expected an empty folder around it");
      }
      try (OutputStream out = new FileOutputStream(new File(folder, Container.INFO))) {
        copy(container, Container.INFO, container.size(Container.INFO), out, path);
      }
      for (String name : info.files().keySet()) {
        try (OutputStream out = new FileOutputStream(new File(folder, name))) {
          copy(name, out);
        }
      }
    } catch (IOException e) {
      throw explained(folder.toString(), e);
    }
  }

  /** Where the model lies by itself, or null when it is inside an archive; not verified. */
  @Nullable File modelFile() {
    return container instanceof Container.Folder folder
        ? new File(folder.root(), Container.MODEL)
        : null;
  }

  /** Maps the language model, hash verified, where it lies; null when there is none. */
  @Nullable LanguageModel languageModel() throws MalgwiException {
    if (!hasLanguageModel()) {
      return null;
    }
    verifyOnce(Container.LANGUAGE_MODEL);
    Container.Place place = container.place(Container.LANGUAGE_MODEL);
    return LanguageModel.map(
        place.file(),
        place.offset(),
        fact(Container.LANGUAGE_MODEL).bytes(),
        path + ": " + Container.LANGUAGE_MODEL);
  }

  private BundleInfo.FileFact fact(String name) {
    BundleInfo.FileFact fact = info.files().get(name);
    if (fact == null) {
      throw new IllegalArgumentException(path + " holds no " + name);
    }
    return fact;
  }

  /** Copies exactly {@code size} bytes and returns their SHA-256. */
  private static String copy(
      Container container, String name, long size, OutputStream out, File path) throws IOException {
    MessageDigest digest = sha256();
    byte[] buffer = new byte[CHUNK];
    long done = 0;
    try (InputStream in = container.open(name)) {
      int count;
      while (done <= size && (count = in.read(buffer)) >= 0) {
        done += count;
        digest.update(buffer, 0, count);
        out.write(buffer, 0, (int) Math.min(count, Math.max(0, size - done + count)));
      }
    }
    if (done != size) {
      throw new MalgwiException(
          path
              + ": damaged: "
              + name
              + " has "
              + (done > size ? "more than" : done + " of")
              + " the "
              + size
              + " bytes that are stated; copy it again, or export it again");
    }
    return String.format("%064x", new BigInteger(1, digest.digest()));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java and Android has SHA-256", e);
    }
  }

  private static MalgwiException explained(String where, IOException e) {
    return e instanceof MalgwiException known
        ? known
        : new MalgwiException(where + ": can't be read or written (" + e.getMessage() + ")", e);
  }

  private static final OutputStream NOWHERE =
      new OutputStream() {
        @Override
        public void write(int b) {}

        @Override
        public void write(byte[] bytes, int offset, int length) {}
      };
}
