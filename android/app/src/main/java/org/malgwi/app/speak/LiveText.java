package org.malgwi.app.speak;

import android.view.View;
import android.widget.ScrollView;
import android.widget.TextView;
import org.malgwi.app.ui.DottedTextView;
import org.malgwi.app.ui.MovingText;
import org.malgwi.core.LiveStream;

/**
 * The text while one speaks, its end in view: what is stable in full colour, what may still change
 * paler and on a dotted line. Screen readers are told what becomes stable.
 */
final class LiveText {
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

  void show(LiveStream.Update update) {
    boolean atEnd = !scroll.canScrollVertically(1);
    text.setText(MovingText.of(text.getContext(), update));
    if (atEnd) {
      scroll.post(() -> scroll.scrollTo(0, text.getHeight()));
    }
    announce(update.stable());
  }

  private void announce(String now) {
    if (!now.equals(stable)) {
      announced.setText(now.startsWith(stable) ? now.substring(stable.length()).trim() : now);
      stable = now;
    }
  }
}
