package org.malgwi.app.settings;

import android.content.Context;
import android.view.View;
import android.widget.TextView;
import org.malgwi.app.R;
import org.malgwi.app.dictate.Chosen;

/** A field to try the voice keyboard in, and what to tap for that. */
final class TryIt {
  private final View card;

  TryIt(View card) {
    this.card = card;
    card.findViewById(R.id.setup_try_choose)
        .setOnClickListener(button -> Chosen.chooseKeyboard(card.getContext()));
  }

  /** Says what comes next. */
  void show() {
    Context context = card.getContext();
    boolean enabled = Chosen.keyboardEnabled(context);
    boolean selected = enabled && Chosen.keyboardSelected(context);
    int sentence =
        selected
            ? R.string.setup_try_speak
            : enabled ? R.string.setup_try_choose : R.string.setup_try_later;
    card.<TextView>findViewById(R.id.setup_try_sentence).setText(sentence);
    card.findViewById(R.id.setup_try_choose)
        .setVisibility(enabled && !selected ? View.VISIBLE : View.GONE);
  }
}
