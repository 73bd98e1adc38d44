package org.malgwi.core;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where recordings begin that somebody joined to the first one of an MP3 file: a tag or an
 * encoder's note in the middle says so. What has neither goes on as one stream. Python's {@code
 * mpeg.py} has the same rules.
 */
public final class JoinedMp3 {
  private static final int BLOCK = 1 << 16;

  /** Bytes that hold a frame and the header of the next one. */
  private static final int TWO_FRAMES = 4096;

  private static final int TAG_HEADER = 10;
  private static final int FRAME_HEADER = 4;

  /** Of a note; a tag's is shorter. */
  private static final int NAME = 4;

  private static final int VBRI_PLACE = 36;
  private static final int[] NOTE_PLACES = {13, 21, 36};
  private static final int[] RATES = {44_100, 48_000, 32_000};

  /** In kbit/s, of MPEG-1 by layer and of MPEG-2; the index 0 is "free". */
  private static final int[][] BIT_RATES = {
    {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
  };

  private final FileChannel file;

  /** The header of an MPEG audio frame: its size, and where an encoder's note stands in it. */
  private record Frame(int layer, int rate, int size, int note) {}

  private JoinedMp3(FileChannel file) {
    this.file = file;
  }

  /**
   * Reads a whole MP3 file, and of others the beginning.
   *
   * @param file read by place
   * @param alive called on the way
   * @return where others than the first begin, in bytes
   * @throws IOException when it can't be read
   */
  public static List<Long> joints(FileChannel file, Runnable alive) throws IOException {
    return new JoinedMp3(file).joints(alive);
  }

  private List<Long> joints(Runnable alive) throws IOException {
    List<Long> found = new ArrayList<>();
    long behind = behindFirst(0);
    if (behind == 0) {
      return found; // none, or cut from a stream: it begins with half a frame
    }
    long at = behind;
    byte[] block = bytes(at, BLOCK);
    while (block.length >= NAME) {
      alive.run();
      int last = block.length - NAME;
      for (int i = 0; i <= last; i++) {
        if (at + i < behind || (block[i] != 'I' && block[i] != 'X' && block[i] != 'V')) {
          continue;
        }
        long begin = beginning(at + i, new String(block, i, NAME, StandardCharsets.ISO_8859_1));
        long end = begin < 0 ? begin : behindFirst(begin);
        if (end > begin) {
          found.add(begin);
          behind = end;
        }
      }
      at = Math.max(at + last + 1, behind);
      block = bytes(at, BLOCK);
    }
    return found;
  }

  /** Where a recording begins that a name tells of; negative where the name is there by chance. */
  private long beginning(long place, String name) throws IOException {
    if (name.startsWith("ID3")) {
      return place;
    }
    boolean isVbri = name.equals("VBRI");
    if (!isVbri && !name.equals("Xing") && !name.equals("Info")) {
      return -1;
    }
    for (int offset : isVbri ? new int[] {VBRI_PLACE} : NOTE_PLACES) {
      if (offset <= place) {
        Frame frame = frame(bytes(place - offset, FRAME_HEADER), 0);
        if (frame != null && (isVbri || frame.note == offset)) {
          return place - offset;
        }
      }
    }
    return -1;
  }

  /** Where the first frame ends; {@code begin} where no two frames are, nor tags and two frames. */
  private long behindFirst(long begin) throws IOException {
    long place = begin;
    int size;
    while ((size = tagSize(bytes(place, TAG_HEADER))) > 0) {
      place += size;
    }
    byte[] opening = bytes(place, TWO_FRAMES);
    Frame first = frame(opening, 0);
    if (first == null) {
      return begin;
    }
    Frame second = frame(opening, first.size);
    boolean isMp3 = second != null && first.layer == second.layer && first.rate == second.rate;
    return isMp3 ? place + first.size : begin;
  }

  private static int tagSize(byte[] head) {
    if (head.length < TAG_HEADER || head[0] != 'I' || head[1] != 'D' || head[2] != '3') {
      return 0;
    }
    int size = 0;
    for (int i = 6; i < TAG_HEADER; i++) {
      size = (size << 7) | (head[i] & 127);
    }
    return TAG_HEADER + size;
  }

  /** The frame whose header stands at a place, or null. */
  private static @Nullable Frame frame(byte[] content, int at) {
    if (content.length - at < FRAME_HEADER
        || content[at] != -1
        || (content[at + 1] & 0xE0) != 0xE0) {
      return null;
    }
    int version = content[at + 1] >> 3 & 3;
    int layer = 4 - (content[at + 1] >> 1 & 3);
    int bitRate = content[at + 2] >> 4 & 15;
    int rate = content[at + 2] >> 2 & 3;
    if (version == 1 || layer == 4 || bitRate == 0 || bitRate == 15 || rate == 3) {
      return null;
    }
    boolean isMpeg1 = version == 3;
    int hertz = RATES[rate] >> (isMpeg1 ? 0 : version == 2 ? 1 : 2);
    int bits = 1000 * BIT_RATES[isMpeg1 ? layer - 1 : layer == 1 ? 3 : 4][bitRate];
    int padding = content[at + 2] >> 1 & 1;
    int size =
        layer == 1
            ? (12 * bits / hertz + padding) * 4
            : (isMpeg1 || layer == 2 ? 144 : 72) * bits / hertz + padding;
    boolean isMono = (content[at + 3] >> 6 & 3) == 3;
    int note = FRAME_HEADER + (isMpeg1 ? (isMono ? 17 : 32) : (isMono ? 9 : 17));
    return new Frame(layer, hertz, size, note);
  }

  /** As many bytes from a place on, or fewer where the file ends. */
  private byte[] bytes(long place, int most) throws IOException {
    ByteBuffer found = ByteBuffer.allocate(most);
    int count = 0;
    while (found.hasRemaining() && count >= 0) {
      count = file.read(found, place + found.position());
    }
    return Arrays.copyOf(found.array(), found.position());
  }
}
