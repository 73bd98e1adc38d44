package org.malgwi.app.models;

import android.content.Context;
import android.text.format.Formatter;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.widget.TextView;
import java.text.NumberFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.malgwi.app.R;

/** A bundle's facts in the words and numbers of the user's language. */
final class ModelFacts {
  private final Context context;
  private final Installed installed;
  private final Locale locale;

  ModelFacts(Context context, Installed installed) {
    this.context = context;
    this.installed = installed;
    this.locale = context.getResources().getConfiguration().getLocales().get(0);
  }

  /** One line for a list: language, size, errors. */
  String line() {
    List<String> parts = new ArrayList<>();
    parts.add(language());
    parts.add(size());
    boolean byCharacters = "CER".equals(installed.bundle().figures().get("measure"));
    Double rate = number(byCharacters ? "cer" : "wer");
    if (rate != null) {
      parts.add(
          context.getString(
              byCharacters ? R.string.model_row_character_errors : R.string.model_row_errors,
              percent(rate)));
    }
    return String.join(" · ", parts);
  }

  /** Puts all facts into {@code list}, one below the other. */
  void fill(ViewGroup list) {
    list.removeAllViews();
    add(list, R.string.fact_language, language());
    add(list, R.string.fact_errors, errors());
    add(list, R.string.fact_size, size());
    add(list, R.string.fact_precision, installed.bundle().precision());
    Double factor = number("real_time_factor");
    if (factor != null) {
      NumberFormat format = NumberFormat.getNumberInstance(locale);
      format.setMaximumFractionDigits(3);
      add(
          list,
          R.string.fact_speed,
          context.getString(R.string.fact_speed_value, format.format(factor)));
    }
    add(list, R.string.fact_licence, installed.bundle().licence());
    Object checkpoint = installed.bundle().figures().get("checkpoint");
    add(list, R.string.fact_checkpoint, checkpoint instanceof String text ? text : null);
    add(
        list,
        R.string.fact_origin,
        context.getString(
            installed.builtIn() ? R.string.fact_origin_app : R.string.fact_origin_import));
    add(list, R.string.fact_id, installed.id());
  }

  private static void add(ViewGroup list, int label, String value) {
    if (value == null || value.isEmpty()) {
      return;
    }
    View fact = LayoutInflater.from(list.getContext()).inflate(R.layout.fact, list, false);
    fact.<TextView>findViewById(R.id.fact_label).setText(label);
    fact.<TextView>findViewById(R.id.fact_value).setText(value);
    list.addView(fact);
  }

  private String language() {
    String name = installed.languageIn(locale);
    return name.isEmpty() ? context.getString(R.string.fact_language_unknown) : name;
  }

  private String size() {
    return Formatter.formatShortFileSize(context, installed.bytes());
  }

  private String errors() {
    Double wer = number("wer");
    Double cer = number("cer");
    if (wer == null || cer == null) {
      return null;
    }
    Double words = number("words");
    if (words == null) {
      return context.getString(R.string.fact_errors_value, percent(wer), percent(cer));
    }
    String count = NumberFormat.getIntegerInstance(locale).format(words);
    return context
        .getResources()
        .getQuantityString(
            R.plurals.fact_errors_words, words.intValue(), percent(wer), percent(cer), count);
  }

  private String percent(double share) {
    NumberFormat format = NumberFormat.getPercentInstance(locale);
    format.setMaximumFractionDigits(1);
    return format.format(share);
  }

  /** Figures are for people, and nobody has checked what they hold. */
  private Double number(String key) {
    return installed.bundle().figures().get(key) instanceof Number value
            && value.doubleValue() >= 0
            && value.doubleValue() < 1e9
        ? (Double) value.doubleValue()
        : null;
  }
}
