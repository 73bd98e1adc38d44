package org.malgwi.app.history;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.graphics.Typeface;
import android.net.Uri;
import android.text.SpannableString;
import android.text.Spanned;
import android.text.format.DateUtils;
import android.text.style.StyleSpan;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.widget.BaseAdapter;
import android.widget.EditText;
import android.widget.ListView;
import android.widget.PopupMenu;
import android.widget.TextView;
import android.widget.Toast;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.malgwi.app.R;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.Screens;
import org.malgwi.app.ui.Tab;
import org.malgwi.app.ui.Typed;

/** Everything that was written down, to be searched and opened. */
public final class HistoryTab implements Tab {
  /** Rows that are read at once; more when the list is scrolled to their end. */
  private static final int PAGE = 200;

  private static final int EXPORT = 7;

  private final Activity activity;
  private final History history;
  private final View view;
  private final EditText search;
  private final Rows rows = new Rows();
  private Background background;
  private List<Entry> entries = List.of();
  private int limit = PAGE;

  public HistoryTab(Activity activity) {
    this.activity = activity;
    this.history = History.of(activity);
    view = LayoutInflater.from(activity).inflate(R.layout.history_tab, null, false);
    search = view.findViewById(R.id.history_search);
    search.addTextChangedListener(new Typed(this::searchAnew));
    view.findViewById(R.id.history_clear).setOnClickListener(button -> search.setText(""));
    view.findViewById(R.id.history_more).setOnClickListener(this::showMenu);
    ListView list = view.findViewById(R.id.history_list);
    list.setAdapter(rows);
    list.setOnItemClickListener(
        (parent, row, position, id) ->
            activity.startActivity(TranscriptActivity.intent(activity, id)));
  }

  private void showMenu(View button) {
    PopupMenu popup = new PopupMenu(activity, button);
    popup.inflate(R.menu.history);
    popup.setOnMenuItemClickListener(
        item -> {
          if (item.getItemId() == R.id.history_backup) {
            openBackup();
          } else {
            prepareExport();
          }
          return true;
        });
    popup.show();
  }

  private void openBackup() {
    activity.startActivity(Screens.of(activity).backup());
  }

  @Override
  public View view() {
    return view;
  }

  @Override
  public void shown() {
    background();
    load();
    showTrash();
  }

  @Override
  public void hidden() {
    if (!activity.isChangingConfigurations()) {
      background().run(this::emptyTrash, nothing -> {}, failure -> {});
    }
    background.close();
    background = null;
  }

  private Background background() {
    if (background == null) {
      background = new Background("history");
    }
    return background;
  }

  private Object emptyTrash() {
    history.emptyTrash();
    return null;
  }

  private void searchAnew() {
    limit = PAGE;
    load();
  }

  private void load() {
    String query = search.getText().toString();
    int most = limit;
    background()
        .run(
            () -> history.search(query, most),
            found -> {
              if (query.equals(search.getText().toString())) {
                show(found, query);
              }
            },
            failure -> show(List.of(), query));
  }

  private void show(List<Entry> found, String query) {
    entries = found;
    rows.notifyDataSetChanged();
    view.findViewById(R.id.history_clear).setVisibility(query.isEmpty() ? View.GONE : View.VISIBLE);
    MessageView empty = view.findViewById(R.id.history_empty);
    empty.setVisibility(found.isEmpty() ? View.VISIBLE : View.GONE);
    if (!query.isEmpty()) {
      empty.show(
          R.drawable.ic_search,
          activity.getString(R.string.history_not_found, query),
          R.string.history_show_all,
          () -> search.setText(""));
    } else {
      empty.show(
          R.drawable.ic_history,
          activity.getText(R.string.history_empty),
          R.string.backup_restore,
          this::openBackup);
    }
    boolean nothing = found.isEmpty() && query.isEmpty();
    view.findViewById(R.id.history_bar).setVisibility(nothing ? View.GONE : View.VISIBLE);
  }

  private void showTrash() {
    View bar = view.findViewById(R.id.history_trash);
    background()
        .run(
            history::inTrash,
            id -> {
              bar.setVisibility(id < 0 ? View.GONE : View.VISIBLE);
              view.findViewById(R.id.history_undo).setOnClickListener(button -> restore(id));
            },
            failure -> bar.setVisibility(View.GONE));
  }

  private void restore(long id) {
    background()
        .run(
            () -> {
              history.restore(id);
              return null;
            },
            nothing -> {
              load();
              showTrash();
            },
            failure -> showTrash());
  }

  private void prepareExport() {
    background()
        .run(
            () -> DataSet.count(history),
            count -> {
              if (count == 0) {
                explainExport();
              } else {
                askWhereTo();
              }
            },
            failure -> say(R.string.history_export_failed));
  }

  private void explainExport() {
    new AlertDialog.Builder(activity)
        .setTitle(R.string.history_export)
        .setMessage(R.string.history_export_nothing)
        .setPositiveButton(
            R.string.menu_settings,
            (dialog, button) -> activity.startActivity(Screens.of(activity).settings()))
        .setNegativeButton(R.string.cancel, null)
        .show();
  }

  private void askWhereTo() {
    Intent create =
        new Intent(Intent.ACTION_CREATE_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType("application/zip")
            .putExtra(Intent.EXTRA_TITLE, "malgwi-data.zip");
    try {
      activity.startActivityForResult(create, EXPORT);
    } catch (ActivityNotFoundException e) {
      say(R.string.history_no_picker);
    }
  }

  @Override
  public void answered(int request, int result, Intent data) {
    if (request != EXPORT || result != Activity.RESULT_OK || data == null) {
      return;
    }
    Uri to = data.getData();
    background()
        .run(
            () -> export(to),
            count ->
                Toast.makeText(
                        activity,
                        activity
                            .getResources()
                            .getQuantityString(R.plurals.history_exported, count, count),
                        Toast.LENGTH_LONG)
                    .show(),
            failure -> say(R.string.history_export_failed));
  }

  private int export(Uri to) throws IOException {
    Sharing.save(activity, to, out -> DataSet.write(history, out));
    return DataSet.count(history);
  }

  private void say(int sentence) {
    new AlertDialog.Builder(activity)
        .setMessage(sentence)
        .setPositiveButton(R.string.retry, (dialog, button) -> prepareExport())
        .setNegativeButton(R.string.cancel, null)
        .show();
  }

  private String source(Entry entry) {
    return switch (entry.source()) {
      case SPEECH -> activity.getString(R.string.history_speech);
      case FILE -> entry.title();
      case KEYBOARD -> activity.getString(R.string.history_keyboard);
    };
  }

  /** When, how long, and something more: the line under a text. */
  static String facts(Activity activity, Entry entry, String more) {
    String when =
        DateUtils.formatDateTime(
            activity,
            entry.id(),
            DateUtils.FORMAT_SHOW_DATE | DateUtils.FORMAT_SHOW_TIME | DateUtils.FORMAT_ABBREV_ALL);
    String facts =
        activity.getString(
            R.string.history_facts, when, TranscriptView.clock(entry.durationMs()), more);
    return entry.checked() ? activity.getString(R.string.history_checked, facts) : facts;
  }

  /** An excerpt in one paragraph, the word that was searched for in bold. */
  private static CharSequence excerpt(Entry entry, String query) {
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

  private final class Rows extends BaseAdapter {
    @Override
    public int getCount() {
      return entries.size();
    }

    @Override
    public Entry getItem(int position) {
      return entries.get(position);
    }

    @Override
    public long getItemId(int position) {
      return entries.get(position).id();
    }

    @Override
    public View getView(int position, View old, ViewGroup parent) {
      View row =
          old != null
              ? old
              : LayoutInflater.from(activity).inflate(R.layout.history_row, parent, false);
      Entry entry = entries.get(position);
      row.<TextView>findViewById(R.id.history_excerpt)
          .setText(excerpt(entry, search.getText().toString()));
      row.<TextView>findViewById(R.id.history_facts).setText(facts(activity, entry, source(entry)));
      if (position == limit - 1) {
        limit += PAGE;
        load();
      }
      return row;
    }
  }
}
