package org.malgwi.app.history;

import android.app.Activity;
import android.graphics.Typeface;
import android.text.SpannableString;
import android.text.Spanned;
import android.text.format.DateUtils;
import android.text.style.StyleSpan;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.widget.BaseAdapter;
import android.widget.CheckBox;
import android.widget.TextView;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.malgwi.app.R;

/** The entries of the list under their dates, some of them chosen. Main thread only. */
final class HistoryRows extends BaseAdapter {
  private static final int DATE = 0;
  private static final int ENTRY = 1;

  /**
   * A row.
   *
   * @param entry the one it shows; of a date, the first below it
   */
  private record Row(boolean isDate, Entry entry) {}

  private final Activity activity;
  private final Set<Long> chosen = new LinkedHashSet<>();
  private List<Row> rows = List.of();
  private String query = "";
  private boolean choosing;
  private Runnable atEnd = () -> {};

  HistoryRows(Activity activity) {
    this.activity = activity;
  }

  /**
   * Shows entries, the newest first.
   *
   * @param query the words that are shown in bold
   * @param atEnd what to do when the last row is shown
   */
  void show(List<Entry> entries, String query, Runnable atEnd) {
    this.query = query;
    this.atEnd = atEnd;
    List<Row> next = new ArrayList<>();
    LocalDate before = null;
    for (Entry entry : entries) {
      LocalDate day = date(entry.id());
      if (!day.equals(before)) {
        next.add(new Row(true, entry));
      }
      before = day;
      next.add(new Row(false, entry));
    }
    rows = next;
    notifyDataSetChanged();
  }

  /** Begins to choose several, or ends it with none. */
  void choose(boolean now) {
    choosing = now;
    chosen.clear();
    notifyDataSetChanged();
  }

  boolean isChoosing() {
    return choosing;
  }

  /** Chooses an entry, or takes it back. */
  void toggle(long id) {
    if (!chosen.remove(id)) {
      chosen.add(id);
    }
    notifyDataSetChanged();
  }

  /** The ids of the chosen ones, the oldest first. */
  List<Long> chosen() {
    List<Long> ids = new ArrayList<>(chosen);
    ids.sort(null);
    return ids;
  }

  /** Where the row of an entry is; -1 when it has none. */
  int position(long id) {
    for (int i = 0; i < rows.size(); i++) {
      if (!rows.get(i).isDate() && rows.get(i).entry().id() == id) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public int getCount() {
    return rows.size();
  }

  @Override
  public Entry getItem(int position) {
    return rows.get(position).entry();
  }

  @Override
  public long getItemId(int position) {
    return getItem(position).id();
  }

  @Override
  public int getViewTypeCount() {
    return 2;
  }

  @Override
  public int getItemViewType(int position) {
    return rows.get(position).isDate() ? DATE : ENTRY;
  }

  @Override
  public boolean areAllItemsEnabled() {
    return false;
  }

  @Override
  public boolean isEnabled(int position) {
    return getItemViewType(position) == ENTRY;
  }

  @Override
  public View getView(int position, View old, ViewGroup parent) {
    boolean isDate = getItemViewType(position) == DATE;
    int layout = isDate ? R.layout.history_date : R.layout.history_row;
    View row = old != null ? old : LayoutInflater.from(activity).inflate(layout, parent, false);
    Entry entry = getItem(position);
    if (isDate) {
      ((TextView) row).setText(day(entry.id()));
    } else {
      row.<TextView>findViewById(R.id.history_excerpt).setText(excerpt(entry));
      row.<TextView>findViewById(R.id.history_facts).setText(facts(entry));
      CheckBox box = row.findViewById(R.id.history_chosen);
      box.setVisibility(choosing ? View.VISIBLE : View.GONE);
      box.setChecked(chosen.contains(entry.id()));
      box.jumpDrawablesToCurrentState(); // rows are used again for others: nothing to animate
    }
    if (position == rows.size() - 1) {
      Runnable once = atEnd;
      atEnd = () -> {}; // it may be drawn again before more rows come
      once.run();
    }
    return row;
  }

  private CharSequence day(long ms) {
    long now = System.currentTimeMillis();
    long days = date(now).toEpochDay() - date(ms).toEpochDay();
    return days == 0 || days == 1
        ? DateUtils.getRelativeTimeSpanString(ms, now, DateUtils.DAY_IN_MILLIS)
        : DateUtils.formatDateTime(
            activity, ms, DateUtils.FORMAT_SHOW_DATE | DateUtils.FORMAT_SHOW_WEEKDAY);
  }

  private static LocalDate date(long ms) {
    return Instant.ofEpochMilli(ms).atZone(ZoneId.systemDefault()).toLocalDate();
  }

  private String facts(Entry entry) {
    String when = DateUtils.formatDateTime(activity, entry.id(), DateUtils.FORMAT_SHOW_TIME);
    return facts(activity, entry, when, name(activity, entry));
  }

  /** What an entry is called: by its title, else by where it came from. */
  static String name(Activity activity, Entry entry) {
    if (!entry.title().isEmpty()) {
      return entry.title();
    }
    return activity.getString(
        switch (entry.source()) {
          case SPEECH -> R.string.history_speech;
          case FILE -> R.string.files_nameless;
          case KEYBOARD -> R.string.history_keyboard;
        });
  }

  /** When, how long, and something more: the line under a text. */
  static String facts(Activity activity, Entry entry, String when, String more) {
    String facts =
        activity.getString(
            R.string.history_facts, when, TranscriptView.clock(entry.durationMs()), more);
    return entry.checked() ? activity.getString(R.string.history_checked, facts) : facts;
  }

  /** An entry's date and time. */
  static String when(Activity activity, Entry entry) {
    return DateUtils.formatDateTime(
        activity,
        entry.id(),
        DateUtils.FORMAT_SHOW_DATE | DateUtils.FORMAT_SHOW_TIME | DateUtils.FORMAT_ABBREV_ALL);
  }

  /** An excerpt in one paragraph, the word that was searched for in bold. */
  private CharSequence excerpt(Entry entry) {
    String text = entry.excerpt().replaceAll("\\s+", " ");
    SpannableString shown = new SpannableString(text);
    for (String word : Correction.words(query.toLowerCase(Locale.ROOT))) {
      int at = text.toLowerCase(Locale.ROOT).indexOf(word);
      if (at >= 0 && at + word.length() <= text.length()) {
        shown.setSpan(
            new StyleSpan(Typeface.BOLD), at, at + word.length(), Spanned.SPAN_EXCLUSIVE_EXCLUSIVE);
      }
    }
    return shown;
  }
}
