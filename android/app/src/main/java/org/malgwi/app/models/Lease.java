package org.malgwi.app.models;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.malgwi.core.Recognizer;

/** The right to use a loaded recogniser until it is closed. Thread-safe. */
public final class Lease implements AutoCloseable {
  private final Recognizer recognizer;
  private final Runnable giveBack;
  private final AtomicBoolean closed = new AtomicBoolean();

  Lease(Recognizer recognizer, Runnable giveBack) {
    this.recognizer = recognizer;
    this.giveBack = giveBack;
  }

  /** Not to be closed: others may use it too. */
  public Recognizer recognizer() {
    return recognizer;
  }

  /** Those of the hotwords that the model has the letters for; the others it would refuse. */
  public List<String> spellable(List<String> hotwords) {
    return hotwords.stream().filter(recognizer::canSpell).collect(Collectors.toList());
  }

  /** Gives it back; returns at once. Finish streams first. May be called twice. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      giveBack.run();
    }
  }
}
