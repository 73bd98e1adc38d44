package org.malgwi.app.history;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import android.util.AttributeSet;
import android.view.View;
import android.widget.EditText;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.io.IOException;
import org.malgwi.app.R;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.share.Format;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.TopBar;
import org.malgwi.core.Channels;

/**
 * One transcript of the history: to read, listen to, correct, share, save and delete. It fills a
 * window, or stands beside the list. Main thread only.
 *
 * <p>It is longer than 400 lines as it is one state, of which reading, writing, deleting and being
 * opened anew each change several fields; what leaves the app, and the bar that plays, are classes
 * of their own.
 */
public final class TranscriptScreen extends LinearLayout {
  /** No entry. */
  static final long NONE = -1;

  private static final String DIALOG = "dialog";
  private static final String PLAYER = "player";
  private static final String PARAGRAPH = "paragraph";
  private static final String SELECTED_FROM = "selected_from";
  private static final String SELECTED_TO = "selected_to";

  private static final String RENAME = "rename";
  private static final String NOT_WRITTEN = "not written";
  private static final String TITLE = "title";

  /** What it stands in. */
  interface Host {
    /** The entry is another in the list, too. */
    void changed();

    /** It lies in the trash. */
    void deleted();

    /** There is nothing more to see here. */
    void left();
  }

  private Activity activity;
  private Host host;
  private History history;
  private Dialogs dialogs;
  private TranscriptActions actions;
  private Background background;
  private long id = NONE;
  private OpenTranscript shown;
  private boolean editing;

  /** It was playing when a window of another size took its place, where it plays on. */
  private boolean playsOn;

  private TopBar top;
  private TranscriptView transcript;
  private PlayerBar bar;
  private EditText editor;
  private LettersRow letters;
  private MessageView message;

  public TranscriptScreen(Context context, AttributeSet attributes) {
    super(context, attributes);
  }

  @Override
  protected void onFinishInflate() {
    super.onFinishInflate();
    top = findViewById(R.id.top);
    transcript = findViewById(R.id.transcript_text);
    bar = findViewById(R.id.transcript_player);
    transcript.putUnder(bar);
    editor = findViewById(R.id.transcript_editor);
    letters = findViewById(R.id.transcript_letters);
    letters.writeInto(editor);
    message = findViewById(R.id.message);
    findViewById(R.id.transcript_edit).setOnClickListener(button -> edit(shown.text()));
    findViewById(R.id.transcript_cancel).setOnClickListener(button -> cancelEdit());
    findViewById(R.id.transcript_save).setOnClickListener(button -> saveEdit());
  }

  /** Tells it what it stands in. To be called once, before all else. */
  void connect(Activity in, Host its) {
    activity = in;
    host = its;
    history = History.of(in);
    dialogs = new Dialogs(DIALOG, this);
    actions = new TranscriptActions(in, dialogs, this::background, this::explain);
    dialogs.add(RENAME, about -> Renaming.dialog(in, about.getString(TITLE), this::rename));
    dialogs.add(NOT_WRITTEN, about -> notWritten());
    findViewById(R.id.transcript_copy).setOnClickListener(button -> actions.copy(shown));
    findViewById(R.id.transcript_share)
        .setOnClickListener(button -> actions.share(Format.TEXT, shown));
  }

  private Background background() {
    if (background == null) {
      background = new Background("transcript");
    }
    return background;
  }

  /** The entry that is open, or {@link #NONE}. */
  long id() {
    return id;
  }

  /**
   * Opens an entry in place of the one that is open.
   *
   * @param was what {@link #save} gave for it; null: it wasn't open
   */
  void open(long other, Bundle was) {
    close();
    id = other;
    top.setTitle(R.string.transcript);
    if (was != null) {
      dialogs.restore(was);
    }
    load(was);
  }

  /** Shows nothing any more. What is being written is kept. */
  void close() {
    dialogs.close();
    hidden(); // which says so when what is being written can't be kept
    id = NONE;
    shown = null;
    editing = false;
    // Nothing can be tapped that isn't there yet.
    findViewById(R.id.transcript_content).setVisibility(View.GONE);
    message.setVisibility(View.GONE);
    top.hideMenu();
  }

  /** Shows what has become of the entry meanwhile. */
  void refresh() {
    if (id != NONE && !editing) {
      load(null);
    }
  }

  /** Reads the entry, to be shown as it stood. */
  private void load(Bundle was) {
    long asked = id;
    background()
        .run(
            () -> OpenTranscript.read(activity, history, asked),
            read -> {
              if (asked == id && (read == null || !read.equals(shown))) {
                show(read, was == null ? new Bundle() : was);
              }
            },
            failure -> {
              if (asked == id) {
                show(null, new Bundle());
              }
            });
  }

  private void show(OpenTranscript read, Bundle was) {
    boolean isNew = shown == null;
    shown = read;
    if (read == null) {
      lookInTheTrash();
      return;
    }
    showTitle();
    top.showMenu(R.menu.transcript, this::chosen);
    this.<TextView>findViewById(R.id.transcript_facts).setText(facts(read));
    transcript.show(read.text(), read.words(), read.audio());
    if (isNew) {
      transcript.setSelection(was.getInt(PARAGRAPH));
      transcript.restore(was.getBundle(PLAYER));
    }
    bar.showRecording();
    letters.show(read.letters());
    if (read.draft() != null) {
      edit(read.draft());
      if (was.containsKey(SELECTED_FROM)) {
        editor.setSelection(within(was.getInt(SELECTED_FROM)), within(was.getInt(SELECTED_TO)));
      }
    } else {
      editing = false;
      showMode();
    }
  }

  private int within(int place) {
    return Math.max(0, Math.min(editor.length(), place));
  }

  /** It may have been deleted before the phone was turned. */
  private void lookInTheTrash() {
    long asked = id;
    background()
        .run(
            () -> history.inTrash().contains(asked),
            there -> {
              if (asked == id && there) {
                sayDeleted();
              } else if (asked == id) {
                sayGone();
              }
            },
            failure -> {
              if (asked == id) {
                sayGone();
              }
            });
  }

  private void showTitle() {
    top.setTitle(
        shown.title().isEmpty() ? getContext().getText(R.string.transcript) : shown.title());
  }

  private String facts(OpenTranscript read) {
    Entry entry = read.entry();
    String facts =
        HistoryRows.facts(activity, entry, HistoryRows.when(activity, entry), entry.model());
    if (read.channel() != Channels.MIX) {
      facts += "\n" + activity.getString(R.string.transcript_channel, read.channel() + 1);
    }
    // A rustle of under a second isn't worth a line.
    return read.notSpeechMs() < 1_000
        ? facts
        : facts
            + "\n"
            + activity.getString(
                R.string.transcript_left_out, TranscriptView.clock(read.notSpeechMs()));
  }

  private void sayGone() {
    say(R.drawable.ic_history, R.string.transcript_gone, R.string.back, host::left);
  }

  /** Says that it lies in the trash, and offers it back. */
  void sayDeleted() {
    say(R.drawable.ic_delete, R.string.transcript_deleted, R.string.undo, this::undo);
  }

  private void say(int icon, int sentence, int action, Runnable onAction) {
    message.show(icon, getContext().getText(sentence), action, onAction);
    message.setVisibility(View.VISIBLE);
    findViewById(R.id.transcript_content).setVisibility(View.GONE);
    top.hideMenu();
  }

  private void showMode() {
    message.setVisibility(View.GONE);
    findViewById(R.id.transcript_content).setVisibility(View.VISIBLE);
    int reading = editing ? View.GONE : View.VISIBLE;
    int writing = editing ? View.VISIBLE : View.GONE;
    transcript.setVisibility(reading);
    findViewById(R.id.transcript_reading).setVisibility(reading);
    findViewById(R.id.transcript_writing).setVisibility(writing);
    findViewById(R.id.transcript_note).setVisibility(writing);
    editor.setVisibility(writing);
    findViewById(R.id.transcript_facts).setVisibility(reading);
    bar.makeRoom(editing);
    letters.makeRoom(editing);
  }

  private void edit(String text) {
    editing = true;
    editor.setText(text);
    showMode();
    editor.requestFocus();
  }

  private void cancelEdit() {
    editing = false;
    showMode();
    long its = id;
    background()
        .run(
            () -> {
              history.keepDraft(its, null);
              return null;
            },
            nothing -> {},
            this::explain);
  }

  private void saveEdit() {
    String text = editor.getText().toString();
    long its = id;
    background()
        .run(
            () -> {
              history.correct(its, text);
              return null;
            },
            nothing -> {
              host.changed();
              if (its == id) {
                editing = false;
                load(null);
              }
            },
            this::explain);
  }

  /** The screen is left, or another window takes its place. */
  void hidden() {
    playsOn = activity.isChangingConfigurations() && transcript.isPlayingOn();
    transcript.stop();
    keepDraft();
  }

  /** What is being written survives this screen: in a file, since it can be long. */
  private void keepDraft() {
    if (editing) {
      try {
        // Here and now, so that this screen's next instance finds it.
        history.keepDraft(id, editor.getText().toString());
      } catch (IOException e) {
        explain(e);
      }
    }
  }

  /** How it stands, for {@link #open}; after {@link #hidden}. */
  Bundle save() {
    Bundle state = new Bundle();
    state.putBundle(PLAYER, transcript.save(playsOn));
    state.putInt(PARAGRAPH, transcript.getFirstVisiblePosition());
    state.putInt(SELECTED_FROM, editor.getSelectionStart());
    state.putInt(SELECTED_TO, editor.getSelectionEnd());
    dialogs.save(state);
    return state;
  }

  /** What was begun is finished, but nobody is told. */
  void end() {
    if (background != null) {
      background.close();
      background = null;
    }
  }

  private void chosen(int item) {
    if (shown == null) {
      return; // the menu is older than what has become of the entry
    }
    if (item == R.id.rename) {
      Bundle about = new Bundle();
      about.putString(TITLE, shown.title());
      dialogs.open(RENAME, about);
    } else if (item == R.id.delete) {
      delete();
    } else {
      actions.chosen(item, shown);
    }
  }

  private void rename(String title) {
    long its = id;
    background()
        .run(
            () -> {
              history.rename(its, title);
              return history.get(its);
            },
            renamed -> {
              host.changed();
              if (its == id) {
                retitle(renamed);
              }
            },
            this::explain);
  }

  /** The text stays as it is on the screen: it may be being edited. */
  private void retitle(Entry renamed) {
    if (renamed != null && shown != null) { // else it was deleted meanwhile
      shown = shown.with(renamed);
      showTitle();
    }
  }

  /**
   * What an activity answers that this started.
   *
   * @param its entry, which may not be open yet
   */
  void answered(int request, int result, Intent data, long its) {
    actions.answered(request, result, data, its);
  }

  private void delete() {
    transcript.stop();
    keepDraft(); // it comes back with the rest
    long its = id;
    background()
        .run(
            () -> {
              history.trash(its);
              return null;
            },
            nothing -> {
              if (its == id) {
                editing = false;
                host.deleted();
              } else {
                host.changed(); // another one was opened meanwhile
              }
            },
            this::explain);
  }

  private void undo() {
    long its = id;
    background()
        .run(
            () -> {
              history.restore(its);
              return null;
            },
            nothing -> {
              host.changed();
              if (its == id) {
                shown = null;
                load(null);
              }
            },
            failure -> {
              if (its == id) {
                sayGone();
              }
            });
  }

  /** Writing failed: as good as always because the storage is full. */
  private void explain(Exception failure) {
    if (!activity.isFinishing()) {
      dialogs.open(NOT_WRITTEN);
    }
  }

  private AlertDialog notWritten() {
    return new AlertDialog.Builder(activity)
        .setMessage(R.string.transcript_not_written)
        .setPositiveButton(
            Problem.STORAGE_FULL.action(),
            (dialog, button) -> Problem.open(activity, Problem.STORAGE_FULL.remedy(activity)))
        .setNegativeButton(R.string.cancel, null)
        .create();
  }
}
