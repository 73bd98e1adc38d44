package org.malgwi.core;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A file's bytes by their place, whether it lies on a disk or in memory. */
interface Bytes extends Closeable {
  /** Reads into the buffer, at most until it is full; negative past the end. */
  int read(ByteBuffer buffer, long place) throws IOException;

  long size() throws IOException;

  /** Reads until the array is full or the file ends; returns the count. */
  default int fill(byte[] into, long place) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(into);
    int size = 0;
    int count;
    while (buffer.hasRemaining() && (count = read(buffer, place + size)) >= 0) {
      size += count;
    }
    return size;
  }

  /** Those of a seekable file, which is closed with them. */
  static Bytes of(FileChannel file) {
    return new Bytes() {
      @Override
      public int read(ByteBuffer buffer, long place) throws IOException {
        return file.read(buffer, place);
      }

      @Override
      public long size() throws IOException {
        return file.size();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }

  /** Those of an array. */
  static Bytes of(byte[] content) {
    return new Bytes() {
      @Override
      public int read(ByteBuffer buffer, long place) {
        if (place >= content.length) {
          return -1;
        }
        int count = Math.min(buffer.remaining(), content.length - (int) place);
        buffer.put(content, (int) place, count);
        return count;
      }

      @Override
      public long size() {
        return content.length;
      }

      @Override
      public void close() {}
    };
  }
}
