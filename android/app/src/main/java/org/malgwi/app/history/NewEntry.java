package org.malgwi.app.history;

import java.io.File;
import org.malgwi.app.models.Installed;
import org.malgwi.core.Channels;
import org.malgwi.core.Transcript;

/**
 * What {@link History#add} keeps.
 *
 * @param title the recording's name, or empty where it has none
 * @param audio raw samples, 16 kHz mono 16-bit little-endian, to be moved into the history; null
 *     when no sound is to be kept
 * @param channel that alone was listened to, counted from 0, or {@link Channels#MIX}
 */
public record NewEntry(
    Source source, String title, Installed model, Transcript transcript, File audio, int channel) {
  /** Of all that was heard. */
  public NewEntry(Source source, String title, Installed model, Transcript transcript, File audio) {
    this(source, title, model, transcript, audio, Channels.MIX);
  }
}
