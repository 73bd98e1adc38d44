package org.malgwi.app.listen;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.malgwi.app.sound.PcmFile;
import org.malgwi.app.speak.Speech;
import org.robolectric.util.ReflectionHelpers;

/**
 * A disk that becomes full while {@link Speech} records: no test can fill a real one. It takes what
 * still fits, as disks do, and then nothing; what it holds can be read as before.
 */
public final class FullDisk extends FileChannel {
  private final FileChannel file;
  private final long room;

  private FullDisk(FileChannel file, long room) {
    this.file = file;
    this.room = room;
  }

  /** Lets the recording that is being made grow to {@code room} bytes. */
  public static void after(Speech speech, long room) {
    Object live = ReflectionHelpers.getField(speech, "live");
    Dictation dictation = ReflectionHelpers.getField(live, "dictation");
    PcmFile pcm = ReflectionHelpers.getField(dictation, "file");
    FileChannel real = ReflectionHelpers.getField(pcm, "channel");
    ReflectionHelpers.setField(pcm, "channel", new FullDisk(real, room));
  }

  @Override
  public int write(ByteBuffer from, long at) throws IOException {
    if (at >= room) {
      throw new IOException("No space left on device");
    }
    int fits = (int) Math.min(from.remaining(), room - at);
    ByteBuffer part = from.slice().limit(fits);
    int written = file.write(part, at);
    from.position(from.position() + written);
    return written;
  }

  @Override
  public int read(ByteBuffer to, long at) throws IOException {
    return file.read(to, at);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    file.close();
  }

  // What PcmFile doesn't use.

  private static UnsupportedOperationException unused() {
    return new UnsupportedOperationException("a recording is written and read at positions");
  }

  @Override
  public int read(ByteBuffer to) {
    throw unused();
  }

  @Override
  public long read(ByteBuffer[] to, int offset, int length) {
    throw unused();
  }

  @Override
  public int write(ByteBuffer from) {
    throw unused();
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) {
    throw unused();
  }

  @Override
  public long position() {
    throw unused();
  }

  @Override
  public FileChannel position(long at) {
    throw unused();
  }

  @Override
  public long size() {
    throw unused();
  }

  @Override
  public FileChannel truncate(long size) {
    throw unused();
  }

  @Override
  public void force(boolean facts) {
    throw unused();
  }

  @Override
  public long transferTo(long at, long count, WritableByteChannel to) {
    throw unused();
  }

  @Override
  public long transferFrom(ReadableByteChannel from, long at, long count) {
    throw unused();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long at, long size) {
    throw unused();
  }

  @Override
  public FileLock lock(long at, long size, boolean shared) {
    throw unused();
  }

  @Override
  public FileLock tryLock(long at, long size, boolean shared) {
    throw unused();
  }
}
