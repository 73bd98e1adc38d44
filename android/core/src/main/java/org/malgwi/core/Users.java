package org.malgwi.core;

import java.util.ArrayList;
import java.util.List;

/** The threads that use a model, which is freed when it is to be and none of them still does. */
final class Users {
  private final Runnable free;

  /** Each as often as it uses it; guarded by this list. */
  private final List<Thread> threads = new ArrayList<>();

  private boolean closing;
  private boolean closed;

  /**
   * @param free run once, on the thread of the last user or of who closes
   */
  Users(Runnable free) {
    this.free = free;
  }

  /** Keeps the model open for {@code thread}. */
  void enter(Thread thread) {
    synchronized (threads) {
      if (closing) {
        throw new IllegalStateException("this recognizer is closed");
      }
      threads.add(thread);
    }
  }

  void leave(Thread thread) {
    synchronized (threads) {
      threads.remove(thread);
      freeWhenIdle();
    }
  }

  /** Returns at once. */
  void closeWhenIdle() {
    synchronized (threads) {
      closing = true;
      freeWhenIdle();
    }
  }

  /** Waits until the model is freed; an interrupt doesn't end that. */
  void close() {
    synchronized (threads) {
      if (threads.contains(Thread.currentThread())) {
        throw new IllegalStateException(
            "a recognizer can't be closed from a listener or within a transcription");
      }
      closeWhenIdle();
      boolean interrupted = false;
      while (!closed) {
        try {
          threads.wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Called under the lock. Whatever can't be freed, nobody waits for it. */
  private void freeWhenIdle() {
    if (closing && !closed && threads.isEmpty()) {
      closed = true;
      threads.notifyAll();
      free.run();
    }
  }
}
