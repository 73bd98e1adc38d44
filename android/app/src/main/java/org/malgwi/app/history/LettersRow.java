package org.malgwi.app.history;

import android.content.Context;
import android.text.Editable;
import android.text.Selection;
import android.util.AttributeSet;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.EditText;
import android.widget.HorizontalScrollView;
import android.widget.LinearLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.malgwi.app.R;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Installed;

/**
 * Keys for the letters of the model that heard a text, to correct it where the keyboard lacks them.
 * Where there are too many for a row, it leads to all of them and keeps those that were chosen.
 */
public final class LettersRow extends HorizontalScrollView {
  /** More keys than this nobody scrolls through. */
  static final int MOST_KEYS = 80;

  /** How many of the letters that were chosen last have a key. */
  static final int MOST_CHOSEN = 20;

  private final LinearLayout keys;
  private EditText editor;
  private List<String> letters = List.of();
  private final Deque<String> chosen = new ArrayDeque<>();

  public LettersRow(Context context, AttributeSet attributes) {
    super(context, attributes);
    setHorizontalScrollBarEnabled(false);
    keys = new LinearLayout(context);
    keys.setBaselineAligned(false); // a mark's stands elsewhere, and its key would be cut
    addView(keys, new LayoutParams(LayoutParams.WRAP_CONTENT, LayoutParams.WRAP_CONTENT));
  }

  /**
   * Those of an entry that are worth a key; none where its model is no longer there. Reads the
   * disk.
   */
  static List<String> of(Context context, Entry entry) {
    return BundleStore.of(context)
        .named(entry.model(), entry.language())
        .map(LettersRow::of)
        .orElse(List.of());
  }

  /** Those of a model that are worth a key. */
  public static List<String> of(Installed model) {
    return Letters.worthKeys(model.bundle().decoding().letters());
  }

  /** Takes what its keys write into. */
  public void writeInto(EditText field) {
    editor = field;
  }

  /** Shows keys for these. */
  public void show(List<String> all) {
    letters = all;
    chosen.clear();
    layKeys();
  }

  /** Makes room for itself while a text is written, if there is a key to show. */
  public void makeRoom(boolean writing) {
    setVisibility(writing && !letters.isEmpty() ? View.VISIBLE : View.GONE);
  }

  private void layKeys() {
    keys.removeAllViews();
    if (letters.size() <= MOST_KEYS) {
      letters.forEach(this::addKey);
      return;
    }
    Button all = key(keys);
    all.setText(R.string.letters_all);
    all.setOnClickListener(button -> LetterChooser.ask(getContext(), letters, this::choose));
    add(all);
    chosen.forEach(this::addKey);
  }

  private void addKey(String letter) {
    Button key = key(keys);
    name(key, letter);
    key.setOnClickListener(button -> write(letter));
    add(key);
  }

  /** All are as high as the highest. */
  private void add(Button key) {
    key.getLayoutParams().height = LayoutParams.MATCH_PARENT;
    keys.addView(key);
  }

  /** A key without a letter. */
  static Button key(ViewGroup parent) {
    return (Button)
        LayoutInflater.from(parent.getContext()).inflate(R.layout.letter_key, parent, false);
  }

  /** Puts a letter on a key. */
  static void name(Button key, String letter) {
    key.setText(Letters.shown(letter));
    key.setContentDescription(Letters.spoken(letter));
  }

  private void choose(String letter) {
    write(letter);
    chosen.remove(letter);
    chosen.addFirst(letter);
    if (chosen.size() > MOST_CHOSEN) {
      chosen.removeLast();
    }
    layKeys();
  }

  /** At the cursor, or in place of what is selected. */
  private void write(String letter) {
    Editable text = editor.getText();
    int one = editor.getSelectionStart();
    int other = editor.getSelectionEnd();
    int from = one < 0 ? text.length() : Math.min(one, other);
    text.replace(from, one < 0 ? from : Math.max(one, other), letter);
    Selection.setSelection(text, from + letter.length());
  }
}
