package org.malgwi.app.history;

import android.os.Bundle;
import android.view.View;
import android.widget.EditText;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.malgwi.app.R;
import org.malgwi.app.ui.Background;

/**
 * Where the text of a transcript is corrected. What is being written survives the screen: in a
 * file, since it can be long. Main thread only.
 */
final class TranscriptEditor {
  private static final String SELECTED_FROM = "selected_from";
  private static final String SELECTED_TO = "selected_to";

  private final View screen;
  private final EditText field;
  private final LettersRow letters;
  private final History history;
  private final Supplier<Background> background;
  private final Runnable changed;
  private final LongConsumer corrected;
  private final Consumer<Exception> failed;

  private long id = TranscriptScreen.NONE;
  private boolean writing;

  /**
   * @param screen has the field, its letters and its buttons
   * @param background of the screen
   * @param changed is told when a text begins or ceases to be written
   * @param corrected is told which entry has another text
   * @param failed is told when something couldn't be written
   */
  TranscriptEditor(
      View screen,
      History history,
      Supplier<Background> background,
      Runnable changed,
      LongConsumer corrected,
      Consumer<Exception> failed) {
    this.screen = screen;
    this.history = history;
    this.background = background;
    this.changed = changed;
    this.corrected = corrected;
    this.failed = failed;
    field = screen.findViewById(R.id.transcript_editor);
    letters = screen.findViewById(R.id.transcript_letters);
    letters.writeInto(field);
    screen.findViewById(R.id.transcript_cancel).setOnClickListener(button -> cancel());
    screen.findViewById(R.id.transcript_save).setOnClickListener(button -> correct());
  }

  boolean isWriting() {
    return writing;
  }

  /**
   * Takes what can be corrected, and goes on with its draft if it has one.
   *
   * @param was what {@link #save} filled; may be empty
   */
  void open(OpenTranscript read, Bundle was) {
    id = read.entry().id();
    letters.show(read.letters());
    if (read.draft() == null) {
      writing = false;
      changed.run();
      return;
    }
    write(read.draft());
    if (was.containsKey(SELECTED_FROM)) {
      field.setSelection(within(was.getInt(SELECTED_FROM)), within(was.getInt(SELECTED_TO)));
    }
  }

  private int within(int place) {
    return Math.max(0, Math.min(field.length(), place));
  }

  /** Lets a text be changed. */
  void write(String text) {
    writing = true;
    field.setText(text);
    changed.run();
    field.requestFocus();
  }

  /** Writes no more; what {@link #keepDraft} kept stays. */
  void stop() {
    writing = false;
  }

  /** Shows itself while a text is written, else nothing of itself. */
  void makeRoom() {
    int visible = writing ? View.VISIBLE : View.GONE;
    if (!writing) {
      // What was never laid out, Android lays out unseen, at no width: of hours of text for a
      // minute.
      field.setText(null);
    }
    field.setVisibility(visible);
    screen.findViewById(R.id.transcript_writing).setVisibility(visible);
    screen.findViewById(R.id.transcript_note).setVisibility(visible);
    letters.makeRoom(writing);
  }

  private void cancel() {
    writing = false;
    changed.run();
    long its = id;
    background
        .get()
        .run(
            () -> {
              history.keepDraft(its, null);
              return null;
            },
            nothing -> {},
            failed);
  }

  private void correct() {
    String text = field.getText().toString();
    long its = id;
    background
        .get()
        .run(
            () -> {
              history.correct(its, text);
              return null;
            },
            nothing -> corrected.accept(its),
            failed);
  }

  /** Keeps what is being written, if anything is. */
  void keepDraft() {
    if (writing) {
      try {
        // Here and now, so that this screen's next instance finds it.
        history.keepDraft(id, field.getText().toString());
      } catch (IOException e) {
        failed.accept(e);
      }
    }
  }

  /** Puts the cursor where {@link #open} finds it. */
  void save(Bundle state) {
    state.putInt(SELECTED_FROM, field.getSelectionStart());
    state.putInt(SELECTED_TO, field.getSelectionEnd());
  }
}
