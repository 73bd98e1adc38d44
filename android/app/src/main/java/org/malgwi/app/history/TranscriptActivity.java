package org.malgwi.app.history;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.ActivityNotFoundException;
import android.content.Context;
import android.content.Intent;
import android.net.Uri;
import android.os.Build;
import android.os.Bundle;
import android.view.View;
import android.widget.EditText;
import android.widget.TextView;
import android.widget.Toast;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.malgwi.app.R;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.share.Format;
import org.malgwi.app.share.SharedTranscript;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.Screens;
import org.malgwi.app.ui.TopBar;
import org.malgwi.core.Channels;
import org.malgwi.core.TimedWord;

/** One transcript of the history: to read, listen to, correct, share, save and delete. */
public final class TranscriptActivity extends Activity {
  private static final String EXTRA_ID = "org.malgwi.app.ENTRY";
  private static final int NONE = -1;

  /** What the menu's items share; the recording, too. */
  private static final Map<Integer, Format> SHARED =
      Map.of(
          R.id.share_srt, Format.SRT,
          R.id.share_vtt, Format.VTT,
          R.id.share_eaf, Format.EAF,
          R.id.share_textgrid, Format.TEXTGRID,
          R.id.share_audio, Format.WAV);

  /** What they save. */
  private static final Map<Integer, Format> SAVED =
      Map.of(
          R.id.save_text, Format.TEXT,
          R.id.save_srt, Format.SRT,
          R.id.save_vtt, Format.VTT,
          R.id.save_eaf, Format.EAF,
          R.id.save_textgrid, Format.TEXTGRID);

  /** What can be saved; the index is the request's code. */
  private static final List<Format> FORMATS =
      List.of(Format.TEXT, Format.SRT, Format.VTT, Format.EAF, Format.TEXTGRID);

  private final Background background = new Background("transcript");
  private History history;
  private long id;
  private Loaded shown;
  private boolean editing;

  private TopBar top;
  private TranscriptView transcript;
  private PlayerBar bar;
  private EditText editor;
  private LettersRow letters;
  private MessageView message;

  /** What the screen shows; read in one go. */
  private record Loaded(
      Entry entry,
      String text,
      List<TimedWord> words,
      long notSpeechMs,
      int channel,
      File audio,
      String draft,
      List<String> letters) {
    String title() {
      return entry.title();
    }

    Loaded with(Entry other) {
      return new Loaded(other, text, words, notSpeechMs, channel, audio, draft, letters);
    }
  }

  /** Opens entry {@code id} of the history. */
  public static Intent intent(Context context, long id) {
    return new Intent(context, TranscriptActivity.class).putExtra(EXTRA_ID, id);
  }

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.transcript);
    Edges.keepClear(this, findViewById(R.id.root));
    history = History.of(this);
    id = getIntent().getLongExtra(EXTRA_ID, NONE);
    top = findViewById(R.id.top);
    top.showBack(this);
    top.setTitle(R.string.transcript);
    transcript = findViewById(R.id.transcript_text);
    bar = findViewById(R.id.transcript_player);
    transcript.putUnder(bar);
    editor = findViewById(R.id.transcript_editor);
    letters = findViewById(R.id.transcript_letters);
    letters.writeInto(editor);
    message = findViewById(R.id.message);
    // Nothing can be tapped that isn't there yet.
    findViewById(R.id.transcript_content).setVisibility(View.GONE);
    findViewById(R.id.transcript_copy).setOnClickListener(button -> copy());
    findViewById(R.id.transcript_edit).setOnClickListener(button -> edit(shown.text()));
    findViewById(R.id.transcript_share).setOnClickListener(button -> share(Format.TEXT));
    findViewById(R.id.transcript_cancel).setOnClickListener(button -> cancelEdit());
    findViewById(R.id.transcript_save).setOnClickListener(button -> saveEdit());
    load();
  }

  private void load() {
    background.run(
        () -> {
          Entry entry = history.get(id);
          return entry == null
              ? null
              : new Loaded(
                  entry,
                  history.text(id),
                  history.words(id),
                  history.notSpeechMs(id),
                  history.channel(id),
                  history.audio(id),
                  history.draft(id),
                  LettersRow.of(this, entry));
        },
        this::show,
        failure -> show(null));
  }

  private void show(Loaded loaded) {
    shown = loaded;
    if (loaded == null) {
      say(R.drawable.ic_history, R.string.transcript_gone, R.string.back, this::finish);
      return;
    }
    showTitle();
    top.showMenu(R.menu.transcript, this::chosen);
    this.<TextView>findViewById(R.id.transcript_facts).setText(facts(loaded));
    transcript.show(loaded.text(), loaded.words(), loaded.audio());
    bar.showRecording();
    letters.show(loaded.letters());
    if (loaded.draft() != null) {
      edit(loaded.draft());
    } else {
      showMode();
    }
  }

  private void showTitle() {
    top.setTitle(shown.title().isEmpty() ? getText(R.string.transcript) : shown.title());
  }

  private String facts(Loaded loaded) {
    Entry entry = loaded.entry();
    String facts = HistoryRows.facts(this, entry, HistoryRows.when(this, entry), entry.model());
    if (loaded.channel() != Channels.MIX) {
      facts += "\n" + getString(R.string.transcript_channel, loaded.channel() + 1);
    }
    // A rustle of under a second isn't worth a line.
    return loaded.notSpeechMs() < 1_000
        ? facts
        : facts
            + "\n"
            + getString(R.string.transcript_left_out, TranscriptView.clock(loaded.notSpeechMs()));
  }

  private void say(int icon, int sentence, int action, Runnable onAction) {
    message.show(icon, getText(sentence), action, onAction);
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
    inBackground(
        () -> {
          history.keepDraft(id, null);
          return null;
        });
  }

  private void saveEdit() {
    String text = editor.getText().toString();
    background.run(
        () -> {
          history.correct(id, text);
          return null;
        },
        nothing -> {
          editing = false;
          load();
        },
        this::explain);
  }

  /** What is being written survives this screen: in a file, since it can be long. */
  @Override
  protected void onPause() {
    super.onPause();
    transcript.stop();
    if (editing) {
      try {
        // Here and now, so that this screen's next instance finds it.
        history.keepDraft(id, editor.getText().toString());
      } catch (IOException e) {
        explain(e);
      }
    }
  }

  private void chosen(int item) {
    if (SHARED.containsKey(item)) {
      share(SHARED.get(item));
    } else if (SAVED.containsKey(item)) {
      askWhereTo(SAVED.get(item));
    } else if (item == R.id.rename) {
      Renaming.ask(this, shown.title(), this::rename);
    } else if (item == R.id.delete) { // else it leads to more items
      delete();
    }
  }

  /** What a format is called. */
  static int label(Format format) {
    return switch (format) {
      case TEXT -> R.string.transcript_text;
      case SRT -> R.string.transcript_srt;
      case VTT -> R.string.transcript_vtt;
      case EAF -> R.string.transcript_eaf;
      case TEXTGRID -> R.string.transcript_textgrid;
      case WAV -> R.string.transcript_audio;
    };
  }

  private void rename(String title) {
    background.run(
        () -> {
          history.rename(id, title);
          return history.get(id);
        },
        this::retitle,
        this::explain);
  }

  /** The text stays as it is on the screen: it may be being edited. */
  private void retitle(Entry renamed) {
    if (renamed != null && shown != null) { // else it was deleted meanwhile
      shown = shown.with(renamed);
      showTitle();
    }
  }

  private void copy() {
    if (!Sharing.copy(this, shown.text())) {
      share(Format.TEXT);
    } else if (Build.VERSION.SDK_INT < 33) { // from then on the system says so
      Toast.makeText(this, R.string.copied, Toast.LENGTH_SHORT).show();
    }
  }

  private void share(Format format) {
    Loaded now = shown;
    if (format == Format.WAV && now.audio() == null) {
      explainNoSound();
      return;
    }
    background.run(
        () ->
            format == Format.WAV
                ? Sharing.audio(this, now.title(), now.audio())
                : Sharing.transcript(
                    this, format, Several.shared(now.entry(), now.text(), now.words())),
        send -> startActivity(Intent.createChooser(send, getText(R.string.share))),
        this::explain);
  }

  private void explainNoSound() {
    new AlertDialog.Builder(this)
        .setMessage(R.string.transcript_no_sound)
        .setPositiveButton(
            R.string.menu_settings, (dialog, button) -> startActivity(Screens.of(this).settings()))
        .setNegativeButton(R.string.cancel, null)
        .show();
  }

  private void askWhereTo(Format format) {
    Intent create =
        new Intent(Intent.ACTION_CREATE_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType(format.type())
            .putExtra(Intent.EXTRA_TITLE, Sharing.fileName(shown.title(), format));
    try {
      startActivityForResult(create, FORMATS.indexOf(format));
    } catch (ActivityNotFoundException e) {
      share(format); // no place of its own to save to; another app may have one
    }
  }

  @Override
  protected void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    if (result == RESULT_OK && data != null && data.getData() != null) {
      save(FORMATS.get(request), data.getData());
    }
  }

  private void save(Format format, Uri to) {
    background.run(
        () -> {
          // This may be another process than the one that asked where to: nothing is shown yet.
          SharedTranscript one =
              Several.shared(history.get(id), history.text(id), history.words(id));
          Sharing.save(this, to, out -> format.write(one, out));
          return null;
        },
        nothing -> Toast.makeText(this, R.string.saved, Toast.LENGTH_SHORT).show(),
        this::explain);
  }

  private void delete() {
    transcript.stop();
    editing = false;
    background.run(
        () -> {
          history.trash(id);
          return null;
        },
        nothing ->
            say(R.drawable.ic_delete, R.string.transcript_deleted, R.string.undo, this::undo),
        this::explain);
  }

  private void undo() {
    background.run(
        () -> {
          history.restore(id);
          return null;
        },
        nothing -> load(),
        failure -> show(null));
  }

  private void inBackground(Callable<Object> work) {
    background.run(work, nothing -> {}, this::explain);
  }

  /** Writing failed: as good as always because the storage is full. */
  private void explain(Exception failure) {
    if (isFinishing()) {
      return;
    }
    new AlertDialog.Builder(this)
        .setMessage(R.string.transcript_not_written)
        .setPositiveButton(
            Problem.STORAGE_FULL.action(),
            (dialog, button) -> Problem.open(this, Problem.STORAGE_FULL.remedy(this)))
        .setNegativeButton(R.string.cancel, null)
        .show();
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    background.close();
  }
}
