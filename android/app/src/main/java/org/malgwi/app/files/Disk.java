package org.malgwi.app.files;

import java.io.IOException;
import java.io.OutputStream;
import java.util.function.LongSupplier;

/** The phone's storage: what there is room for, and what it is to a person when there is none. */
final class Disk {
  /** Space that is left to the phone, in bytes. */
  private static final long SPARE = 32_000_000;

  private final LongSupplier freeBytes;

  /**
   * @param freeBytes space that is left where the app's files lie
   */
  Disk(LongSupplier freeBytes) {
    this.freeBytes = freeBytes;
  }

  boolean hasRoom(long more) {
    return freeBytes.getAsLong() >= more + SPARE;
  }

  void checkRoom(long more) throws FileProblemException {
    if (!hasRoom(more)) {
      throw new FileProblemException(
          FileProblem.NO_SPACE,
          (more + SPARE) / 1_000_000
              + " MB are needed; "
              + freeBytes.getAsLong() / 1_000_000
              + " MB are free");
    }
  }

  /** Writes; what that throws is the storage's fault. */
  static void write(OutputStream out, byte[] bytes, int count) throws FileProblemException {
    try {
      out.write(bytes, 0, count);
    } catch (IOException e) {
      throw full(e);
    }
  }

  /** What a failure to write is to a person. */
  static FileProblemException full(IOException e) {
    return new FileProblemException(
        FileProblem.NO_SPACE, "writing failed (" + e.getMessage() + ")", e);
  }
}
