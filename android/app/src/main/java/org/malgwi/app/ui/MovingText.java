package org.malgwi.app.ui;

import android.content.Context;
import android.text.SpannableStringBuilder;
import android.text.Spanned;
import android.text.style.ForegroundColorSpan;
import android.widget.TextView;
import org.malgwi.app.R;
import org.malgwi.core.LiveStream;

/**
 * The text while one speaks: what is stable in full colour, what may still change paler and, in a
 * {@link DottedTextView}, on a dotted line.
 */
public final class MovingText {
  /** Older text isn't drawn three times a second; it is all there at the end. */
  private static final int MOST_CHARACTERS = 3_000;

  private MovingText() {}

  /** The end of a text, with its marks. */
  public static CharSequence of(Context context, LiveStream.Update update) {
    String all = update.text();
    int from = tail(all);
    SpannableStringBuilder shown = new SpannableStringBuilder(from == 0 ? "" : "… ");
    shown.append(all, from, all.length());
    int moving = Math.max(0, shown.length() - update.moving().length());
    shown.setSpan(
        new ForegroundColorSpan(context.getColor(R.color.text_moving)),
        moving,
        shown.length(),
        Spanned.SPAN_EXCLUSIVE_EXCLUSIVE);
    shown.setSpan(
        new DottedTextView.Dotted(), moving, shown.length(), Spanned.SPAN_EXCLUSIVE_EXCLUSIVE);
    return shown;
  }

  /** Shows it in a view of a few lines, the last of them. */
  public static void show(TextView view, LiveStream.Update update) {
    view.setText(of(view.getContext(), update));
    view.post(() -> view.bringPointIntoView(view.length()));
  }

  /** Where the part begins that is shown: at a word. */
  private static int tail(String all) {
    if (all.length() <= MOST_CHARACTERS) {
      return 0;
    }
    int space = all.indexOf(' ', all.length() - MOST_CHARACTERS);
    return space < 0 ? all.length() - MOST_CHARACTERS : space + 1;
  }
}
