package org.malgwi.app.speak;

import java.io.File;
import org.malgwi.core.Resampler;

/**
 * A recording whose sound lies in a file of its own.
 *
 * @param pcm raw 16-bit little-endian samples, mono, 16 kHz
 * @param bundle the id of the model that it was made for
 */
public record Recording(File pcm, String bundle) {
  /** Its length in whole seconds. */
  public long seconds() {
    return pcm.length() / 2 / Resampler.RATE;
  }
}
