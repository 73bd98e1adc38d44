package org.malgwi.app.models;

import java.util.concurrent.atomic.AtomicBoolean;
import org.malgwi.core.Recognizer;

/** The right to use a loaded recogniser until it is closed. Thread-safe. */
public final class Lease implements AutoCloseable {
  private final Installed installed;
  private final Recognizer recognizer;
  private final Runnable giveBack;
  private final AtomicBoolean closed = new AtomicBoolean();

  Lease(Installed installed, Recognizer recognizer, Runnable giveBack) {
    this.installed = installed;
    this.recognizer = recognizer;
    this.giveBack = giveBack;
  }

  public Installed installed() {
    return installed;
  }

  /** Not to be closed: others may use it too. */
  public Recognizer recognizer() {
    return recognizer;
  }

  /** Gives it back; returns at once. Finish streams first. May be called twice. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      giveBack.run();
    }
  }
}
