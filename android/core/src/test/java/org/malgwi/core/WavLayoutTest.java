package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WavLayoutTest {
  private static final WavFormat MONO = new WavFormat(false, 16, 1, 16_000);
  private static final int START = 44;
  private static final long GB_4 = 1L << 32;
  private static final String CHUNK = "LIST\4\0\0\0abcd";

  @Test
  void aRightHeaderIsBelieved() throws IOException {
    assertEquals(new WavLayout(MONO, START, 1_000, 1_000, ""), layout(1_000, 1_000));
  }

  @Test
  void aCutFileClaimsMoreThanItHolds() throws IOException {
    WavLayout cut = layout(24_000, 16_000);
    assertEquals(new WavLayout(MONO, START, 24_000, 16_000, ""), cut);
    assertEquals(0.75, cut.seconds());
    assertEquals(0.25, cut.missingSeconds());
  }

  @Test
  void sizesThatNobodyKnewClaimNothing() throws IOException {
    assertEquals(new WavLayout(MONO, START, 0, 1_000, ""), layout(2_000_000_000L, 1_000));
    assertEquals(new WavLayout(MONO, START, 0, 1_000, ""), layout(GB_4 - 1, 1_000));
    assertEquals(
        new WavLayout(MONO, START, 1_999_999_999L, 1_000, ""), layout(1_999_999_999L, 1_000));
  }

  @Test
  void soundBehindTheSizeIsHeld() throws IOException {
    String wrong = "its header says 200 bytes of sound, the file holds 1,000";
    assertEquals(new WavLayout(MONO, START, 1_000, 1_000, wrong), layout(200, 1_000));
  }

  @Test
  void sizesBeginAnewAt4Gb() throws IOException {
    long size = 2 * GB_4 + 1_000;
    String wrong = "its header says 1,000 bytes of sound, the file holds 8,589,935,592";
    assertEquals(new WavLayout(MONO, START, size, size, wrong), layout(1_000, size, CHUNK));
  }

  @Test
  void anotherFileThatWasJoinedIsClaimed() throws IOException {
    byte[] one = WavTest.pcm16(16_000, new float[8_000]);
    byte[] both = Arrays.copyOf(one, one.length + 12 + one.length);
    System.arraycopy(CHUNK.getBytes(StandardCharsets.US_ASCII), 0, both, one.length, 12);
    System.arraycopy(one, 0, both, one.length + 12, one.length);
    long claimed = 16_000 + 12 + 44 + 16_000;
    WavLayout found = WavLayout.of(Bytes.of(both), "x.wav");
    assertEquals(new WavLayout(MONO, START, claimed, 16_000, ""), found);
    assertEquals((12 + 44 + 16_000) / 32_000.0, found.missingSeconds());
  }

  /** Of a file whose header says {@code said} bytes of samples, and that holds so many zeros. */
  private static WavLayout layout(long said, long held) throws IOException {
    return layout(said, held, "");
  }

  private static WavLayout layout(long said, long held, String tail) throws IOException {
    byte[] header = WavTest.pcm16(16_000, new float[0]);
    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putInt(START - 4, (int) said);
    return WavLayout.of(new Zeros(header, held, tail), "x.wav");
  }

  /** A file that isn't there: more zeros than memory has room for, between a head and a tail. */
  private static final class Zeros implements Bytes {
    private final byte[] head;
    private final long tailStart;
    private final byte[] tail;

    Zeros(byte[] head, long zeros, String tail) {
      this.head = head;
      this.tailStart = head.length + zeros;
      this.tail = tail.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public int read(ByteBuffer buffer, long place) {
      int count = (int) Math.min(buffer.remaining(), size() - place);
      for (long i = place; i < place + count; i++) {
        buffer.put(at(i));
      }
      return count > 0 ? count : -1;
    }

    private byte at(long place) {
      if (place < head.length) {
        return head[(int) place];
      }
      return place < tailStart ? 0 : tail[(int) (place - tailStart)];
    }

    @Override
    public long size() {
      return tailStart + tail.length;
    }

    @Override
    public void close() {}
  }
}
