package org.malgwi.core;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** The chunks of a RIFF file, whose sizes may be wrong: where they begin and end, what follows. */
final class RiffChunks {
  /** Where the first one begins: behind RIFF, a size, WAVE. */
  static final int FIRST = 12;

  /** Bytes of a chunk before its content: its name and its size. */
  private static final int HEADER = 8;

  private static final int NAME = 4;

  /** Chunks that are taken for such even where the file ends within them. */
  private static final Set<String> KNOWN =
      Set.of("fmt ", "data", "LIST", "fact", "id3 ", "ID3 ", "bext", "iXML", "JUNK", "cue ");

  private final Bytes file;

  /**
   * What the header of a chunk says.
   *
   * @param name four letters
   * @param start the place of its content
   * @param size bytes of content
   */
  record Chunk(String name, long start, long size) {
    /** Whether four printable letters name it, as all that are in use. */
    boolean isNamed() {
      return name.chars().allMatch(letter -> letter >= 0x20 && letter < 0x7F);
    }

    /** Where the next one begins: those of odd length are padded. */
    long end() {
      return start + size + (size & 1);
    }
  }

  RiffChunks(Bytes file) {
    this.file = file;
  }

  /** Where the file ends. */
  long end() throws IOException {
    return file.size();
  }

  /**
   * Whether a WAV file begins at a place.
   *
   * @throws EOFException where the file ends before that can be said
   */
  boolean isWav(long place) throws IOException {
    byte[] riff = read(place, FIRST);
    return name(riff, 0).equals("RIFF") && name(riff, HEADER).equals("WAVE");
  }

  /**
   * The chunk that begins at a place.
   *
   * @throws EOFException where the file ends within its header
   */
  Chunk at(long place) throws IOException {
    byte[] header = read(place, HEADER);
    long size = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt(NAME) & 0xFFFFFFFFL;
    return new Chunk(name(header, 0), place + HEADER, size);
  }

  /**
   * The bytes at a place.
   *
   * @throws EOFException where the file ends within them
   */
  byte[] read(long place, int count) throws IOException {
    byte[] found = new byte[count];
    if (file.fill(found, place) < count) {
      throw new EOFException();
    }
    return found;
  }

  /** Where content of a size ends, the padding of an odd one included, which some forget. */
  long behind(long start, long size) throws IOException {
    long end = start + size;
    if ((size & 1) == 0) {
      return end;
    }
    byte[] next = new byte[NAME];
    return file.fill(next, end) == NAME && KNOWN.contains(name(next, 0)) ? end : end + 1;
  }

  /** Whether nothing but chunks stands between a place and the end of the file. */
  boolean onlyChunksFrom(long begin) throws IOException {
    long end = file.size();
    long place = begin;
    while (end - place >= HEADER) {
      Chunk chunk = at(place);
      if (place == begin && KNOWN.contains(chunk.name)) {
        return true;
      }
      if (!chunk.isNamed()) {
        return false;
      }
      place = chunk.end();
    }
    return place <= end + 1;
  }

  /** Whether another WAV file stands at a place, or behind chunks there. */
  boolean anotherWavFrom(long begin) throws IOException {
    long place = begin;
    while (file.size() - place >= FIRST) {
      if (isWav(place)) {
        return true;
      }
      Chunk chunk = at(place);
      if (!chunk.isNamed()) {
        return false;
      }
      place = chunk.end();
    }
    return false;
  }

  private static String name(byte[] bytes, int at) {
    return new String(bytes, at, NAME, StandardCharsets.ISO_8859_1);
  }
}
