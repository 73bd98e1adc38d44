package org.malgwi.app;

import android.content.Context;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Installed;
import org.malgwi.app.models.Untried;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Pcm;
import org.malgwi.core.Recognizer;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;

/** What `malgwi demo` made: the bundle that the app is tested with. */
public final class Demo {
  private Demo() {}

  /** A golden clip. */
  public static final class Clip {
    private final float[] samples;
    private final String text;

    Clip(float[] samples, String text) {
      this.samples = samples;
      this.text = text;
    }

    /** 16 kHz, mono, -1 to 1. */
    public float[] samples() {
      return samples.clone();
    }

    /** What Python hears in it. */
    public String text() {
      return text;
    }

    /** As a microphone gives it. */
    public short[] pcm() {
      return Demo.pcm(samples);
    }
  }

  /** Samples of 16 bits as a microphone gives them. */
  public static short[] pcm(float[] samples) {
    short[] pcm = new short[samples.length];
    for (int i = 0; i < pcm.length; i++) {
      pcm[i] = (short) (samples[i] * 32_768);
    }
    return pcm;
  }

  /** The demo's bundle, whose golden clips and their texts Python wrote. */
  public static File bundle() {
    File bundle = new File(System.getProperty("malgwi.demo"), "demo.malgwi");
    if (!bundle.isFile()) {
      throw new AssertionError(bundle + " is missing; run `make demo` first");
    }
    return bundle;
  }

  /** The golden clip of this index, from 0. */
  public static Clip golden(int index) throws IOException {
    ModelBundle bundle = ModelBundle.open(bundle());
    ModelBundle.Golden clip = bundle.golden().get(index);
    return new Clip(bundle.samples(clip), clip.text());
  }

  /** The WAV file of the golden clip of this index, as it lies in the bundle. */
  public static byte[] goldenWav(int index) throws IOException {
    ModelBundle bundle = ModelBundle.open(bundle());
    return bundle.read(bundle.golden().get(index).audio());
  }

  /**
   * What the core hears in these samples: more than a golden clip, such as one with quiet after it.
   */
  public static Transcript transcribed(float[] samples, Search search) throws IOException {
    try (Recognizer recognizer = Recognizer.open(ModelBundle.open(bundle()), 1)) {
      return recognizer.transcribe(samples, search);
    }
  }

  /** The text of it. */
  public static String heard(float[] samples, Search search) throws IOException {
    return transcribed(samples, search).text();
  }

  /** What the core hears in a recording as the app keeps it. */
  public static String heard(File pcm) throws IOException {
    byte[] bytes = Files.readAllBytes(pcm.toPath());
    return heard(Pcm.toFloats(bytes, bytes.length / 2 * 2), Search.DEFAULT);
  }

  /** Installs the demo's bundle in the app of this test. */
  public static Installed install(Context context) throws IOException {
    return install(context, bundle());
  }

  /** Installs a bundle in the app of this test, to be used from now on. */
  public static Installed install(Context context, File bundle) throws IOException {
    Installed installed = Untried.add(context, bundle);
    BundleStore.of(context).use(installed.id());
    return installed;
  }

  /**
   * Another model, whole and consistent: "e" and "o" have changed places in its alphabet and in the
   * texts of its golden clips. What was right with the demo's bundle must be wrong with it.
   */
  public static File altered() throws IOException {
    return changed("altered.malgwi", Demo::swapTokens, Demo::swapAndName, true);
  }

  /** The same, but its golden clips claim the right texts: it must be refused. */
  public static File otherText() throws IOException {
    return changed("other-text.malgwi", Demo::swapTokens, Demo::swapAndName, false);
  }

  /** A model of the demo's name with letters that keyboards lack, in place of j, v, x and z. */
  public static File lettered() throws IOException {
    Map<String, String> letters = Map.of("j", "ŋ", "v", "ɛ", "x", "ƙ", "z", "\u0301");
    return changed(
        "lettered.malgwi",
        model -> { // a space goes where a letter takes two bytes
          for (Map.Entry<String, String> one : letters.entrySet()) {
            byte[] letter = one.getValue().getBytes(StandardCharsets.UTF_8);
            String bytes = new String(letter, StandardCharsets.ISO_8859_1);
            model = model.replace(", \"" + one.getKey() + "\"", ",\"" + bytes + "\"");
          }
          return model;
        },
        json -> {
          for (Map.Entry<String, String> one : letters.entrySet()) {
            json = json.replace("\"" + one.getKey() + "\"", "\"" + one.getValue() + "\"");
          }
          return json;
        },
        false);
  }

  /** What {@link #altered} makes of a text. */
  public static String alter(String text) {
    return text.replace('e', '\0').replace('o', 'e').replace('\0', 'o');
  }

  private static String swapAndName(String json) {
    return swapTokens(json).replace("\"name\": \"demo\"", "\"name\": \"altered\"");
  }

  /**
   * The demo's bundle with another alphabet.
   *
   * @param inModel makes it of the model's bytes, as Latin-1; lengths must stay
   * @param inJson makes it of bundle.json
   * @param texts whether the golden texts are {@link #alter}ed
   */
  private static File changed(
      String name, UnaryOperator<String> inModel, UnaryOperator<String> inJson, boolean texts)
      throws IOException {
    ModelBundle bundle = ModelBundle.open(bundle());
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (String file : bundle.files()) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bundle.copy(file, bytes);
      files.put(file, bytes.toByteArray());
    }
    // In the model the alphabet stands in its metadata; lengths stay, so that it stays a model.
    byte[] model = files.get("model.onnx");
    String latin1 = new String(model, StandardCharsets.ISO_8859_1);
    files.put("model.onnx", inModel.apply(latin1).getBytes(StandardCharsets.ISO_8859_1));
    String json = inJson.apply(info(bundle()));
    json = json.replace(digest(model), digest(files.get("model.onnx")));
    if (texts) {
      for (ModelBundle.Golden clip : bundle.golden()) {
        json =
            json.replace(
                "\"text\": \"" + clip.text() + "\"", "\"text\": \"" + alter(clip.text()) + "\"");
      }
    }
    File out = new File(System.getProperty("java.io.tmpdir"), ProcessHandle.current().pid() + name);
    out.deleteOnExit();
    try (ZipOutputStream zip = new ZipOutputStream(new FileOutputStream(out))) {
      put(zip, "bundle.json", json.getBytes(StandardCharsets.UTF_8));
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        put(zip, file.getKey(), file.getValue());
      }
    }
    return out;
  }

  private static String swapTokens(String text) {
    return Pattern.compile("(\"tokens\": \\[\\s*\"a\".*?\"d\",\\s*)\"e\"(.*?)\"o\"", Pattern.DOTALL)
        .matcher(text)
        .replaceFirst("$1\"o\"$2\"e\"");
  }

  /** bundle.json of an archive: its first entry. */
  private static String info(File archive) throws IOException {
    try (java.util.zip.ZipFile zip = new java.util.zip.ZipFile(archive);
        InputStream in = zip.getInputStream(zip.getEntry("bundle.json"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static String digest(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return String.format("%064x", new BigInteger(1, digest));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
