package org.malgwi.app.dictate;

import android.view.inputmethod.InputConnection;

/**
 * A text that was put into a field, with what it took to fit in.
 *
 * @param inserted what now stands before the cursor, a space before it included
 * @param replaced what was selected there, or empty
 */
record Insertion(String inserted, String replaced) {
  /** After these no space is wanted. */
  private static final String OPENING = "([{<\"'“‘「『《#@/-";

  /**
   * Inserts a text at the cursor, in place of what is selected, a space before it where it would
   * stick to a word.
   *
   * @return null when the field doesn't take it
   */
  static Insertion into(InputConnection field, String text) {
    return exactly(field, needsSpace(field.getTextBeforeCursor(2, 0)) ? " " + text : text);
  }

  /** The same without a space of its own. */
  static Insertion exactly(InputConnection field, String text) {
    CharSequence selected = field.getSelectedText(0);
    if (!field.commitText(text, 1)) {
      return null;
    }
    return new Insertion(text, selected == null ? "" : selected.toString());
  }

  /** This and another one right behind it as one. */
  Insertion followedBy(Insertion next) {
    return new Insertion(inserted + next.inserted, replaced + next.replaced);
  }

  /** Without its last character. */
  Insertion shortened() {
    return new Insertion(
        inserted.substring(0, inserted.offsetByCodePoints(inserted.length(), -1)), replaced);
  }

  private static boolean needsSpace(CharSequence before) {
    if (before == null || before.length() == 0) {
      return false;
    }
    int last = Character.codePointBefore(before, before.length());
    return !Character.isWhitespace(last)
        && OPENING.indexOf(last) < 0
        && !writtenWithoutSpaces(last);
  }

  /** Chinese and Japanese put no spaces between words. */
  private static boolean writtenWithoutSpaces(int letter) {
    return switch (Character.UnicodeScript.of(letter)) {
      case HAN, HIRAGANA, KATAKANA -> true;
      default -> false;
    };
  }

  /**
   * Takes the text out again and puts back what it replaced, if it still stands right before the
   * cursor; else changes nothing.
   *
   * @return whether it did
   */
  boolean undo(InputConnection field) {
    CharSequence selected = field.getSelectedText(0);
    CharSequence before = field.getTextBeforeCursor(inserted.length(), 0);
    if (before == null
        || !inserted.contentEquals(before)
        || (selected != null && selected.length() > 0)) {
      return false;
    }
    field.beginBatchEdit();
    boolean done = field.deleteSurroundingText(inserted.length(), 0);
    if (done && !replaced.isEmpty()) {
      field.commitText(replaced, 1);
    }
    field.endBatchEdit();
    return done;
  }
}
