package org.malgwi.app.dictate;

import android.content.Intent;
import android.inputmethodservice.InputMethodService;
import android.view.ContextThemeWrapper;
import android.view.KeyEvent;
import android.view.LayoutInflater;
import android.view.View;
import android.view.inputmethod.EditorInfo;
import android.view.inputmethod.InputConnection;
import java.util.Optional;
import java.util.function.Predicate;
import org.malgwi.app.R;
import org.malgwi.app.listen.RecordPermission;
import org.malgwi.app.models.CrashNotice;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.share.Sharing;
import org.malgwi.core.LiveStream;

/**
 * The voice keyboard: what is said goes into the field that was there when it began, at its end and
 * as a whole; while it is spoken it shows in the panel only. Another field, or a hidden window,
 * ends the listening; the text is then offered, and goes nowhere by itself. {@link Speaking} is
 * what is being said.
 */
public final class VoiceKeyboard extends InputMethodService implements KeyboardPanel.Keys {
  /** Null until the system asks for it, which is after the first field is entered. */
  private KeyboardPanel panel;

  private Field field = Field.NONE;
  private Speaking speaking;

  /** What is being said while the button is held; it may be over by now. */
  private Speaking held;

  private final Insertions insertions = new Insertions();

  /** The last text that no field has got; null: there is none. */
  private String unplaced;

  @Override
  public void onCreate() {
    super.onCreate();
    new Thread(() -> Remembered.sweep(this), "malgwi-sweep").start();
  }

  @Override
  public View onCreateInputView() {
    LayoutInflater inflater =
        LayoutInflater.from(new ContextThemeWrapper(this, R.style.Theme_Malgwi));
    panel = (KeyboardPanel) inflater.inflate(R.layout.keyboard, null);
    panel.connect(this);
    show();
    return panel;
  }

  /** The panel needs no room for a copy of the field, which is what full screen is for. */
  @Override
  public boolean onEvaluateFullscreenMode() {
    return false;
  }

  // ---- the field ----

  @Override
  public void onStartInput(EditorInfo info, boolean restarting) {
    super.onStartInput(info, restarting);
    Field now = Field.of(info);
    if (restarting && now.password()) {
      insertions.forget();
      discard(); // it may have been a password that was spoken
    } else if (!restarting || !now.equals(field)) {
      leaveField();
    }
    field = now;
  }

  @Override
  public void onStartInputView(EditorInfo info, boolean restarting) {
    super.onStartInputView(info, restarting);
    if (panel == null) {
      return; // as with a hardware keyboard
    }
    CharSequence name = getTextForImeAction(info.imeOptions);
    panel.showEnter(name == null ? getText(R.string.keyboard_enter) : name);
    panel.showMarks(field.takesMarks());
    if (speaking == null) {
      show();
      boolean said = canListen() && sayCrash();
      if (!said
          && unplaced == null
          && !restarting
          && preferences().keyboardStarts()
          && canListen()) {
        listen();
      }
    }
  }

  @Override
  public void onFinishInputView(boolean finishing) {
    super.onFinishInputView(finishing);
    leave();
  }

  @Override
  public void onFinishInput() {
    super.onFinishInput();
    leaveField();
    field = Field.NONE;
  }

  @Override
  public void onUnbindInput() {
    super.onUnbindInput();
    leaveField();
    field = Field.NONE;
  }

  @Override
  public void onWindowHidden() {
    super.onWindowHidden();
    leave();
  }

  @Override
  public void onDestroy() {
    leaveField();
    super.onDestroy();
  }

  private void leaveField() {
    insertions.forget();
    leave();
  }

  /** Listens no more; what was said is written down, and offered. */
  private void leave() {
    if (speaking != null) {
      speaking.finish();
      speaking = null;
    }
    show();
  }

  // ---- listening ----

  private boolean canListen() {
    return !field.password() && RecordPermission.granted(this);
  }

  Preferences preferences() {
    return new Preferences(this);
  }

  @Override
  public void speak() {
    if (speaking != null) {
      speaking.finish();
    } else if (canListen()) {
      listen();
    } else {
      show();
    }
  }

  @Override
  public boolean press() {
    if (speaking != null || !canListen()) {
      return false;
    }
    listen();
    held = speaking;
    held.hold(true);
    return true;
  }

  @Override
  public void letGo() {
    if (speaking == held) {
      held.finish();
    }
  }

  @Override
  public void goOn() {
    held.hold(false);
  }

  /** Says that a model ended the app, which those who use nothing but the keyboard hear here. */
  private boolean sayCrash() {
    Optional<CrashNotice> notice = CrashNotice.take(this);
    notice.ifPresent(
        crash ->
            panel.say(
                crash.sentence(),
                R.string.crash_notice_model,
                () -> Problem.open(this, crash.open(this))));
    return notice.isPresent();
  }

  private void listen() {
    speaking = new Speaking(this, field);
    show();
    speaking.start();
  }

  @Override
  public void discard() {
    if (speaking != null) {
      speaking.cancel();
      speaking = null;
    }
    show();
  }

  /** Shows what the keyboard does. */
  void show() {
    if (panel == null) {
      return; // it is shown as soon as it is there
    }
    if (speaking != null) {
      speaking.show();
    } else if (field.password()) {
      rest(false);
      panel.say(R.string.keyboard_password, R.string.keyboard_back, this::lastKeyboard);
    } else if (!RecordPermission.granted(this)) {
      rest(false);
      panel.say(
          Problem.MICROPHONE_NOT_ALLOWED.sentence(),
          Problem.MICROPHONE_NOT_ALLOWED.action(),
          this::askPermission);
    } else if (unplaced != null) {
      rest(true);
      panel.say(R.string.keyboard_unplaced, R.string.keyboard_insert, this::insertUnplaced);
    } else {
      rest(true);
      panel.say(R.string.keyboard_ready, 0, null);
    }
  }

  private void rest(boolean enabled) {
    panel.showListening(false, enabled);
    panel.showText(Speaking.NO_TEXT);
    panel.showUndo(!insertions.isEmpty());
  }

  private void askPermission() {
    Problem.open(this, new Intent(this, PermissionActivity.class));
  }

  // ---- what Speaking asks of it ----

  /** Null until the system asks for it. */
  KeyboardPanel panel() {
    return panel;
  }

  /** Whether the panel is about this, and its field is still there. */
  boolean isAbout(Speaking one) {
    return speaking == one;
  }

  /**
   * It is over.
   *
   * @return whether the panel was about it, and its field is still there
   */
  boolean end(Speaking one) {
    boolean here = isAbout(one);
    if (here) {
      speaking = null;
    }
    return here;
  }

  /**
   * Takes what was said.
   *
   * @param here its field is still there; else the text is offered
   */
  void place(String said, boolean here) {
    if (here) {
      insert(said);
    } else {
      unplaced = said;
      show();
    }
  }

  // ---- the text ----

  /** Puts a text into the field, and says what came of it. */
  private void insert(String text) {
    InputConnection connection = getCurrentInputConnection();
    boolean taken = connection != null && insertions.insert(connection, text);
    unplaced = taken ? null : text;
    show();
    if (!taken) {
      panel.showText(new LiveStream.Update(text, ""));
      panel.say(R.string.keyboard_not_taken, R.string.copy, () -> copy(text));
      return;
    }
    panel.say(R.string.keyboard_inserted, 0, null);
    if (preferences().keyboardReturns()) {
      lastKeyboard();
    }
  }

  private void insertUnplaced() {
    insert(unplaced);
  }

  private void copy(String text) {
    if (Sharing.copy(this, text)) {
      unplaced = null;
      show();
    }
  }

  @Override
  public void undo() {
    undo(insertions::undo);
  }

  @Override
  public void undoAll() {
    undo(insertions::undoAll);
  }

  private void undo(Predicate<InputConnection> way) {
    InputConnection connection = getCurrentInputConnection();
    if (!insertions.isEmpty() && connection != null) {
      boolean undone = way.test(connection);
      panel.showUndo(!insertions.isEmpty());
      panel.say(undone ? R.string.keyboard_undone : R.string.keyboard_changed, 0, null);
    }
  }

  @Override
  public void type(String typed) {
    InputConnection connection = getCurrentInputConnection();
    if (connection != null) {
      insertions.type(connection, typed);
    }
  }

  /** As a hardware key does it: the field knows what one character is, and what is selected. */
  @Override
  public void delete() {
    sendDownUpKeyEvents(KeyEvent.KEYCODE_DEL);
    insertions.deleted();
    panel.showUndo(!insertions.isEmpty());
  }

  /** What the field says that enter does: send, search, a new line. */
  @Override
  public void enter() {
    sendKeyChar('\n');
  }

  @Override
  public void lastKeyboard() {
    leave();
    if (!Platform.switchToPreviousKeyboard(this)) {
      Chosen.chooseKeyboard(this);
    }
  }
}
