package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class JoinedMp3Test {
  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> whereJoinedRecordingsBegin() {
    return Golden.tests(
        "joined_mp3.json",
        "cases",
        c -> {
          ByteArrayOutputStream content = new ByteArrayOutputStream();
          for (Golden part : c.children("bytes")) {
            byte[] bytes = HexFormat.of().parseHex(part.string("hex"));
            for (int i = 0; i < part.integer("times"); i++) {
              content.write(bytes);
            }
          }
          assertEquals(c.list("joints"), joints(content.toByteArray()));
        });
  }

  @Test
  void aJointAcrossTwoBlocksIsFound() throws IOException {
    byte[] frame = Arrays.copyOf(HexFormat.of().parseHex("ffe318c0"), 72);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.write(frame);
    content.write(frame);
    content.write(new byte[(1 << 16) - 74]); // blocks are read from behind the first frame
    content.write("ID3\4\0\0\0\0\0\1\0".getBytes(StandardCharsets.US_ASCII));
    content.write(frame);
    content.write(frame);
    assertEquals(List.of((1L << 16) + 70), joints(content.toByteArray()));
  }

  private List<Long> joints(byte[] content) throws IOException {
    Path path = Files.write(folder.resolve("x.mp3"), content);
    try (FileChannel file = FileChannel.open(path)) {
      return JoinedMp3.joints(file, () -> {});
    }
  }
}
