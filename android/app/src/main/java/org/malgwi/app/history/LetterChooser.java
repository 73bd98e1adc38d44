package org.malgwi.app.history;

import android.app.AlertDialog;
import android.content.Context;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.widget.BaseAdapter;
import android.widget.Button;
import android.widget.EditText;
import android.widget.GridView;
import java.util.List;
import java.util.function.Consumer;
import org.malgwi.app.R;
import org.malgwi.app.ui.Typed;

/** Asks for one of thousands of letters: a field to find it by, and all that fit. */
final class LetterChooser {
  private LetterChooser() {}

  /**
   * Asks.
   *
   * @param chosen gets the letter
   */
  static void ask(Context context, List<String> letters, Consumer<String> chosen) {
    AlertDialog dialog =
        new AlertDialog.Builder(context)
            .setTitle(R.string.letters_all)
            .setNegativeButton(R.string.cancel, null)
            .create();
    View view =
        LayoutInflater.from(dialog.getContext()).inflate(R.layout.letter_chooser, null, false);
    Keys keys =
        new Keys(
            letters,
            letter -> {
              dialog.dismiss();
              chosen.accept(letter);
            });
    view.<GridView>findViewById(R.id.letters_grid).setAdapter(keys);
    EditText find = view.findViewById(R.id.letters_find);
    find.addTextChangedListener(
        new Typed(() -> keys.show(Letters.find(letters, find.getText().toString()))));
    dialog.setView(view);
    dialog.show();
  }

  /** Only those on the screen exist as views. */
  private static final class Keys extends BaseAdapter {
    private final Consumer<String> chosen;
    private List<String> letters;

    Keys(List<String> letters, Consumer<String> chosen) {
      this.letters = letters;
      this.chosen = chosen;
    }

    void show(List<String> found) {
      letters = found;
      notifyDataSetChanged();
    }

    @Override
    public int getCount() {
      return letters.size();
    }

    @Override
    public Object getItem(int position) {
      return letters.get(position);
    }

    @Override
    public long getItemId(int position) {
      return position;
    }

    @Override
    public View getView(int position, View old, ViewGroup parent) {
      Button key = old != null ? (Button) old : LettersRow.key(parent);
      String letter = letters.get(position);
      LettersRow.name(key, letter);
      key.setOnClickListener(button -> chosen.accept(letter));
      return key;
    }
  }
}
