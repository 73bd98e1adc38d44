package org.malgwi.app.ui;

import android.content.Context;
import android.util.AttributeSet;
import android.util.TypedValue;
import android.widget.Button;
import android.widget.TextView;
import org.malgwi.app.R;

/**
 * A picture with its name below. Four of them share the width of the smallest phone, whatever size
 * the user reads best, so the name grows to 20 dp only.
 */
public final class ActionButton extends Button {
  public ActionButton(Context context, AttributeSet attributes) {
    super(context, attributes);
    limit(this);
  }

  /** Holds a label that shares its row with others to the largest size that fits. */
  public static void limit(TextView label) {
    float largest = label.getResources().getDimension(R.dimen.largest_tab_label);
    label.setTextSize(TypedValue.COMPLEX_UNIT_PX, Math.min(label.getTextSize(), largest));
  }

  /** Shows another picture and name. */
  public void show(int icon, int label) {
    setCompoundDrawablesRelativeWithIntrinsicBounds(0, icon, 0, 0);
    setText(label);
  }
}
