package org.malgwi.app.dictate;

import android.content.ComponentName;
import android.content.Context;
import android.content.Intent;
import android.provider.Settings;
import android.view.inputmethod.InputMethodInfo;
import android.view.inputmethod.InputMethodManager;
import java.util.List;

/**
 * Which of our services the user has chosen in the system's settings, and the ways there. Reads
 * settings, so it may be asked again whenever a screen comes to the front.
 */
public final class Chosen {
  /** Where the system keeps its recogniser; readable, though the constant isn't in the SDK. */
  private static final String RECOGNISER = "voice_recognition_service";

  private Chosen() {}

  /** Whether something of ours is in use. */
  public enum Answer {
    YES,
    NO,
    /** The system doesn't tell. */
    UNKNOWN
  }

  /** Whether other apps that ask the system for a recogniser get ours. */
  public static Answer recogniser(Context context) {
    String chosen;
    try {
      chosen = Settings.Secure.getString(context.getContentResolver(), RECOGNISER);
    } catch (SecurityException e) {
      return Answer.UNKNOWN;
    }
    ComponentName name = chosen == null ? null : ComponentName.unflattenFromString(chosen);
    return recogniserName(context).equals(name) ? Answer.YES : Answer.NO;
  }

  /** Whether the voice keyboard may be used at all: the user has turned it on. */
  public static boolean keyboardEnabled(Context context) {
    for (InputMethodInfo method : methods(context).getEnabledInputMethodList()) {
      if (method.getPackageName().equals(context.getPackageName())) {
        return true;
      }
    }
    return false;
  }

  /** Whether the voice keyboard is the one that opens in a text field now. */
  public static boolean keyboardSelected(Context context) {
    String chosen =
        Settings.Secure.getString(
            context.getContentResolver(), Settings.Secure.DEFAULT_INPUT_METHOD);
    ComponentName name = chosen == null ? null : ComponentName.unflattenFromString(chosen);
    return name != null && name.getPackageName().equals(context.getPackageName());
  }

  /** Where the recogniser is chosen: from the very screen to the settings as a whole. */
  public static List<Intent> recogniserSettings() {
    return List.of(
        new Intent(Settings.ACTION_VOICE_INPUT_SETTINGS),
        new Intent(Settings.ACTION_MANAGE_DEFAULT_APPS_SETTINGS),
        new Intent(Settings.ACTION_SETTINGS));
  }

  /** Where keyboards are turned on. */
  public static List<Intent> keyboardSettings() {
    return List.of(
        new Intent(Settings.ACTION_INPUT_METHOD_SETTINGS), new Intent(Settings.ACTION_SETTINGS));
  }

  /** Shows the system's list of the keyboards that are turned on. */
  public static void chooseKeyboard(Context context) {
    methods(context).showInputMethodPicker();
  }

  /** The command for a computer that makes ours the recogniser where no settings screen does. */
  public static String adbLine(Context context) {
    return "adb shell settings put secure "
        + RECOGNISER
        + " "
        + recogniserName(context).flattenToString();
  }

  private static ComponentName recogniserName(Context context) {
    return new ComponentName(context, MalgwiRecognitionService.class);
  }

  private static InputMethodManager methods(Context context) {
    return context.getSystemService(InputMethodManager.class);
  }
}
