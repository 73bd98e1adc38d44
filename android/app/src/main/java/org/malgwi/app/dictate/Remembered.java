package org.malgwi.app.dictate;

import android.content.Context;
import android.os.Process;
import java.io.File;
import java.io.IOException;
import org.malgwi.app.history.History;
import org.malgwi.app.history.NewEntry;
import org.malgwi.app.history.Source;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.core.Transcript;

/**
 * What is kept of one thing that was said into the keyboard, as far as the user and the field
 * allow: its sound, a file until it is in the history, and its text.
 */
final class Remembered {
  private static final String SOUND = "keyboard-";

  private final Context context;
  private final boolean keepsText;
  private final File sound;

  Remembered(Context context, Field into) {
    this.context = context;
    Preferences preferences = new Preferences(context);
    keepsText = preferences.keepHistory() && !into.keepsNothing();
    sound =
        keepsText && preferences.keepAudio()
            ? new File(context.getCacheDir(), soundOfThisProcess() + System.nanoTime() + ".pcm")
            : null;
  }

  private static String soundOfThisProcess() {
    return SOUND + Process.myPid() + "-";
  }

  /** Deletes sound that a process left which ended while it listened. Not for the main thread. */
  static void sweep(Context context) {
    File[] found = context.getCacheDir().listFiles((folder, name) -> name.startsWith(SOUND));
    for (File sound : found == null ? new File[0] : found) {
      if (!sound.getName().startsWith(soundOfThisProcess())) {
        boolean unused = sound.delete();
      }
    }
  }

  /** Where the sound goes; null: it isn't kept. */
  File sound() {
    return sound;
  }

  /** Nothing came of it. */
  void forget() {
    if (sound != null) {
      boolean unused = sound.delete();
    }
  }

  /**
   * Puts it into the history, on a thread of its own.
   *
   * @param failed called there when it couldn't be written
   */
  void keep(Installed model, Transcript transcript, Runnable failed) {
    if (!keepsText || !new Preferences(context).keepHistory()) {
      forget();
      return;
    }
    NewEntry entry = new NewEntry(Source.KEYBOARD, "", model, transcript, sound);
    new Thread(() -> add(entry, failed), "malgwi-keep").start();
  }

  private void add(NewEntry entry, Runnable failed) {
    try {
      History.of(context).add(entry);
    } catch (IOException e) {
      forget();
      failed.run();
    }
  }
}
