package org.malgwi.app.dictate;

import android.content.Intent;
import android.inputmethodservice.InputMethodService;
import android.os.Process;
import android.view.ContextThemeWrapper;
import android.view.KeyEvent;
import android.view.LayoutInflater;
import android.view.View;
import android.view.inputmethod.EditorInfo;
import android.view.inputmethod.InputConnection;
import java.io.File;
import java.io.IOException;
import org.malgwi.app.R;
import org.malgwi.app.history.History;
import org.malgwi.app.history.NewEntry;
import org.malgwi.app.history.Source;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.Microphone;
import org.malgwi.app.listen.RecordPermission;
import org.malgwi.app.models.Installed;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.share.Sharing;
import org.malgwi.core.Stream;
import org.malgwi.core.Transcript;

/**
 * The voice keyboard: what is said goes into the field that was there when it began, at its end and
 * as a whole; while it is spoken it shows in the panel only. Another field, or a hidden window,
 * ends it without a text.
 */
public final class VoiceKeyboard extends InputMethodService implements KeyboardPanel.Keys {
  private static final Stream.Update NO_TEXT = new Stream.Update("", "");

  private static final String SOUND = "keyboard-";

  /** Null until the system asks for it, which is after the first field is entered. */
  private KeyboardPanel panel;

  private Field field = Field.NONE;
  private Speaking speaking;
  private Insertion insertion;

  @Override
  public void onCreate() {
    super.onCreate();
    new Thread(this::sweep, "malgwi-sweep").start();
  }

  /** Deletes sound that a process left which ended while it listened. */
  private void sweep() {
    File[] found = getCacheDir().listFiles((folder, name) -> name.startsWith(SOUND));
    for (File sound : found == null ? new File[0] : found) {
      if (!sound.getName().startsWith(soundOfThisProcess())) {
        boolean unused = sound.delete();
      }
    }
  }

  private static String soundOfThisProcess() {
    return SOUND + Process.myPid() + "-";
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
    if (!restarting || !now.equals(field)) {
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
    if (speaking == null) {
      show();
      if (!restarting && preferences().keyboardStarts() && canListen()) {
        listen();
      }
    }
  }

  @Override
  public void onFinishInputView(boolean finishing) {
    super.onFinishInputView(finishing);
    discard();
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
    discard();
  }

  @Override
  public void onDestroy() {
    leaveField();
    super.onDestroy();
  }

  private void leaveField() {
    insertion = null;
    discard();
  }

  // ---- listening ----

  private boolean canListen() {
    return !field.password() && RecordPermission.granted(this);
  }

  private Preferences preferences() {
    return new Preferences(this);
  }

  @Override
  public void speak() {
    if (speaking != null) {
      speaking.utterance.finish();
    } else if (canListen()) {
      listen();
    } else {
      show();
    }
  }

  private void listen() {
    speaking = new Speaking();
    panel.showListening(true, true);
    panel.showText(NO_TEXT);
    panel.say(R.string.dictate_opening, 0, null);
    speaking.utterance.start();
  }

  @Override
  public void discard() {
    if (speaking != null) {
      speaking.utterance.cancel();
      speaking.deleteSound();
      speaking = null;
    }
    show();
  }

  /** Shows the keyboard at rest. */
  private void show() {
    if (panel == null) {
      return; // it is shown as soon as it is there
    }
    if (field.password()) {
      rest(false);
      panel.say(R.string.keyboard_password, R.string.keyboard_back, this::lastKeyboard);
    } else if (!RecordPermission.granted(this)) {
      rest(false);
      panel.say(
          Problem.MICROPHONE_NOT_ALLOWED.sentence(),
          Problem.MICROPHONE_NOT_ALLOWED.action(),
          this::askPermission);
    } else {
      rest(true);
      panel.say(R.string.dictate_ready, 0, null);
    }
  }

  private void rest(boolean enabled) {
    panel.showListening(false, enabled);
    panel.showText(NO_TEXT);
    panel.showUndo(insertion != null);
  }

  private void askPermission() {
    Problem.open(this, new Intent(this, PermissionActivity.class));
  }

  /** What is being said into the present field. */
  private final class Speaking implements Utterance.Listener {
    private final File sound;
    private final Utterance utterance;

    Speaking() {
      boolean keepSound =
          preferences().keepAudio() && preferences().keepHistory() && !field.keepsNothing();
      sound =
          keepSound
              ? new File(getCacheDir(), soundOfThisProcess() + System.nanoTime() + ".pcm")
              : null;
      utterance =
          new Utterance(
              VoiceKeyboard.this,
              Request.PLAIN,
              preferences().pauseMs(),
              new Microphone(VoiceKeyboard.this),
              sound,
              this);
    }

    void deleteSound() {
      if (sound != null) {
        boolean unused = sound.delete();
      }
    }

    @Override
    public void onState(Dictation.State state) {
      switch (state) {
        case LOADING -> panel.say(R.string.dictate_loading, 0, null);
        case LISTENING, PAUSED -> panel.say(R.string.dictate_listening, 0, null);
        case FINISHING -> {
          panel.showListening(true, false);
          panel.say(R.string.dictate_finishing, 0, null);
        }
        case BLOCKED -> explain(Problem.MICROPHONE_BLOCKED);
      }
    }

    @Override
    public void onLevel(float dbfs) {
      panel.showLevel(dbfs);
    }

    @Override
    public void onText(String stable, String moving) {
      panel.showText(new Stream.Update(stable, moving));
    }

    @Override
    public void onFinal(Installed model, Transcript transcript) {
      speaking = null;
      if (transcript.text().isEmpty()) {
        deleteSound();
        show();
        panel.say(R.string.dictate_nothing, 0, null);
      } else if (insert(transcript.text())) {
        keep(model, transcript);
      } else {
        deleteSound();
      }
    }

    private void keep(Installed model, Transcript transcript) {
      if (preferences().keepHistory() && !field.keepsNothing()) {
        NewEntry entry = new NewEntry(Source.KEYBOARD, "", model, transcript, sound);
        new Thread(() -> add(entry), "malgwi-keep").start();
      }
    }

    private void add(NewEntry entry) {
      try {
        History.of(VoiceKeyboard.this).add(entry);
      } catch (IOException e) {
        deleteSound();
        panel.post(() -> panel.say(R.string.keyboard_not_kept, 0, null));
      }
    }

    @Override
    public void onProblem(Problem problem) {
      speaking = null;
      deleteSound();
      show();
      explain(problem);
    }

    private void explain(Problem problem) {
      panel.say(
          Utterance.sentence(problem),
          problem.action(),
          () -> {
            Intent remedy = problem.remedy(VoiceKeyboard.this);
            if (remedy == null) {
              discard();
              speak();
            } else {
              Problem.open(VoiceKeyboard.this, remedy);
            }
          });
    }
  }

  // ---- the text ----

  /** Puts a text into the field, and says what came of it. */
  private boolean insert(String text) {
    InputConnection connection = getCurrentInputConnection();
    insertion = connection == null ? null : Insertion.into(connection, text);
    show();
    if (insertion == null) {
      panel.showText(new Stream.Update(text, ""));
      panel.say(R.string.keyboard_not_taken, R.string.copy, () -> copy(text));
      return false;
    }
    panel.say(R.string.keyboard_inserted, 0, null);
    if (preferences().keyboardReturns()) {
      lastKeyboard();
    }
    return true;
  }

  private void copy(String text) {
    if (Sharing.copy(this, text)) {
      show();
    }
  }

  @Override
  public void undo() {
    InputConnection connection = getCurrentInputConnection();
    if (insertion != null && connection != null) {
      boolean undone = insertion.undo(connection);
      insertion = null;
      panel.showUndo(false);
      panel.say(undone ? R.string.keyboard_undone : R.string.keyboard_changed, 0, null);
    }
  }

  @Override
  public void space() {
    sendKeyChar(' ');
  }

  /** As a hardware key does it: the field knows what one character is, and what is selected. */
  @Override
  public void delete() {
    sendDownUpKeyEvents(KeyEvent.KEYCODE_DEL);
  }

  /** What the field says that enter does: send, search, a new line. */
  @Override
  public void enter() {
    sendKeyChar('\n');
  }

  @Override
  public void lastKeyboard() {
    discard();
    if (!Platform.switchToPreviousKeyboard(this)) {
      Chosen.chooseKeyboard(this);
    }
  }
}
