package org.malgwi.app.ui;

import android.app.Activity;
import android.view.View;
import org.malgwi.app.platform.Platform;

/** Keeps what a window shows clear of bars, cutouts and the keyboard, edge to edge. */
public final class Edges {
  private Edges() {}

  /**
   * Pads {@code root}, an activity's content, by what covers it, besides its own padding. To be
   * called once, after setContentView.
   */
  public static void keepClear(Activity activity, View root) {
    Platform.drawEdgeToEdge(activity);
    int left = root.getPaddingLeft();
    int top = root.getPaddingTop();
    int right = root.getPaddingRight();
    int bottom = root.getPaddingBottom();
    root.setOnApplyWindowInsetsListener(
        (view, insets) -> {
          Platform.Edges covered = Platform.edges(insets);
          view.setPadding(
              left + covered.left(),
              top + covered.top(),
              right + covered.right(),
              bottom + covered.bottom());
          return insets;
        });
    root.requestApplyInsets();
  }
}
