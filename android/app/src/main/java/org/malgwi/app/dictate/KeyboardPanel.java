package org.malgwi.app.dictate;

import android.content.Context;
import android.util.AttributeSet;
import android.view.View;
import android.view.accessibility.AccessibilityNodeInfo;
import android.view.accessibility.AccessibilityNodeInfo.AccessibilityAction;
import android.widget.Button;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.util.Map;
import org.malgwi.app.R;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.ui.MovingText;
import org.malgwi.app.ui.SpeakButton;
import org.malgwi.core.LiveStream;

/** What the voice keyboard shows: a sentence, the text so far, the button, and keys. */
public final class KeyboardPanel extends LinearLayout {
  /** Between two deletions while the key is held, in ms. */
  private static final int REPEAT_MS = 60;

  private static final Map<Integer, String> MARKS =
      Map.of(R.id.period, ".", R.id.comma, ",", R.id.question, "?", R.id.exclamation, "!");

  /** What the keys do. */
  interface Keys {
    /** Begins, or ends and inserts. */
    void speak();

    /**
     * Begins, to listen for as long as the button is held.
     *
     * @return false where it listens already, or can't
     */
    boolean press();

    /** Ends and inserts what {@link #press} began, if it isn't over. */
    void letGo();

    /** Lets what {@link #press} began go on as if it had been tapped. */
    void goOn();

    void discard();

    /** Takes the last text out again. */
    void undo();

    /** Takes out all that was inserted into this field. */
    void undoAll();

    /** Types a space or a mark. */
    void type(String typed);

    void delete();

    void enter();

    void lastKeyboard();
  }

  public KeyboardPanel(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  /** Connects the keys. To be called once, when the layout is there. */
  void connect(Keys keys) {
    View speak = findViewById(R.id.speak);
    speak.setOnClickListener(key -> keys.speak());
    speak.setOnTouchListener(new HoldToTalk(keys));
    findViewById(R.id.discard).setOnClickListener(key -> keys.discard());
    View undo = findViewById(R.id.undo);
    undo.setOnClickListener(key -> keys.undo());
    undo.setOnLongClickListener(
        key -> {
          keys.undoAll();
          return true;
        });
    undo.setAccessibilityDelegate(new Held(R.string.keyboard_undo_all));
    findViewById(R.id.space).setOnClickListener(key -> keys.type(" "));
    MARKS.forEach(
        (id, mark) -> {
          Button key = findViewById(id);
          key.setText(mark);
          key.setOnClickListener(tapped -> keys.type(mark));
        });
    findViewById(R.id.enter).setOnClickListener(key -> keys.enter());
    findViewById(R.id.last_keyboard).setOnClickListener(key -> keys.lastKeyboard());
    View delete = findViewById(R.id.delete);
    delete.setOnClickListener(key -> keys.delete());
    delete.setOnLongClickListener(
        key -> {
          repeat(key, keys);
          return true;
        });
    int left = getPaddingLeft();
    int right = getPaddingRight();
    int bottom = getPaddingBottom();
    setOnApplyWindowInsetsListener(
        (view, insets) -> {
          Platform.Edges bars = Platform.bars(insets);
          setPadding(
              left + bars.left(), getPaddingTop(), right + bars.right(), bottom + bars.bottom());
          return insets;
        });
  }

  private void repeat(View key, Keys keys) {
    if (key.isPressed()) {
      keys.delete();
      key.postDelayed(() -> repeat(key, keys), REPEAT_MS);
    }
  }

  /** Shows one sentence, without an action where {@code label} is 0. */
  void say(int sentence, int label, Runnable onAction) {
    say(getContext().getText(sentence), label, onAction);
  }

  void say(CharSequence sentence, int label, Runnable onAction) {
    this.<TextView>findViewById(R.id.sentence).setText(sentence);
    Button action = findViewById(R.id.action);
    action.setVisibility(label == 0 ? GONE : VISIBLE);
    if (label != 0) {
      action.setText(label);
      action.setOnClickListener(view -> onAction.run());
    }
  }

  /** Shows the text so far; without one, its place is free for the sentence's action. */
  void showText(LiveStream.Update text) {
    TextView view = findViewById(R.id.text);
    view.setVisibility(text.text().isEmpty() ? GONE : VISIBLE);
    MovingText.show(view, text);
  }

  /**
   * Shows what the button does.
   *
   * @param listening a tap ends it
   * @param enabled a tap is of use
   */
  void showListening(boolean listening, boolean enabled) {
    SpeakButton speak = findViewById(R.id.speak);
    speak.setListening(listening);
    speak.setEnabled(enabled);
    findViewById(R.id.discard).setVisibility(listening ? VISIBLE : INVISIBLE);
    for (int group : new int[] {R.id.marks_start, R.id.marks_end}) {
      View marks = findViewById(group);
      if (marks != null) { // in landscape they have a place of their own
        marks.setVisibility(listening ? INVISIBLE : VISIBLE);
      }
    }
  }

  /** Shows the keys of punctuation marks, or that this field takes none. */
  void showMarks(boolean taken) {
    MARKS.keySet().forEach(id -> findViewById(id).setVisibility(taken ? VISIBLE : GONE));
  }

  void showLevel(float dbfs) {
    this.<SpeakButton>findViewById(R.id.speak).setLevel(dbfs);
  }

  void showUndo(boolean possible) {
    View undo = findViewById(R.id.undo);
    undo.setEnabled(possible);
    undo.setAlpha(possible ? 1 : 0.38f);
  }

  /** Names the enter key by what it does in this field. */
  void showEnter(CharSequence name) {
    findViewById(R.id.enter).setContentDescription(name);
  }

  /** Tells screen readers what holding a key does. */
  private static final class Held extends AccessibilityDelegate {
    private final int label;

    Held(int label) {
      this.label = label;
    }

    @Override
    public void onInitializeAccessibilityNodeInfo(View key, AccessibilityNodeInfo info) {
      super.onInitializeAccessibilityNodeInfo(key, info);
      info.addAction(
          new AccessibilityAction(
              AccessibilityNodeInfo.ACTION_LONG_CLICK, key.getContext().getText(label)));
    }
  }
}
