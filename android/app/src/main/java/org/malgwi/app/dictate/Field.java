package org.malgwi.app.dictate;

import android.text.InputType;
import android.view.inputmethod.EditorInfo;

/**
 * What the keyboard must know of a text field.
 *
 * @param password not to be spoken aloud
 * @param keepsNothing what is written there must not be remembered
 * @param takesMarks it is for words, not for a number or a date
 */
record Field(boolean password, boolean keepsNothing, boolean takesMarks) {
  /** No field. */
  static final Field NONE = new Field(false, true, true);

  static Field of(EditorInfo info) {
    return new Field(
        isPassword(info.inputType),
        (info.imeOptions & EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING) != 0,
        takesMarks(info.inputType));
  }

  private static boolean takesMarks(int type) {
    return switch (type & InputType.TYPE_MASK_CLASS) {
      case InputType.TYPE_CLASS_NUMBER, InputType.TYPE_CLASS_PHONE, InputType.TYPE_CLASS_DATETIME ->
          false;
      default -> true;
    };
  }

  private static boolean isPassword(int type) {
    int variation = type & InputType.TYPE_MASK_VARIATION;
    return switch (type & InputType.TYPE_MASK_CLASS) {
      case InputType.TYPE_CLASS_TEXT ->
          variation == InputType.TYPE_TEXT_VARIATION_PASSWORD
              || variation == InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD
              || variation == InputType.TYPE_TEXT_VARIATION_WEB_PASSWORD;
      case InputType.TYPE_CLASS_NUMBER -> variation == InputType.TYPE_NUMBER_VARIATION_PASSWORD;
      default -> false;
    };
  }
}
