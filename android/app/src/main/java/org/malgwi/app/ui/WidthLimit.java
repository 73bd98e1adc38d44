package org.malgwi.app.ui;

import android.content.Context;
import android.util.AttributeSet;
import android.widget.FrameLayout;
import org.malgwi.app.R;

/** Gives its child no more than 640 dp of width, in the middle: lines stay readable on tablets. */
public final class WidthLimit extends FrameLayout {
  public WidthLimit(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  @Override
  protected void onMeasure(int width, int height) {
    int most = getResources().getDimensionPixelSize(R.dimen.max_width);
    int given = MeasureSpec.getSize(width);
    int spare = Math.max(0, given - most);
    setPadding(spare / 2, getPaddingTop(), spare - spare / 2, getPaddingBottom());
    super.onMeasure(width, height);
  }
}
