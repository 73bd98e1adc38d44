package org.malgwi.core;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * Where a bundle's files lie: an archive or a folder, both held to the limits of docs/bundle.md.
 * Immutable; every {@link #open} is independent of the others.
 *
 * <p>The archive is read here and not by java.util.zip.ZipFile, which hides what must be refused
 * (links, encryption, overlapping entries) and differs between the JDK and Android's versions.
 */
sealed interface Container {
  /** The size that a file is said to have, or -1 when it isn't there. */
  long size(String name);

  /** The names of all files, for an archive; of those that may not be unlisted, for a folder. */
  Set<String> names();

  /** Opens a file whose {@link #size} isn't -1. */
  InputStream open(String name) throws IOException;

  /** Where the bytes of a file lie, whose {@link #size} isn't -1 and which isn't packed. */
  Place place(String name);

  /** A stretch of a file from {@code offset} on. */
  record Place(File file, long offset) {}

  String MODEL = "model.onnx";

  /** The large weights of a model that has them apart, which is mapped, not read. */
  String WEIGHTS = "model.weights";

  String LANGUAGE_MODEL = "lm.bin";
  String DETECTOR = "detector.onnx";
  String INFO = "bundle.json";
  Pattern NAME = Pattern.compile("(golden/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  static Container at(File path) throws IOException {
    if (path.isDirectory()) {
      return new Folder(path);
    }
    if (!path.isFile()) {
      throw new MalgwiException(path + ": no such file; expected a .malgwi bundle");
    }
    return Archive.read(path);
  }

  /** The most bytes that a file of this name may have. */
  static long largest(String name) {
    return switch (name) {
      case MODEL, WEIGHTS, LANGUAGE_MODEL -> Integer.MAX_VALUE;
      case "README.md" -> 1 << 20;
      default -> 1 << 22;
    };
  }

  /** Says whether a file of this name must not be packed: it is large, or packing gains nothing. */
  private static boolean isStored(String name) {
    return largest(name) == Integer.MAX_VALUE || name.equals(DETECTOR);
  }

  private static MalgwiException damaged(File path, String what) {
    return new MalgwiException(path + ": damaged: " + what + "; copy it again, or export it again");
  }

  /** A folder with a bundle's files in it. */
  record Folder(File root) implements Container {
    @Override
    public long size(String name) {
      File file = new File(root, name);
      // "golden" itself must not be a link either.
      boolean inside = isPlain(file.getParentFile(), true) || file.getParentFile().equals(root);
      return inside && isPlain(file, false) ? file.length() : -1;
    }

    private static boolean isPlain(File file, boolean folder) {
      return folder
          ? Files.isDirectory(file.toPath(), LinkOption.NOFOLLOW_LINKS)
          : Files.isRegularFile(file.toPath(), LinkOption.NOFOLLOW_LINKS);
    }

    /** Others stay closed; weights are opened by onnxruntime, where the model names them. */
    @Override
    public Set<String> names() {
      return Files.exists(new File(root, WEIGHTS).toPath(), LinkOption.NOFOLLOW_LINKS)
          ? Set.of(WEIGHTS)
          : Set.of();
    }

    @Override
    public InputStream open(String name) throws IOException {
      return new FileInputStream(new File(root, name));
    }

    @Override
    public Place place(String name) {
      return new Place(new File(root, name), 0);
    }
  }

  /** A ZIP archive; its central directory is what counts. */
  record Archive(File file, Map<String, Entry> entries) implements Container {
    private static final int END_SIZE = 22;
    private static final int HEADER_SIZE = 46;
    private static final int LOCAL_SIZE = 30;
    private static final int MOST_ENTRIES = 64;
    private static final int LARGEST_DIRECTORY = 1 << 16;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    /** One entry of the central directory; {@code dataStart} is where its bytes begin. */
    record Entry(
        String name, int method, long crc, long packedSize, long size, long start, long dataStart) {
      long end() {
        return dataStart + packedSize;
      }
    }

    static Archive read(File path) throws IOException {
      try (RandomAccessFile file = new RandomAccessFile(path, "r")) {
        ByteBuffer end = bytes(file, Math.max(0, file.length() - END_SIZE), END_SIZE, path);
        // The record must end the file: a comment could hide a second one.
        if (end.getInt(0) != 0x06054B50 || end.getShort(20) != 0) {
          if (bytes(file, 0, 2, path).getShort(0) != 0x4B50) {
            throw new MalgwiException(
                path + ": no ZIP archive; expected a bundle from `malgwi export`");
          }
          throw new MalgwiException(
              path
                  + ": doesn't end as a ZIP archive without comment does; it is cut off or no"
                  + " bundle. Copy it again");
        }
        int count = u16(end, 10);
        if (end.getInt(4) != 0 || u16(end, 8) != count || count < 1 || count > MOST_ENTRIES) {
          throw damaged(path, count + " entries; expected 1 to " + MOST_ENTRIES + " on one disk");
        }
        long length = u32(end, 12);
        long start = u32(end, 16);
        if (length > LARGEST_DIRECTORY || start + length != file.length() - END_SIZE) {
          throw damaged(
              path,
              "its table of contents ("
                  + length
                  + " bytes at "
                  + start
                  + ") isn't where it belongs");
        }
        return new Archive(path, directory(path, file, start, (int) length, count));
      }
    }

    private static Map<String, Entry> directory(
        File path, RandomAccessFile file, long start, int length, int count) throws IOException {
      ByteBuffer directory = bytes(file, start, length, path);
      Map<String, Entry> entries = new LinkedHashMap<>();
      Set<String> folded = new HashSet<>();
      int at = 0;
      for (int i = 0; i < count; i++) {
        if (at + HEADER_SIZE > length || directory.getInt(at) != 0x02014B50) {
          throw damaged(path, "entry " + (i + 1) + " of its table of contents is broken");
        }
        int nameLength = u16(directory, at + 28);
        int size = HEADER_SIZE + nameLength + u16(directory, at + 30) + u16(directory, at + 32);
        if (at + size > length) {
          throw damaged(path, "entry " + (i + 1) + " of its table of contents is cut off");
        }
        Entry entry = entry(path, file, directory, at, nameLength);
        if (!folded.add(entry.name.toLowerCase(Locale.ROOT))) {
          throw damaged(path, "two entries are named " + entry.name);
        }
        entries.put(entry.name, entry);
        at += size;
      }
      checkPlaces(path, new ArrayList<>(entries.values()), start);
      return entries;
    }

    private static Entry entry(
        File path, RandomAccessFile file, ByteBuffer directory, int at, int nameLength)
        throws IOException {
      String name = latin1(directory, at + HEADER_SIZE, nameLength);
      if (!NAME.matcher(name).matches()) {
        throw damaged(
            path,
            "an entry's name, \"" + shown(name) + "\", isn't one that a bundle may" + " hold");
      }
      int flags = u16(directory, at + 8);
      int method = u16(directory, at + 10);
      long packedSize = u32(directory, at + 20);
      long size = u32(directory, at + 24);
      long start = u32(directory, at + 42);
      int type = u16(directory, at + 40) & 0xF000;
      if ((flags & 0x2041) != 0) {
        throw damaged(path, name + " is encrypted");
      }
      if (method != STORED && method != DEFLATED) {
        throw damaged(path, name + " is packed by method " + method + "; expected 0 or 8");
      }
      if (method == STORED && packedSize != size) {
        throw damaged(path, name + " is stored, but in " + packedSize + " of " + size + " bytes");
      }
      if (isStored(name) && method != STORED) {
        throw damaged(path, name + " is deflated; expected stored");
      }
      if (type != 0 && type != 0x8000) {
        throw damaged(path, name + " isn't a plain file (a link or a folder)");
      }
      if (size > largest(name)) {
        throw damaged(path, name + " has " + size + " bytes; a bundle may hold " + largest(name));
      }
      ByteBuffer local = bytes(file, start, LOCAL_SIZE, path);
      long dataStart = start + LOCAL_SIZE + u16(local, 26) + u16(local, 28);
      if (local.getInt(0) != 0x04034B50) {
        throw damaged(path, name + " isn't where the table of contents says");
      }
      ByteBuffer localName = bytes(file, start + LOCAL_SIZE, u16(local, 26), path);
      if (!latin1(localName, 0, localName.limit()).equals(name)) {
        throw damaged(path, name + " has another name in front of its bytes");
      }
      return new Entry(name, method, u32(directory, at + 16), packedSize, size, start, dataStart);
    }

    /** Refuses entries that share bytes with each other or with the table of contents. */
    private static void checkPlaces(File path, List<Entry> entries, long end)
        throws MalgwiException {
      entries.sort(Comparator.comparingLong(Entry::start));
      for (int i = 0; i < entries.size(); i++) {
        long limit = i + 1 < entries.size() ? entries.get(i + 1).start : end;
        if (entries.get(i).end() > limit) {
          throw damaged(path, entries.get(i).name + " reaches into what follows it");
        }
      }
    }

    private static ByteBuffer bytes(RandomAccessFile file, long at, int count, File path)
        throws IOException {
      byte[] bytes = new byte[count];
      file.seek(at);
      try {
        file.readFully(bytes);
      } catch (EOFException e) {
        throw new MalgwiException(path + ": cut off, or no bundle; copy it again", e);
      }
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String latin1(ByteBuffer bytes, int at, int length) {
      StringBuilder text = new StringBuilder(length);
      for (int i = at; i < at + length; i++) {
        text.append((char) (bytes.get(i) & 0xFF));
      }
      return text.toString();
    }

    private static int u16(ByteBuffer bytes, int at) {
      return bytes.getShort(at) & 0xFFFF;
    }

    private static long u32(ByteBuffer bytes, int at) {
      return bytes.getInt(at) & 0xFFFFFFFFL;
    }

    private static String shown(String name) {
      String text = name.replaceAll("[^ -~]", "?");
      return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }

    @Override
    public long size(String name) {
      Entry entry = entries.get(name);
      return entry == null ? -1 : entry.size;
    }

    @Override
    public Set<String> names() {
      return entries.keySet();
    }

    private Entry known(String name) {
      return Objects.requireNonNull(entries.get(name), name);
    }

    @Override
    public Place place(String name) {
      return new Place(file, known(name).dataStart);
    }

    @Override
    public InputStream open(String name) throws IOException {
      Entry entry = known(name);
      FileInputStream whole = new FileInputStream(file);
      whole.getChannel().position(entry.dataStart);
      InputStream packed = new BufferedInputStream(new Slice(whole, entry.packedSize), 1 << 16);
      InputStream plain =
          entry.method == STORED ? packed : new Inflated(packed, new Inflater(true));
      return new Checked(plain, entry.crc, file + ": damaged: " + name);
    }
  }

  /** Reads one byte of a stream by its method for many. */
  private static int readOne(InputStream in) throws IOException {
    byte[] one = new byte[1];
    return in.read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  /** The next {@code left} bytes of a stream. */
  final class Slice extends FilterInputStream {
    private long left;

    Slice(InputStream in, long left) {
      super(in);
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      return readOne(this);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = left == 0 ? -1 : in.read(buffer, offset, (int) Math.min(length, left));
      left -= Math.max(0, count);
      return count;
    }
  }

  /** Frees the inflater's native memory, which InflaterInputStream does only for its own. */
  final class Inflated extends InflaterInputStream {
    Inflated(InputStream in, Inflater inflater) {
      super(in, inflater, 1 << 13);
    }

    @Override
    public void close() throws IOException {
      inf.end();
      super.close();
    }
  }

  /** Compares the CRC-32 at the end. */
  final class Checked extends FilterInputStream {
    private final CheckedInputStream checked;
    private final long crc;
    private final String where;

    Checked(InputStream in, long crc, String where) {
      this(new CheckedInputStream(in, new CRC32()), crc, where);
    }

    private Checked(CheckedInputStream in, long crc, String where) {
      super(in);
      this.checked = in;
      this.crc = crc;
      this.where = where;
    }

    @Override
    public int read() throws IOException {
      return readOne(this);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = super.read(buffer, offset, length);
      if (count < 0 && checked.getChecksum().getValue() != crc) {
        throw new MalgwiException(where + " has another CRC-32; copy it again");
      }
      return count;
    }
  }
}
