package org.malgwi.app.ui;

import android.content.Context;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.text.Layout;
import android.text.Spanned;
import android.util.AttributeSet;
import android.widget.TextView;

/** A text whose uncertain parts, marked by {@link Dotted}, stand on a dotted line. */
public final class DottedTextView extends TextView {
  /** Marks a part of the text; set it as a span. */
  public static final class Dotted {}

  private final Paint dot = new Paint(Paint.ANTI_ALIAS_FLAG);

  public DottedTextView(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  @Override
  protected void onDraw(Canvas canvas) {
    super.onDraw(canvas);
    Layout layout = getLayout();
    if (layout == null || !(getText() instanceof Spanned text)) {
      return;
    }
    dot.setColor(getCurrentTextColor());
    canvas.save();
    canvas.translate(getTotalPaddingLeft(), getTotalPaddingTop());
    for (Dotted part : text.getSpans(0, text.length(), Dotted.class)) {
      int start = text.getSpanStart(part);
      int end = text.getSpanEnd(part);
      for (int line = layout.getLineForOffset(start);
          line <= layout.getLineForOffset(end);
          line++) {
        drawLine(canvas, layout, line, start, end);
      }
    }
    canvas.restore();
  }

  private void drawLine(Canvas canvas, Layout layout, int line, int start, int end) {
    int from = Math.max(start, layout.getLineStart(line));
    int to = Math.min(end, layout.getLineVisibleEnd(line));
    if (from >= to) {
      return;
    }
    float one = layout.getPrimaryHorizontal(from);
    // At a line's end, the offset belongs to the next line's beginning.
    float other =
        to < layout.getLineEnd(line)
            ? layout.getPrimaryHorizontal(to)
            : layout.getParagraphDirection(line) == Layout.DIR_LEFT_TO_RIGHT
                ? layout.getLineRight(line)
                : layout.getLineLeft(line);
    float radius = getTextSize() / 18;
    float y = layout.getLineBaseline(line) + getTextSize() / 5;
    float first = Math.min(one, other) + radius;
    float width = Math.max(0, Math.max(one, other) - radius - first);
    int gaps = Math.max(1, Math.round(width / (4 * radius))); // so that the last letter has its dot
    for (int i = 0; i <= gaps; i++) {
      canvas.drawCircle(first + width * i / gaps, y, radius, dot);
    }
  }
}
