package org.malgwi.app;

import android.app.Activity;
import android.graphics.Insets;
import android.os.Build;
import android.view.View;
import android.view.WindowInsets;

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
}
