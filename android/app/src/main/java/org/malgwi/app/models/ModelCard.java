package org.malgwi.app.models;

import android.content.Context;
import android.text.TextUtils;
import java.nio.charset.StandardCharsets;
import org.malgwi.app.R;
import org.malgwi.app.ui.Markdown;

/**
 * A model card as far as a screen shows it: its maker may have written anything, and much of it.
 *
 * @param text Markdown
 * @param isCut it is longer than a screen shows
 */
record ModelCard(String text, boolean isCut) {
  /** Bytes of a card: those that Malgwi writes have about two thousand. */
  static final int MOST = 64_000;

  /** The card in the bytes of a bundle's file. */
  static ModelCard of(byte[] file) {
    boolean cut = file.length > MOST;
    int end = Math.min(file.length, MOST);
    while (cut && end > 0 && (file[end] & 0xC0) == 0x80) {
      end--; // within a letter
    }
    return new ModelCard(new String(file, 0, end, StandardCharsets.UTF_8).trim(), cut);
  }

  /** As a view shows it; one that is cut says so at its end. */
  CharSequence styled(Context context) {
    String end = isCut ? "\n\n" + context.getString(R.string.model_card_cut) : "";
    int indent = context.getResources().getDimensionPixelSize(R.dimen.margin);
    return TextUtils.concat(Markdown.styled(text, indent), end);
  }
}
