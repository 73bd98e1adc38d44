package org.malgwi.core;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes bundles, good and evil. The ZIP archive is put together here, byte by byte, since
 * java.util.zip refuses to write most of what a reader must refuse.
 */
final class Bundles {
  static final String TEXT = "hello world";

  private Bundles() {}

  /** One entry; what isn't set follows from the content. */
  static final class Entry {
    String name;
    byte[] content;
    boolean deflate;
    int flags;
    Integer method;
    Long statedSize;
    Integer crc;
    int externalType = 0x8000;
    String localName;

    Entry(String name, byte[] content) {
      this.name = name;
      this.content = content;
    }
  }

  static byte[] resource(String name) {
    try (InputStream in = Bundles.class.getResourceAsStream("/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String decoding() {
    return new String(resource("decoding.json"), StandardCharsets.UTF_8);
  }

  /** The files of a good bundle around {@code model}, without bundle.json. */
  static Map<String, byte[]> files(byte[] model) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("golden/1.wav", WavTest.pcm16(16_000, FakeModel.speak(TEXT, 1)));
    files.put("README.md", "# Levels\n".getBytes(StandardCharsets.UTF_8));
    files.put("model.onnx", model);
    return files;
  }

  /** The same with its weights in a file of their own. */
  static Map<String, byte[]> filesWithWeightsApart() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("model.weights", resource("apart/model.weights"));
    files.putAll(files(resource("apart/model.onnx")));
    return files;
  }

  /** The same with a language model that knows none of its words and costs nothing. */
  static Map<String, byte[]> filesWithLanguageModel(byte[] model) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("lm.bin", LanguageModelTest.weighted(LanguageModelTest.good(), 0, 0, 0));
    files.putAll(files(model));
    return files;
  }

  /** bundle.json for {@code files}. */
  static String json(Map<String, byte[]> files) {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < TEXT.length(); i++) {
      char letter = TEXT.charAt(i);
      tokens.add("" + (letter == ' ' ? 1 : FakeModel.TOKENS.indexOf("" + letter)));
      tokens.add("0");
    }
    List<String> facts = new ArrayList<>();
    files.forEach(
        (name, bytes) ->
            facts.add(
                "\"%s\": {\"bytes\": %d, \"sha256\": \"%s\"}"
                    .formatted(name, bytes.length, sha256(bytes))));
    String languageModelText =
        files.containsKey("lm.bin") ? "\"lm_text\": \"%s\", ".formatted(TEXT) : "";
    return """
        {"format": "malgwi-bundle", "format_version": 2, "name": "Levels", "language": "en",
         "licence": "Apache-2.0", "precision": "fp32",
         "decoding": %s,
         "golden": [{"audio": "golden/1.wav", "text": "%s", %s"tokens": [%s]}],
         "files": {%s},
         "figures": {"wer": 0.25}, "created_by": "a test", "unknown": [1, {"a": null}]}
        """
        .formatted(
            decoding(),
            TEXT,
            languageModelText,
            String.join(", ", tokens),
            String.join(", ", facts));
  }

  /** The entries of a good bundle. */
  static List<Entry> entries(byte[] model) {
    Map<String, byte[]> files = files(model);
    return entries(json(files), files);
  }

  static List<Entry> entries(String json, Map<String, byte[]> files) {
    List<Entry> entries = new ArrayList<>();
    Entry info = new Entry("bundle.json", json.getBytes(StandardCharsets.UTF_8));
    info.deflate = true;
    entries.add(info);
    files.forEach((name, content) -> entries.add(new Entry(name, content)));
    return entries;
  }

  static byte[] good() {
    return zip(entries(resource("level.onnx")));
  }

  static Path write(Path folder, byte[] archive) throws IOException {
    Path path = folder.resolve("x.malgwi");
    Files.write(path, archive);
    return path;
  }

  static Path write(Path folder, String json, Map<String, byte[]> files) throws IOException {
    return write(folder, zip(entries(json, files)));
  }

  static byte[] zip(List<Entry> entries) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream directory = new ByteArrayOutputStream();
    for (Entry entry : entries) {
      int start = out.size();
      byte[] packed = entry.deflate ? deflate(entry.content) : entry.content;
      CRC32 crc = new CRC32();
      crc.update(entry.content);
      int method = entry.method != null ? entry.method : entry.deflate ? 8 : 0;
      long size = entry.statedSize != null ? entry.statedSize : entry.content.length;
      int sum = entry.crc != null ? entry.crc : (int) crc.getValue();
      long packedSize = entry.statedSize != null && method == 0 ? size : packed.length;
      byte[] local = (entry.localName == null ? entry.name : entry.localName).getBytes(UTF);
      out.writeBytes(
          header(30 + local.length)
              .putInt(0x04034B50)
              .putShort((short) 20)
              .putShort((short) entry.flags)
              .putShort((short) method)
              .putInt(0)
              .putInt(sum)
              .putInt((int) packedSize)
              .putInt((int) size)
              .putShort((short) local.length)
              .putShort((short) 0)
              .put(local)
              .array());
      out.writeBytes(packed);
      byte[] name = entry.name.getBytes(UTF);
      directory.writeBytes(
          header(46 + name.length)
              .putInt(0x02014B50)
              .putShort((short) 0x031E)
              .putShort((short) 20)
              .putShort((short) entry.flags)
              .putShort((short) method)
              .putInt(0)
              .putInt(sum)
              .putInt((int) packedSize)
              .putInt((int) size)
              .putShort((short) name.length)
              .putShort((short) 0)
              .putShort((short) 0)
              .putShort((short) 0)
              .putShort((short) 0)
              .putInt((entry.externalType | 0x1A4) << 16)
              .putInt(start)
              .put(name)
              .array());
    }
    int start = out.size();
    out.writeBytes(directory.toByteArray());
    out.writeBytes(
        header(22)
            .putInt(0x06054B50)
            .putInt(0)
            .putShort((short) entries.size())
            .putShort((short) entries.size())
            .putInt(directory.size())
            .putInt(start)
            .putShort((short) 0)
            .array());
    return out.toByteArray();
  }

  private static final java.nio.charset.Charset UTF = StandardCharsets.UTF_8;

  private static ByteBuffer header(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] deflate(byte[] content) {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(content);
    deflater.finish();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[4096];
    while (!deflater.finished()) {
      out.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    return out.toByteArray();
  }

  static String sha256(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return String.format("%064x", new BigInteger(1, digest));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
