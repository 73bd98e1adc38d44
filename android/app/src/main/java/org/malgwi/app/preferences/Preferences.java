package org.malgwi.app.preferences;

import android.content.Context;
import android.content.SharedPreferences;
import java.util.ArrayList;
import java.util.List;

/** What the user has set. Thread-safe; kept at once. */
public final class Preferences {
  private static final String PAUSE = "pause_ms";
  private static final String KEEP_AUDIO = "keep_audio";
  private static final String KEEP_HISTORY = "keep_history";
  private static final String THREADS = "threads";
  private static final String HOTWORDS = "hotwords";
  private static final String KEYBOARD_STARTS = "keyboard_starts";
  private static final String KEYBOARD_RETURNS = "keyboard_returns";
  private static final String ANY_LANGUAGE = "any_language";
  private static final String MICROPHONE_ASKED = "microphone_asked";
  private static final String SETUP_SHOWN = "setup_shown";
  private static final String OTHERS_HEARD_SAID = "others_heard_said";
  private static final String TILE_ADDED = "tile_added";
  private static final String NOTIFICATIONS_ASKED = "notifications_asked";

  private final SharedPreferences stored;

  public Preferences(Context context) {
    stored = context.getSharedPreferences("settings", Context.MODE_PRIVATE);
  }

  /** Quiet after speech that ends a recording, in ms; 0: none does. */
  public int pauseMs() {
    return stored.getInt(PAUSE, 3_000);
  }

  public void setPauseMs(int ms) {
    stored.edit().putInt(PAUSE, ms).apply();
  }

  /** Whether recordings stay in the history, to be played and trained on. */
  public boolean keepAudio() {
    return stored.getBoolean(KEEP_AUDIO, false);
  }

  public void setKeepAudio(boolean keep) {
    stored.edit().putBoolean(KEEP_AUDIO, keep).apply();
  }

  /** Whether what is spoken goes into the history; recordings that are opened always do. */
  public boolean keepHistory() {
    return stored.getBoolean(KEEP_HISTORY, true);
  }

  public void setKeepHistory(boolean keep) {
    stored.edit().putBoolean(KEEP_HISTORY, keep).apply();
  }

  /** Processor threads for one inference; 0: as many as {@code Cores} advises. */
  public int threads() {
    return stored.getInt(THREADS, 0);
  }

  public void setThreads(int threads) {
    stored.edit().putInt(THREADS, threads).apply();
  }

  /** Words and phrases that the recogniser prefers, one a line. */
  public String hotwordLines() {
    return stored.getString(HOTWORDS, "");
  }

  public void setHotwordLines(String lines) {
    stored.edit().putString(HOTWORDS, lines).apply();
  }

  /** The same as a list, without empty lines. */
  public List<String> hotwords() {
    return hotwords(hotwordLines());
  }

  /** The words of such lines. */
  public static List<String> hotwords(String lines) {
    List<String> words = new ArrayList<>();
    for (String line : lines.split("\n", -1)) {
      if (!line.trim().isEmpty()) {
        words.add(line.trim());
      }
    }
    return List.copyOf(words);
  }

  /** Whether the keyboard listens as soon as it opens. */
  public boolean keyboardStarts() {
    return stored.getBoolean(KEYBOARD_STARTS, true);
  }

  public void setKeyboardStarts(boolean starts) {
    stored.edit().putBoolean(KEYBOARD_STARTS, starts).apply();
  }

  /** Whether the keyboard gives way to the one before it once it has written. */
  public boolean keyboardReturns() {
    return stored.getBoolean(KEYBOARD_RETURNS, false);
  }

  public void setKeyboardReturns(boolean returns) {
    stored.edit().putBoolean(KEYBOARD_RETURNS, returns).apply();
  }

  /** Whether other apps are answered in whatever language they ask for. */
  public boolean anyLanguage() {
    return stored.getBoolean(ANY_LANGUAGE, false);
  }

  public void setAnyLanguage(boolean any) {
    stored.edit().putBoolean(ANY_LANGUAGE, any).apply();
  }

  /** Whether the permission to record has been asked for: a refusal before that isn't for ever. */
  public boolean microphoneAsked() {
    return stored.getBoolean(MICROPHONE_ASKED, false);
  }

  public void setMicrophoneAsked() {
    stored.edit().putBoolean(MICROPHONE_ASKED, true).apply();
  }

  /** Whether the set-up has been shown, as it is at the first start. */
  public boolean setupShown() {
    return stored.getBoolean(SETUP_SHOWN, false);
  }

  public void setSetupShown() {
    stored.edit().putBoolean(SETUP_SHOWN, true).apply();
  }

  /** Whether it was said that other apps may be heard in recordings. */
  public boolean othersHeardSaid() {
    return stored.getBoolean(OTHERS_HEARD_SAID, false);
  }

  public void setOthersHeardSaid() {
    stored.edit().putBoolean(OTHERS_HEARD_SAID, true).apply();
  }

  /** Whether the Quick Settings tile is there, as far as the system has told. */
  public boolean tileAdded() {
    return stored.getBoolean(TILE_ADDED, false);
  }

  public void setTileAdded(boolean added) {
    stored.edit().putBoolean(TILE_ADDED, added).apply();
  }

  /** Whether notifications have been asked for. */
  public boolean notificationsAsked() {
    return stored.getBoolean(NOTIFICATIONS_ASKED, false);
  }

  public void setNotificationsAsked() {
    stored.edit().putBoolean(NOTIFICATIONS_ASKED, true).apply();
  }
}
