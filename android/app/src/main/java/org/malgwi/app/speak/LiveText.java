package org.malgwi.app.speak;

import android.text.SpannableStringBuilder;
import android.text.Spanned;
import android.text.style.ForegroundColorSpan;
import android.view.View;
import android.widget.ScrollView;
import android.widget.TextView;
import org.malgwi.app.R;
import org.malgwi.app.ui.DottedTextView;
import org.malgwi.core.Stream;

/**
 * The text while one speaks, its end at the bottom: what is stable in full colour, what may still
 * change paler and on a dotted line. Screen readers are told what becomes stable.
 */
final class LiveText {
  /** Older text isn't drawn three times a second; it is all there at the end. */
  private static final int MOST_CHARACTERS = 3_000;

  private final ScrollView scroll;
  private final DottedTextView text;
  private final TextView announced;
  private String stable = "";

  LiveText(ScrollView scroll, DottedTextView text, TextView announced) {
    this.scroll = scroll;
    this.text = text;
    this.announced = announced;
  }

  View view() {
    return scroll;
  }

  void show(Stream.Update update) {
    String all = update.text();
    int from = tail(all);
    SpannableStringBuilder shown = new SpannableStringBuilder(from == 0 ? "" : "… ");
    shown.append(all, from, all.length());
    int moving = Math.max(0, shown.length() - update.moving().length());
    shown.setSpan(
        new ForegroundColorSpan(text.getContext().getColor(R.color.text_moving)),
        moving,
        shown.length(),
        Spanned.SPAN_EXCLUSIVE_EXCLUSIVE);
    shown.setSpan(
        new DottedTextView.Dotted(), moving, shown.length(), Spanned.SPAN_EXCLUSIVE_EXCLUSIVE);
    boolean atEnd = !scroll.canScrollVertically(1);
    text.setText(shown);
    if (atEnd) {
      scroll.post(() -> scroll.scrollTo(0, text.getHeight()));
    }
    announce(update.stable());
  }

  /** Where the part begins that is shown: at a word. */
  private static int tail(String all) {
    if (all.length() <= MOST_CHARACTERS) {
      return 0;
    }
    int space = all.indexOf(' ', all.length() - MOST_CHARACTERS);
    return space < 0 ? all.length() - MOST_CHARACTERS : space + 1;
  }

  private void announce(String now) {
    if (!now.equals(stable)) {
      announced.setText(now.startsWith(stable) ? now.substring(stable.length()).trim() : now);
      stable = now;
    }
  }
}
