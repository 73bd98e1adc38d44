package org.malgwi.app.files;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** WAV files of any length that take no space: their zeros are a hole. */
final class LongWav {
  private LongWav() {}

  static File silence(File file, int seconds) throws IOException {
    int bytes = 2 * 16_000 * seconds;
    ByteBuffer header = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN);
    header.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + bytes);
    header.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16);
    header.putShort((short) 1).putShort((short) 1).putInt(16_000).putInt(32_000);
    header.putShort((short) 2).putShort((short) 16);
    header.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(bytes);
    try (RandomAccessFile out = new RandomAccessFile(file, "rw")) {
      out.write(header.array());
      out.setLength(44L + bytes);
    }
    return file;
  }
}
