package org.malgwi.core;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A model that writes down what it gives for each span of a recording, so that the same recording,
 * begun again in another process, runs none of those spans twice. For one thread and one recording.
 *
 * <p>The file is a list of entries: SHA-256 of the model's hash and the samples (32 bytes), the
 * number of logits (4), the logits (4 each), CRC-32 of the entry so far (4); big-endian. The first
 * entry that isn't of this span ends it: it and what follows are replaced. A file that can't be
 * written any more is left as it was; the recording goes on without it.
 */
final class Journal implements Model {
  private static final int KEY = 32;
  private static final int LEAST = KEY + Integer.BYTES + Integer.BYTES;

  private final Model model;

  /** Null once it can't be read or written. */
  private @Nullable RandomAccessFile file;

  /** Whether there may be more entries from before. */
  private boolean reading = true;

  Journal(Model model, File path) {
    this.model = model;
    try {
      file = new RandomAccessFile(path, "rw");
    } catch (IOException e) {
      file = null;
    }
  }

  /** The most that the file can become, in bytes: what is quiet leaves no entry. */
  static long largest(Decoding decoding, long samples) {
    SegmentPlan plan = decoding.segments();
    int step = plan.window() - plan.left() - plan.right();
    // Windows inside a segment overlap; a segment ends half a pause after its last sound.
    long frames = (decoding.grid().count(samples) + 1L) * plan.window() / step;
    long entries = 2 * samples / Math.min(plan.pause(), plan.gap()) + 1;
    return LEAST * entries + Float.BYTES * frames * decoding.vocab().size();
  }

  @Override
  public FloatBuffer logits(float[] samples, Cancellation cancellation) throws MalgwiException {
    byte[] key = key(samples);
    FloatBuffer known = reading ? known(key) : null;
    if (known != null) {
      return known;
    }
    reading = false;
    FloatBuffer logits = model.logits(samples, cancellation);
    add(key, logits.duplicate());
    return logits;
  }

  private byte[] key(float[] samples) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(model.hash().getBytes(StandardCharsets.US_ASCII));
      ByteBuffer bytes = ByteBuffer.allocate(samples.length * Float.BYTES);
      bytes.asFloatBuffer().put(samples);
      return digest.digest(bytes.array());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The next entry's logits if it is whole and has this key; otherwise null, at its beginning. */
  private @Nullable FloatBuffer known(byte[] key) {
    if (file == null) {
      return null;
    }
    try {
      long start = file.getFilePointer();
      byte[] entry = next(file);
      int end = entry.length - Integer.BYTES;
      if (end > 0
          && crc(entry, end) == ByteBuffer.wrap(entry).getInt(end)
          && Arrays.equals(Arrays.copyOf(entry, KEY), key)) {
        int head = KEY + Integer.BYTES;
        return ByteBuffer.wrap(entry, head, end - head).asFloatBuffer();
      }
      file.seek(start);
    } catch (IOException e) {
      stop();
    }
    return null;
  }

  /** Reads an entry; empty where none follows that the file can hold. */
  private static byte[] next(RandomAccessFile file) throws IOException {
    long start = file.getFilePointer();
    long left = file.length() - start;
    if (left < LEAST) {
      return new byte[0];
    }
    file.seek(start + KEY);
    long length = LEAST + (long) Float.BYTES * file.readInt();
    if (length < LEAST || length > Math.min(left, Integer.MAX_VALUE - 8)) {
      return new byte[0];
    }
    file.seek(start);
    byte[] entry = new byte[(int) length];
    file.readFully(entry);
    return entry;
  }

  private void add(byte[] key, FloatBuffer logits) {
    if (file == null) {
      return;
    }
    int end = KEY + Integer.BYTES + Float.BYTES * logits.remaining();
    ByteBuffer entry = ByteBuffer.allocate(end + Integer.BYTES);
    entry.put(key).putInt(logits.remaining());
    entry.asFloatBuffer().put(logits);
    entry.putInt(end, crc(entry.array(), end));
    try {
      long start = file.getFilePointer();
      file.setLength(start);
      file.write(entry.array());
    } catch (IOException e) {
      stop();
    }
  }

  private static int crc(byte[] bytes, int end) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, end);
    return (int) crc.getValue();
  }

  private void stop() {
    close();
    file = null;
  }

  @Override
  public String hash() {
    return model.hash();
  }

  /** Closes the file; the model stays. */
  @Override
  public void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      // What could be written is.
    }
  }
}
