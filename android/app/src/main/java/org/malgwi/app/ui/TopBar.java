package org.malgwi.app.ui;

import android.app.Activity;
import android.content.Context;
import android.util.AttributeSet;
import android.view.LayoutInflater;
import android.view.View;
import android.widget.ImageButton;
import android.widget.LinearLayout;
import android.widget.PopupMenu;
import android.widget.TextView;
import org.malgwi.app.R;

/** A screen's heading: back where there is something to go back to, and a menu where it has one. */
public final class TopBar extends LinearLayout {
  private final TextView title;
  private final ImageButton back;
  private final ImageButton more;

  public TopBar(Context context, AttributeSet attributes) {
    super(context, attributes);
    LayoutInflater.from(context).inflate(R.layout.top_bar, this, true);
    title = findViewById(R.id.title);
    back = findViewById(R.id.back);
    more = findViewById(R.id.more);
    setOrientation(HORIZONTAL);
    setMinimumHeight(getResources().getDimensionPixelSize(R.dimen.bar));
  }

  public void setTitle(CharSequence text) {
    title.setText(text);
  }

  public void setTitle(int text) {
    title.setText(text);
  }

  /** Shows a back arrow that finishes the activity. */
  public void showBack(Activity activity) {
    back.setVisibility(View.VISIBLE);
    back.setOnClickListener(button -> activity.finish());
    title.setPaddingRelative(0, 0, 0, 0);
  }

  /** Shows a menu; {@code chosen} gets the item's id. */
  public void showMenu(int menu, java.util.function.IntConsumer chosen) {
    more.setVisibility(View.VISIBLE);
    more.setOnClickListener(
        button -> {
          PopupMenu popup = new PopupMenu(getContext(), button);
          popup.inflate(menu);
          popup.setOnMenuItemClickListener(
              item -> {
                chosen.accept(item.getItemId());
                return true;
              });
          popup.show();
        });
  }

  /** Takes the menu away. */
  public void hideMenu() {
    more.setVisibility(View.GONE);
  }
}
