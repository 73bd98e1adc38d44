package org.malgwi.core;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A user's text file: UTF-8, or what a mark at its head says. The twin of {@code text_file.py},
 * which also tries encodings that a language suggests.
 */
final class TextFile {
  private static final String MARK = "\uFEFF";

  /** By the bytes of the mark; the longer ones first, for UTF-32's begins with UTF-16's. */
  private static final Map<String, String> MARKED = new LinkedHashMap<>();

  static {
    MARKED.put("\u00FF\u00FE\0\0", "UTF-32LE");
    MARKED.put("\0\0\u00FE\u00FF", "UTF-32BE");
    MARKED.put("\u00FF\u00FE", "UTF-16LE");
    MARKED.put("\u00FE\u00FF", "UTF-16BE");
  }

  private TextFile() {}

  /** The text without its mark, every end of a line as a line feed. */
  static String read(File file) throws MalgwiException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file.toPath());
    } catch (IOException e) {
      throw new MalgwiException(file + ": can't be read; give a text file", e);
    }
    return read(file.toString(), bytes);
  }

  /** The same of a file's content; {@code file} is what errors call it. */
  static String read(String file, byte[] bytes) throws MalgwiException {
    String text = text(file, bytes);
    if (text.indexOf('\0') >= 0) { // UTF-16 of plain letters is UTF-8, too
      throw new MalgwiException(
          file + ": not UTF-8 text (a zero in it), nor UTF-16 with a mark; convert it to UTF-8");
    }
    return (text.startsWith(MARK) ? text.substring(1) : text).replaceAll("\r\n?", "\n");
  }

  private static String text(String file, byte[] bytes) throws MalgwiException {
    String head = new String(bytes, 0, Math.min(4, bytes.length), StandardCharsets.ISO_8859_1);
    String name =
        MARKED.entrySet().stream()
            .filter(mark -> head.startsWith(mark.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse("UTF-8");
    ByteBuffer content = ByteBuffer.wrap(bytes);
    try {
      return Charset.forName(name).newDecoder().decode(content).toString();
    } catch (CharacterCodingException e) {
      throw new MalgwiException(
          file
              + ": not "
              + name
              + " (byte "
              + content.position()
              + "); convert it from what its program wrote, such as: iconv -f cp949 -t utf-8 OLD >"
              + " NEW (cp949 is Korean)",
          e);
    }
  }
}
