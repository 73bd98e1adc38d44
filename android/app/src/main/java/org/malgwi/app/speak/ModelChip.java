package org.malgwi.app.speak;

import android.content.Context;
import android.view.View;
import android.widget.TextView;
import org.malgwi.app.R;
import org.malgwi.app.models.Installed;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;

/** Which model listens, and for which language; a tap leads to the others. */
final class ModelChip {
  private final TextView chip;

  ModelChip(TextView chip) {
    this.chip = chip;
    Context context = chip.getContext();
    chip.setOnClickListener(
        tapped -> context.startActivity(Screens.of(context).place(Place.MODELS)));
  }

  /**
   * Shows a model.
   *
   * @param model null: none is known
   */
  void show(Installed model) {
    chip.setVisibility(model == null ? View.GONE : View.VISIBLE);
    if (model == null) {
      return;
    }
    Context context = chip.getContext();
    String language =
        model.languageIn(context.getResources().getConfiguration().getLocales().get(0));
    String text =
        language.isEmpty()
            ? model.name()
            : context.getString(R.string.speak_model, model.name(), language);
    chip.setText(text);
    chip.setContentDescription(context.getString(R.string.speak_model_is, text));
  }
}
