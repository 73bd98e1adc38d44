package org.malgwi.app.ui;

import android.content.Context;
import android.util.AttributeSet;
import android.view.LayoutInflater;
import android.view.View;
import android.widget.Button;
import android.widget.ImageView;
import android.widget.LinearLayout;
import android.widget.TextView;
import org.malgwi.app.R;

/** An empty state or a problem: an icon, one sentence, and the one action that helps. */
public final class MessageView extends LinearLayout {
  private final ImageView icon;
  private final TextView sentence;
  private final Button action;

  public MessageView(Context context, AttributeSet attributes) {
    super(context, attributes);
    LayoutInflater.from(context).inflate(R.layout.message, this, true);
    setOrientation(VERTICAL);
    setGravity(android.view.Gravity.CENTER);
    icon = findViewById(R.id.message_icon);
    sentence = findViewById(R.id.message_sentence);
    action = findViewById(R.id.message_action);
  }

  /** Shows a sentence; without a picture or an action where {@code image} or its label is 0. */
  public void show(int image, CharSequence text, int actionLabel, Runnable onAction) {
    icon.setVisibility(image == 0 ? View.GONE : View.VISIBLE);
    icon.setImageResource(image);
    sentence.setText(text);
    action.setVisibility(actionLabel == 0 ? View.GONE : View.VISIBLE);
    if (actionLabel != 0) {
      action.setText(actionLabel);
      action.setOnClickListener(button -> onAction.run());
    }
  }
}
