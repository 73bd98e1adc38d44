package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RiffChunksTest {
  @Test
  void aChunkIsItsNameItsSizeAndItsContent() throws IOException {
    RiffChunks.Chunk chunk = chunks("..abcd\3\0\0\0xyz").at(2);
    assertEquals(new RiffChunks.Chunk("abcd", 10, 3), chunk);
    assertEquals(14, chunk.end());
    assertEquals(0xFFFFFFFEL, chunks("abcd\u00FE\u00FF\u00FF\u00FF").at(0).size());
    assertThrows(EOFException.class, () -> chunks("abcd\3\0\0").at(0));
  }

  @Test
  void oddContentIsPaddedUnlessAKnownChunkFollowsAtOnce() throws IOException {
    assertEquals(4, chunks("wxyzdata").behind(0, 4));
    assertEquals(4, chunks("xyz\0data").behind(0, 3));
    assertEquals(3, chunks("xyzdata").behind(0, 3));
    assertEquals(4, chunks("xyzabcd").behind(0, 3));
    assertEquals(4, chunks("xyz").behind(0, 3));
  }

  @Test
  void chunksReachTheEndOrAreKnown() throws IOException {
    assertTrue(chunks("").onlyChunksFrom(0));
    assertTrue(chunks("1234567").onlyChunksFrom(0)); // no room for a header
    assertTrue(chunks("abcd\2\0\0\0xyefgh\1\0\0\0x").onlyChunksFrom(0)); // not padded
    assertFalse(chunks("abcd\7\0\0\0x").onlyChunksFrom(0));
    assertTrue(chunks("LIST\7\0\0\0x").onlyChunksFrom(0));
    assertFalse(chunks("abcd\0\0\0\0LIST\7\0\0\0x").onlyChunksFrom(0));
    assertFalse(chunks("\1\2\3\4\0\0\0\0").onlyChunksFrom(0));
  }

  @Test
  void anotherWavMayStandBehindChunks() throws IOException {
    String wav = "RIFF\0\0\0\0WAVE";
    assertTrue(chunks(wav).anotherWavFrom(0));
    assertTrue(chunks("abcd\2\0\0\0xy" + wav).anotherWavFrom(0));
    assertFalse(chunks("abcd\2\0\0\0x" + wav).anotherWavFrom(0));
    assertFalse(chunks("\1\2\3\4\0\0\0\0" + wav).anotherWavFrom(0));
    assertFalse(chunks("RIFF\0\0\0\0WAV").anotherWavFrom(0));
    assertThrows(EOFException.class, () -> chunks("RIFF\0\0\0\0WAV").isWav(0));
  }

  private static RiffChunks chunks(String content) {
    return new RiffChunks(Bytes.of(content.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
