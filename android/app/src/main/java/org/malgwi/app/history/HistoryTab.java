package org.malgwi.app.history;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Intent;
import android.os.Bundle;
import android.view.LayoutInflater;
import android.view.View;
import android.widget.EditText;
import android.widget.ListView;
import android.widget.PopupMenu;
import android.widget.TextView;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.malgwi.app.R;
import org.malgwi.app.share.Format;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.Screens;
import org.malgwi.app.ui.Tab;
import org.malgwi.app.ui.Typed;

/**
 * Everything that was written down, to be searched and opened, and shared or deleted together. In a
 * wide window the transcript that is open stands beside the list.
 */
public final class HistoryTab implements Tab {
  private static final String CHOSEN = "org.malgwi.app.CHOSEN";
  private static final String DIALOG = "org.malgwi.app.HISTORY_DIALOG";
  private static final String SHARE = "share";
  private static final String SAY = "say";

  /** Entries that are read at once; more when the list is scrolled to their end. */
  private static final int PAGE = 200;

  /** What several can be shared as, one ZIP each; before them, as one text. */
  private static final List<Format> ZIPPED =
      List.of(Format.TEXT, Format.SRT, Format.VTT, Format.EAF, Format.TEXTGRID, Format.WAV);

  private final Activity activity;
  private final History history;
  private final View view;
  private final EditText search;
  private final ListView list;
  private final HistoryRows rows;
  private final HistoryPane pane;
  private final Dialogs dialogs;
  private final DataExport export;
  private Background background;
  private int limit = PAGE;

  public HistoryTab(Activity activity) {
    this.activity = activity;
    this.history = History.of(activity);
    rows = new HistoryRows(activity);
    view = LayoutInflater.from(activity).inflate(R.layout.history_tab, null, false);
    dialogs = new Dialogs(DIALOG, view);
    dialogs.add(SHARE, about -> ways());
    dialogs.add(SAY, about -> sentence(about.getCharSequence(SAY)));
    export = new DataExport(activity, history, dialogs, this::background);
    TranscriptActions actions =
        new TranscriptActions(
            activity, dialogs, this::background, failure -> say(R.string.transcript_not_written));
    pane = new HistoryPane(activity, view, this::loadAll, actions);
    search = view.findViewById(R.id.history_search);
    search.addTextChangedListener(new Typed(this::searchAnew));
    view.findViewById(R.id.history_clear).setOnClickListener(button -> search.setText(""));
    view.findViewById(R.id.history_more).setOnClickListener(this::showMenu);
    view.findViewById(R.id.history_choosing_end).setOnClickListener(button -> choose(false));
    view.findViewById(R.id.history_share).setOnClickListener(button -> dialogs.open(SHARE));
    view.findViewById(R.id.history_delete).setOnClickListener(button -> delete());
    list = view.findViewById(R.id.history_list);
    list.setAdapter(rows);
    list.setChoiceMode(ListView.CHOICE_MODE_SINGLE); // of what is open beside it
    list.setOnItemClickListener((parent, row, position, id) -> tapped(id));
    list.setOnItemLongClickListener(
        (parent, row, position, id) -> {
          if (!rows.isChoosing()) {
            choose(true);
          }
          tapped(id);
          return true;
        });
  }

  private void tapped(long id) {
    if (rows.isChoosing()) {
      rows.toggle(id);
      showChosen();
    } else {
      pane.open(id);
    }
    markOpen();
  }

  /** Marks the entry that stands beside the list, also for screen readers. */
  private void markOpen() {
    list.clearChoices();
    int position = rows.isChoosing() ? -1 : rows.position(pane.id());
    if (position >= 0) {
      list.setItemChecked(position, true);
    }
    rows.notifyDataSetChanged();
  }

  private void showMenu(View button) {
    PopupMenu popup = new PopupMenu(activity, button);
    popup.inflate(R.menu.history);
    popup.setOnMenuItemClickListener(
        item -> {
          if (item.getItemId() == R.id.history_backup) {
            openBackup();
          } else if (item.getItemId() == R.id.history_choose) {
            choose(true);
          } else {
            export.prepare();
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
    pane.shown();
    loadAll();
  }

  @Override
  public void hidden() {
    pane.hidden();
    if (!activity.isChangingConfigurations()) {
      inBackground(
          () -> {
            history.emptyTrash();
            return null;
          });
    }
    background.close();
    background = null;
  }

  /** Ends choosing first. */
  @Override
  public boolean back() {
    boolean was = rows.isChoosing();
    if (was) {
      choose(false);
    }
    return was;
  }

  /** What is open, and which are chosen; the search is a view's and saves itself. */
  @Override
  public void save(Bundle state) {
    pane.save(state);
    dialogs.save(state);
    if (rows.isChoosing()) {
      state.putLongArray(CHOSEN, rows.chosen().stream().mapToLong(id -> id).toArray());
    }
  }

  @Override
  public void restore(Bundle state) {
    pane.restore(state);
    long[] chosen = state.getLongArray(CHOSEN);
    if (chosen != null) {
      choose(true);
      for (long id : chosen) {
        rows.toggle(id);
      }
      showChosen();
    }
    dialogs.restore(state);
  }

  private Background background() {
    if (background == null) {
      background = new Background("history");
    }
    return background;
  }

  private void inBackground(Callable<Object> work) {
    background().run(work, nothing -> loadAll(), failure -> showTrash());
  }

  private void loadAll() {
    load();
    showTrash();
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
    rows.show(found, query, found.size() < limit ? () -> {} : this::loadMore);
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
    view.findViewById(R.id.history_bar)
        .setVisibility(nothing || rows.isChoosing() ? View.GONE : View.VISIBLE);
    pane.makeRoom(!nothing);
    markOpen();
  }

  private void loadMore() {
    limit += PAGE;
    load();
  }

  private void choose(boolean now) {
    rows.choose(now);
    view.findViewById(R.id.history_bar).setVisibility(now ? View.GONE : View.VISIBLE);
    view.findViewById(R.id.history_choosing).setVisibility(now ? View.VISIBLE : View.GONE);
    showChosen();
    markOpen();
  }

  private void showChosen() {
    int count = rows.chosen().size();
    view.<TextView>findViewById(R.id.history_chosen_count)
        .setText(
            count == 0
                ? activity.getText(R.string.history_choose_some)
                : activity
                    .getResources()
                    .getQuantityString(R.plurals.history_chosen, count, count));
    for (int id : new int[] {R.id.history_share, R.id.history_delete}) {
      view.findViewById(id).setVisibility(count == 0 ? View.GONE : View.VISIBLE);
    }
  }

  private AlertDialog ways() {
    String[] labels = new String[1 + ZIPPED.size()];
    labels[0] = activity.getString(R.string.history_one_text);
    for (int i = 0; i < ZIPPED.size(); i++) {
      String format = activity.getString(TranscriptActions.label(ZIPPED.get(i)));
      labels[i + 1] = activity.getString(R.string.history_zip, format);
    }
    return new AlertDialog.Builder(activity)
        .setTitle(R.string.share)
        .setItems(labels, (dialog, which) -> share(which))
        .setNegativeButton(R.string.cancel, null)
        .create();
  }

  private void share(int which) {
    List<Long> ids = rows.chosen();
    background()
        .run(
            () -> shared(which, ids),
            send -> {
              if (send == null) {
                say(R.string.transcript_no_sound);
              } else {
                choose(false);
                activity.startActivity(
                    Intent.createChooser(send, activity.getText(R.string.share)));
              }
            },
            failure -> say(R.string.transcript_not_written));
  }

  /** Null where sound is asked for and none was kept. */
  private Intent shared(int which, List<Long> ids) throws IOException {
    if (which == 0) {
      return Several.text(activity, history, ids);
    }
    Format format = ZIPPED.get(which - 1);
    boolean hasAny = format != Format.WAV || ids.stream().anyMatch(id -> history.audio(id) != null);
    return hasAny ? Several.zip(activity, history, format, ids) : null;
  }

  private void delete() {
    List<Long> ids = rows.chosen();
    choose(false);
    if (ids.contains(pane.id())) {
      pane.close();
    }
    background()
        .run(
            () -> history.trash(ids),
            left -> {
              loadAll();
              if (left > 0) {
                say(
                    activity
                        .getResources()
                        .getQuantityString(R.plurals.history_not_deleted, left, left));
              }
            },
            failure -> showTrash());
  }

  private void say(int sentence) {
    say(activity.getText(sentence));
  }

  private void say(CharSequence sentence) {
    Bundle about = new Bundle();
    about.putCharSequence(SAY, sentence);
    dialogs.open(SAY, about);
  }

  private AlertDialog sentence(CharSequence sentence) {
    return new AlertDialog.Builder(activity)
        .setMessage(sentence)
        .setNegativeButton(R.string.files_close, null)
        .create();
  }

  private void showTrash() {
    View bar = view.findViewById(R.id.history_trash);
    background()
        .run(
            history::inTrash,
            ids -> {
              bar.setVisibility(ids.isEmpty() ? View.GONE : View.VISIBLE);
              view.<TextView>findViewById(R.id.history_deleted)
                  .setText(
                      ids.size() < 2
                          ? activity.getText(R.string.transcript_deleted)
                          : activity
                              .getResources()
                              .getQuantityString(
                                  R.plurals.history_deleted, ids.size(), ids.size()));
              view.findViewById(R.id.history_undo).setOnClickListener(button -> restore(ids));
            },
            failure -> bar.setVisibility(View.GONE));
  }

  private void restore(List<Long> ids) {
    if (ids.contains(pane.id())) {
      pane.close(); // it says that it is deleted
    }
    inBackground(
        () -> {
          for (long id : ids) {
            history.restore(id);
          }
          return null;
        });
  }

  @Override
  public void answered(int request, int result, Intent data) {
    export.answered(request, result, data);
    pane.answered(request, result, data);
  }
}
