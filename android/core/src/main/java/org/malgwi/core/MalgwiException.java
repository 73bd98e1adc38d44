package org.malgwi.core;

import java.io.IOException;

/**
 * A bundle, a recording or a model's output is wrong. The message names the item, the value found,
 * the value expected and, where there is one, the remedy.
 */
public class MalgwiException extends IOException {
  private static final long serialVersionUID = 1L;

  public MalgwiException(String message) {
    super(message);
  }

  public MalgwiException(String message, Throwable cause) {
    super(message, cause);
  }
}
