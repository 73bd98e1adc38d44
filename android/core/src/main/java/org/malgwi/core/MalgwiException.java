package org.malgwi.core;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A bundle, a recording or a model's output is wrong. The message names the item, the value found,
 * the value expected and, where there is one, the remedy.
 */
public class MalgwiException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message for people
   */
  public MalgwiException(String message) {
    super(message);
  }

  /**
   * @param message for people
   * @param cause what was thrown; null: nothing was
   */
  public MalgwiException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
