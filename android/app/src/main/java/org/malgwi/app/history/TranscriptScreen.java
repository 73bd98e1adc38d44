package org.malgwi.app.history;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import android.util.AttributeSet;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.TextView;
import org.malgwi.app.R;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.share.Format;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.TopBar;
import org.malgwi.core.Channels;

/**
 * One transcript of the history: to read, listen to, correct, share, save and delete. It fills a
 * window, or stands beside the list. Main thread only.
 */
public final class TranscriptScreen extends LinearLayout {
  /** No entry. */
  static final long NONE = -1;

  private static final String DIALOG = "dialog";
  private static final String PLAYER = "player";
  private static final String PARAGRAPH = "paragraph";

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

  /** It was playing when a window of another size took its place, where it plays on. */
  private boolean playsOn;

  private TopBar top;
  private TranscriptView transcript;
  private PlayerBar bar;
  private TranscriptEditor editor;
  private MissingTranscript missing;

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
  }

  /** Tells it what it stands in. To be called once, before all else. */
  void connect(Activity in, Host its) {
    activity = in;
    host = its;
    history = History.of(in);
    dialogs = new Dialogs(DIALOG, this);
    actions = new TranscriptActions(in, dialogs, this::background, this::explain);
    editor =
        new TranscriptEditor(
            this, history, this::background, this::showMode, this::corrected, this::explain);
    missing = new MissingTranscript(this, history, this::background, its::left, this::restored);
    dialogs.add(RENAME, about -> Renaming.dialog(in, about.getString(TITLE), this::rename));
    dialogs.add(NOT_WRITTEN, about -> notWritten());
    findViewById(R.id.transcript_edit).setOnClickListener(button -> editor.write(shown.text()));
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
    editor.stop();
    // Nothing can be tapped that isn't there yet.
    findViewById(R.id.transcript_content).setVisibility(View.GONE);
    missing.hide();
    top.hideMenu();
  }

  /** Shows what has become of the entry meanwhile. */
  void refresh() {
    if (id != NONE && !editor.isWriting()) {
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
      missing.lookInTheTrash(id);
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
    editor.open(read, was);
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

  /** Says that it lies in the trash, and offers it back. */
  void sayDeleted() {
    missing.sayDeleted(id);
  }

  private void showMode() {
    missing.hide();
    findViewById(R.id.transcript_content).setVisibility(View.VISIBLE);
    int reading = editor.isWriting() ? View.GONE : View.VISIBLE;
    transcript.setVisibility(reading);
    findViewById(R.id.transcript_reading).setVisibility(reading);
    findViewById(R.id.transcript_facts).setVisibility(reading);
    bar.makeRoom(editor.isWriting());
    editor.makeRoom();
  }

  private void corrected(long its) {
    host.changed();
    if (its == id) {
      editor.stop();
      load(null);
    }
  }

  /** The screen is left, or another window takes its place. */
  void hidden() {
    playsOn = activity.isChangingConfigurations() && transcript.isPlayingOn();
    transcript.stop();
    editor.keepDraft();
  }

  /** How it stands, for {@link #open}; after {@link #hidden}. */
  Bundle save() {
    Bundle state = new Bundle();
    state.putBundle(PLAYER, transcript.save(playsOn));
    state.putInt(PARAGRAPH, transcript.getFirstVisiblePosition());
    editor.save(state);
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
    editor.keepDraft(); // it comes back with the rest
    long its = id;
    background()
        .run(
            () -> {
              history.trash(its);
              return null;
            },
            nothing -> {
              if (its == id) {
                editor.stop();
                host.deleted();
              } else {
                host.changed(); // another one was opened meanwhile
              }
            },
            this::explain);
  }

  private void restored(long its) {
    host.changed();
    if (its == id) {
      shown = null;
      load(null);
    }
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
