package org.malgwi.app.platform;

import android.Manifest;
import android.app.Activity;
import android.app.ActivityManager;
import android.app.ActivityOptions;
import android.app.ApplicationExitInfo;
import android.app.Notification;
import android.app.PendingIntent;
import android.app.Service;
import android.app.StatusBarManager;
import android.content.ComponentName;
import android.content.Context;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.content.pm.ServiceInfo;
import android.graphics.Insets;
import android.graphics.drawable.Icon;
import android.inputmethodservice.InputMethodService;
import android.os.Build;
import android.os.Bundle;
import android.os.PowerManager;
import android.provider.Settings;
import android.service.quicksettings.TileService;
import android.speech.RecognitionPart;
import android.speech.RecognitionService;
import android.speech.RecognitionSupport;
import android.speech.SpeechRecognizer;
import android.system.OsConstants;
import android.view.View;
import android.view.WindowInsets;
import android.view.inputmethod.InputMethodManager;
import android.window.OnBackInvokedCallback;
import android.window.OnBackInvokedDispatcher;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.malgwi.android.internal.AboveApi26;
import org.malgwi.core.TimedWord;

/**
 * The only class that calls what came after Android 8 (API 26), each call behind a check of the
 * version; elsewhere the build refuses such calls.
 */
@AboveApi26
public final class Platform {
  private Platform() {}

  /** Space that bars, cutouts and the keyboard take from a window, in pixels. */
  public record Edges(int left, int top, int right, int bottom) {}

  /** What {@code insets} leave uncovered, the keyboard included. */
  @SuppressWarnings("deprecation") // what Android 8 to 10 have
  public static Edges edges(WindowInsets insets) {
    if (Build.VERSION.SDK_INT >= 30) {
      Insets all =
          insets.getInsets(
              WindowInsets.Type.systemBars()
                  | WindowInsets.Type.displayCutout()
                  | WindowInsets.Type.ime());
      return new Edges(all.left, all.top, all.right, all.bottom);
    }
    return new Edges(
        insets.getSystemWindowInsetLeft(),
        insets.getSystemWindowInsetTop(),
        insets.getSystemWindowInsetRight(),
        insets.getSystemWindowInsetBottom());
  }

  /** Lets the window reach under the bars on every version, as Android 15 does by itself. */
  @SuppressWarnings("deprecation")
  public static void drawEdgeToEdge(Activity activity) {
    if (Build.VERSION.SDK_INT >= 30) {
      activity.getWindow().setDecorFitsSystemWindows(false);
    } else {
      View decor = activity.getWindow().getDecorView();
      decor.setSystemUiVisibility(
          decor.getSystemUiVisibility()
              | View.SYSTEM_UI_FLAG_LAYOUT_STABLE
              | View.SYSTEM_UI_FLAG_LAYOUT_FULLSCREEN
              | View.SYSTEM_UI_FLAG_LAYOUT_HIDE_NAVIGATION);
    }
  }

  /**
   * Lets {@code action} answer Back instead of leaving the activity, from Android 13 on; before,
   * the activity's own {@code onBackPressed} is asked.
   *
   * @return what ends that; it may run twice
   */
  public static Runnable onBack(Activity activity, Runnable action) {
    if (Build.VERSION.SDK_INT < 33) {
      return () -> {};
    }
    OnBackInvokedDispatcher dispatcher = activity.getOnBackInvokedDispatcher();
    OnBackInvokedCallback callback = action::run;
    dispatcher.registerOnBackInvokedCallback(OnBackInvokedDispatcher.PRIORITY_DEFAULT, callback);
    return () -> dispatcher.unregisterOnBackInvokedCallback(callback);
  }

  /** Opens an activity from a Quick Settings tile and closes the panel. */
  @SuppressWarnings("deprecation") // what Android 8 to 13 have
  public static void startAndCollapse(TileService tile, Intent intent) {
    if (Build.VERSION.SDK_INT >= 34) {
      tile.startActivityAndCollapse(
          PendingIntent.getActivity(tile, 0, intent, PendingIntent.FLAG_IMMUTABLE));
    } else {
      tile.startActivityAndCollapse(intent);
    }
  }

  /** Says whether the system can ask the user to add a tile (Android 13 on). */
  public static boolean canOfferTile() {
    return Build.VERSION.SDK_INT >= 33;
  }

  /**
   * Lets the system ask the user whether to add a tile, where it can.
   *
   * @param label of the tile
   * @param answered gets, on the main thread, whether it is there now
   */
  public static void offerTile(
      Activity activity,
      ComponentName tile,
      CharSequence label,
      Icon icon,
      Consumer<Boolean> answered) {
    if (Build.VERSION.SDK_INT >= 33) {
      activity
          .getSystemService(StatusBarManager.class)
          .requestAddTileService(
              tile,
              label,
              icon,
              activity.getMainExecutor(),
              result ->
                  answered.accept(
                      result == StatusBarManager.TILE_ADD_REQUEST_RESULT_TILE_ADDED
                          || result
                              == StatusBarManager.TILE_ADD_REQUEST_RESULT_TILE_ALREADY_ADDED));
    }
  }

  /**
   * Goes back from a keyboard to the one before it.
   *
   * @return false when there is none
   */
  @SuppressWarnings("deprecation") // what Android 8 has
  public static boolean switchToPreviousKeyboard(InputMethodService keyboard) {
    if (Build.VERSION.SDK_INT >= 28) {
      return keyboard.switchToPreviousInputMethod();
    }
    return keyboard
        .getSystemService(InputMethodManager.class)
        .switchToLastInputMethod(keyboard.getWindow().getWindow().getAttributes().token);
  }

  /** What a recogniser answers to a language that it doesn't have. */
  public static int languageNotSupported() {
    return Build.VERSION.SDK_INT >= 31
        ? SpeechRecognizer.ERROR_LANGUAGE_NOT_SUPPORTED
        : SpeechRecognizer.ERROR_CLIENT;
  }

  /** Tells a caller, from Android 13 on, which languages need no network and are here. */
  public static void tellLanguages(
      RecognitionService.SupportCallback caller, Collection<String> languages) {
    if (Build.VERSION.SDK_INT >= 33) {
      RecognitionSupport.Builder support = new RecognitionSupport.Builder();
      for (String language : languages) {
        support.addInstalledOnDeviceLanguage(language).addSupportedOnDeviceLanguage(language);
      }
      caller.onSupportResult(support.build());
    }
  }

  /** Adds the words' times to a recogniser's results where Android knows them (14 on). */
  public static void putWordTimes(Bundle results, List<TimedWord> words) {
    if (Build.VERSION.SDK_INT >= 34) {
      ArrayList<RecognitionPart> parts = new ArrayList<>();
      for (TimedWord word : words) {
        parts.add(
            new RecognitionPart.Builder(word.text()).setTimestampMillis(word.startMs()).build());
      }
      results.putParcelableArrayList(SpeechRecognizer.RECOGNITION_PARTS, parts);
    }
  }

  /** The switches for microphone and camera (Android 12 on), else {@code before}. */
  public static Intent privacySettings(Intent before) {
    return Build.VERSION.SDK_INT >= 31 ? new Intent(Settings.ACTION_PRIVACY_SETTINGS) : before;
  }

  /** Keeps a service running with the microphone and a notification. */
  public static void startForegroundWithMicrophone(Service service, int id, Notification shown) {
    if (Build.VERSION.SDK_INT >= 30) {
      service.startForeground(id, shown, ServiceInfo.FOREGROUND_SERVICE_TYPE_MICROPHONE);
    } else {
      service.startForeground(id, shown);
    }
  }

  /** Keeps a service running while it works on files, with a notification. */
  public static void startForegroundWithFiles(Service service, int id, Notification shown) {
    if (Build.VERSION.SDK_INT >= 29) {
      service.startForeground(id, shown, ServiceInfo.FOREGROUND_SERVICE_TYPE_DATA_SYNC);
    } else {
      service.startForeground(id, shown);
    }
  }

  /** Says whether notifications have to be asked for (Android 13 on) and aren't allowed yet. */
  public static boolean mustAskToNotify(Context context) {
    return Build.VERSION.SDK_INT >= 33
        && context.checkSelfPermission(Manifest.permission.POST_NOTIFICATIONS)
            != PackageManager.PERMISSION_GRANTED;
  }

  /** What has to be asked for before a recording: to record, and, from 13 on, to say so. */
  public static String[] recordingPermissions() {
    return Build.VERSION.SDK_INT >= 33
        ? new String[] {Manifest.permission.RECORD_AUDIO, Manifest.permission.POST_NOTIFICATIONS}
        : new String[] {Manifest.permission.RECORD_AUDIO};
  }

  /** Maker and name of the chip (Android 12 on), or null. */
  public static String chip() {
    return Build.VERSION.SDK_INT >= 31 ? Build.SOC_MANUFACTURER + " " + Build.SOC_MODEL : null;
  }

  /** How hot the phone is, 0 (not) to 6 (about to switch off) (Android 10 on), or null. */
  public static Integer thermalStatus(Context context) {
    return Build.VERSION.SDK_INT >= 29
        ? context.getSystemService(PowerManager.class).getCurrentThermalStatus()
        : null;
  }

  /** Says whether the phone is hot, from moderately on, or is to save its battery. */
  public static boolean isStrained(Context context) {
    Integer heat = thermalStatus(context);
    return (heat != null && heat >= PowerManager.THERMAL_STATUS_MODERATE)
        || context.getSystemService(PowerManager.class).isPowerSaveMode();
  }

  /** How near to being slowed down by heat it is, 1 being there (Android 11 on), or null. */
  public static Float thermalHeadroom(Context context) {
    if (Build.VERSION.SDK_INT < 30) {
      return null;
    }
    float headroom = context.getSystemService(PowerManager.class).getThermalHeadroom(0);
    return Float.isNaN(headroom) ? null : (Float) headroom;
  }

  /**
   * Why the app's processes ended lately (Android 11 on), newest first, or null. A reason is a
   * number of ApplicationExitInfo: 3 for want of memory, 4 an exception, 5 a native crash, 6 not
   * responding.
   */
  public static List<String> exitReasons(Context context, int most) {
    if (Build.VERSION.SDK_INT < 30) {
      return null;
    }
    List<String> reasons = new ArrayList<>();
    ActivityManager manager = context.getSystemService(ActivityManager.class);
    for (ApplicationExitInfo exit : manager.getHistoricalProcessExitReasons(null, 0, most)) {
      reasons.add(
          Instant.ofEpochMilli(exit.getTimestamp())
              + ": reason "
              + exit.getReason()
              + ", status "
              + exit.getStatus()
              + ", "
              + exit.getPss()
              + " kB"
              + (exit.getDescription() == null ? "" : ", " + exit.getDescription()));
    }
    return reasons;
  }

  /** How a process ended. */
  public enum Ending {
    CRASHED,
    /** For want of memory, or by the signal with which the system takes processes away. */
    KILLED,
    /** By the user, an update, a changed permission and the like. */
    OTHERWISE,
    /** Before Android 11 nobody knows; later it isn't known of a phone that was switched off. */
    UNKNOWN
  }

  /** How the process {@code pid} of this app ended. */
  public static Ending ending(Context context, int pid) {
    if (Build.VERSION.SDK_INT < 30 || pid <= 0) {
      return Ending.UNKNOWN;
    }
    ActivityManager manager = context.getSystemService(ActivityManager.class);
    for (ApplicationExitInfo exit :
        manager.getHistoricalProcessExitReasons(context.getPackageName(), pid, 1)) {
      return switch (exit.getReason()) {
        case ApplicationExitInfo.REASON_CRASH, ApplicationExitInfo.REASON_CRASH_NATIVE ->
            Ending.CRASHED;
        case ApplicationExitInfo.REASON_SIGNALED ->
            exit.getStatus() == OsConstants.SIGKILL ? Ending.KILLED : Ending.CRASHED;
        case ApplicationExitInfo.REASON_LOW_MEMORY -> Ending.KILLED;
        case ApplicationExitInfo.REASON_UNKNOWN -> Ending.UNKNOWN;
        default -> Ending.OTHERWISE;
      };
    }
    return Ending.UNKNOWN;
  }

  /**
   * Sends an answer that another app asked for. What it opens may come to the front, as this app is
   * there now.
   *
   * @throws PendingIntent.CanceledException when the other app has withdrawn it
   */
  @SuppressWarnings("deprecation") // the mode of Android 14 and 15
  public static void send(PendingIntent answer, Context context, int result, Intent data)
      throws PendingIntent.CanceledException {
    if (Build.VERSION.SDK_INT >= 34) {
      ActivityOptions options =
          ActivityOptions.makeBasic()
              .setPendingIntentBackgroundActivityStartMode(
                  ActivityOptions.MODE_BACKGROUND_ACTIVITY_START_ALLOWED);
      answer.send(context, result, data, null, null, null, options.toBundle());
    } else {
      answer.send(context, result, data);
    }
  }

  /** What the bars of the system cover of a keyboard's window, in pixels. */
  @SuppressWarnings("deprecation") // what Android 8 to 10 have
  public static Edges bars(WindowInsets insets) {
    if (Build.VERSION.SDK_INT >= 30) {
      Insets bars =
          insets.getInsets(WindowInsets.Type.navigationBars() | WindowInsets.Type.displayCutout());
      return new Edges(bars.left, bars.top, bars.right, bars.bottom);
    }
    return edges(insets);
  }
}
