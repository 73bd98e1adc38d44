package org.malgwi.android;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.core.JoinedMp3;

/**
 * One recording of a file, which may hold several behind each other.
 *
 * @param length in bytes; negative for the whole file
 */
record FilePart(FileDescriptor file, long begin, long length) {
  static FilePart whole(FileDescriptor file) {
    return new FilePart(file, 0, -1);
  }

  /**
   * The MP3s that a file was joined from, since a decoder that is given all takes them for one; any
   * other file is one.
   *
   * @param alive called on the way
   */
  static List<FilePart> of(FileDescriptor file, Runnable alive) throws IOException {
    // Reads by place and is never closed, since the file is the caller's.
    FileChannel channel = new FileInputStream(file).getChannel();
    List<Long> borders = new ArrayList<>(JoinedMp3.joints(channel, alive));
    if (borders.isEmpty()) {
      return List.of(whole(file));
    }
    borders.add(0, 0L);
    borders.add(channel.size());
    List<FilePart> parts = new ArrayList<>();
    for (int i = 1; i < borders.size(); i++) {
      long begin = borders.get(i - 1);
      parts.add(new FilePart(file, begin, borders.get(i) - begin));
    }
    return parts;
  }
}
