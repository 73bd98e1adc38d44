package org.malgwi.app.dictate;

import android.view.inputmethod.InputConnection;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What the keyboard has put into a field since it was entered: texts, each with what its keys typed
 * behind it, so that they can be taken out again, one after the other or all at once. Main thread
 * only.
 */
final class Insertions {
  private final Deque<Insertion> all = new ArrayDeque<>();

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** Another field: nothing can be taken out any more. */
  void forget() {
    all.clear();
  }

  /**
   * Puts a text in.
   *
   * @return whether the field took it
   */
  boolean insert(InputConnection field, String text) {
    Insertion one = Insertion.into(field, text);
    if (one != null) {
      all.addLast(one);
    }
    return one != null;
  }

  /** Types what a key says; it then belongs to the text before it. */
  void type(InputConnection field, String typed) {
    Insertion one = Insertion.exactly(field, typed);
    if (one != null && !all.isEmpty()) {
      all.addLast(all.removeLast().followedBy(one));
    }
  }

  /** The character before the cursor has been deleted, as far as the keyboard knows. */
  void deleted() {
    if (!all.isEmpty()) {
      Insertion rest = all.removeLast().shortened();
      if (!rest.inserted().isEmpty()) {
        all.addLast(rest);
      }
    }
  }

  /**
   * Takes the last text out again, if it still stands right before the cursor.
   *
   * @return whether it did; else the field isn't as it was left, and all are forgotten
   */
  boolean undo(InputConnection field) {
    boolean done = !all.isEmpty() && all.removeLast().undo(field);
    if (!done) {
      forget();
    }
    return done;
  }

  /**
   * Takes all texts out, if they still stand before the cursor as they were put in, one behind the
   * other; else none.
   *
   * @return whether it did
   */
  boolean undoAll(InputConnection field) {
    Insertion whole = new Insertion("", "");
    for (Insertion one : all) {
      whole = whole.followedBy(one);
    }
    boolean done = !all.isEmpty() && whole.undo(field);
    forget();
    return done;
  }
}
