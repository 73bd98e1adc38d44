package org.malgwi.app.dictate;

import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.Application;
import android.inputmethodservice.InputMethodService;
import android.inputmethodservice.InputMethodService.InputMethodImpl;
import android.os.Binder;
import android.os.Looper;
import android.text.InputType;
import android.view.KeyEvent;
import android.view.View;
import android.view.ViewGroup;
import android.view.inputmethod.BaseInputConnection;
import android.view.inputmethod.EditorInfo;
import android.view.inputmethod.InputBinding;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.history.Entry;
import org.malgwi.app.history.History;
import org.malgwi.app.preferences.Preferences;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowService;

/** The voice keyboard over a text field of another app; what its tests have in common. */
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(qualifiers = "w411dp-h914dp-xxhdpi", shadows = OpenKeyboard.ShadowSwitching.class)
abstract class OpenKeyboard {
  final Application app = RuntimeEnvironment.getApplication();
  private ServiceController<VoiceKeyboard> controller;
  VoiceKeyboard keyboard;
  InputMethodImpl system;
  View panel;
  Demo.Clip clip;

  /** Counts how often the last keyboard was asked for. */
  @Implements(InputMethodService.class)
  public static class ShadowSwitching extends ShadowService {
    static int switched;

    @Implementation
    protected boolean switchToPreviousInputMethod() {
      switched++;
      return true;
    }
  }

  /** A text field of another app. */
  static final class TextField extends BaseInputConnection {
    final List<Integer> keys = new ArrayList<>();
    final List<Integer> actions = new ArrayList<>();
    boolean refuses;

    TextField() {
      super(new View(RuntimeEnvironment.getApplication()), true);
    }

    String text() {
      return getEditable().toString();
    }

    @Override
    public boolean commitText(CharSequence text, int cursor) {
      return !refuses && super.commitText(text, cursor);
    }

    @Override
    public boolean sendKeyEvent(KeyEvent event) {
      if (event.getAction() == KeyEvent.ACTION_DOWN) {
        keys.add(event.getKeyCode());
      }
      return true;
    }

    @Override
    public boolean performEditorAction(int action) {
      actions.add(action);
      return true;
    }
  }

  @Before
  @SuppressWarnings("deprecation") // what the system binds to
  public void open() throws Exception {
    FakeMicrophone.allow();
    ShadowSwitching.switched = 0;
    new Preferences(app).setKeyboardStarts(false);
    new Preferences(app).setPauseMs(1_500);
    clip = Demo.golden(0);
    controller = Robolectric.buildService(VoiceKeyboard.class).create();
    keyboard = controller.get();
    system = (InputMethodImpl) keyboard.onCreateInputMethodInterface();
    panel = keyboard.onCreateInputView();
    // In a window, as a keyboard is.
    Robolectric.buildActivity(Activity.class)
        .setup()
        .get()
        .setContentView(
            panel,
            new ViewGroup.LayoutParams(
                ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT));
  }

  @After
  public void close() {
    controller.destroy();
    FakeMicrophone.forget();
  }

  static EditorInfo text() {
    EditorInfo info = new EditorInfo();
    info.inputType = InputType.TYPE_CLASS_TEXT;
    return info;
  }

  TextField enter(EditorInfo info) {
    TextField field = new TextField();
    system.bindInput(new InputBinding(field, new Binder(), 1, 1));
    system.startInput(field, info);
    keyboard.onStartInputView(info, false);
    return field;
  }

  void tap(int id) {
    View key = panel.findViewById(id);
    assertTrue("shown", key.getVisibility() == View.VISIBLE);
    assertTrue("enabled", key.isEnabled());
    key.performClick();
  }

  String shows(int id) {
    return panel.<TextView>findViewById(id).getText().toString();
  }

  String says() {
    return shows(R.id.sentence);
  }

  boolean isAction(int label) {
    TextView action = panel.findViewById(R.id.action);
    return action.getVisibility() == View.VISIBLE
        && action.getText().toString().equals(app.getString(label));
  }

  boolean idle() {
    return panel.findViewById(R.id.discard).getVisibility() != View.VISIBLE;
  }

  /** Speaks the clip, up to its last sample. */
  void say() throws Exception {
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("all is said", () -> said.samples() >= clip.pcm().length);
  }

  /** Speaks the clip, up to where a text is in the panel. */
  void beginToSay() throws Exception {
    FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("a partial text", () -> shows(R.id.text).contains(" "));
  }

  /** Speaks the clip, taps stop after its last sample, and waits for what comes of it. */
  void dictate() throws Exception {
    say();
    tap(R.id.speak);
    Wait.until("it is over", this::idle);
  }

  List<Entry> history() {
    return History.of(app).search("", 10);
  }

  void shot(String name) throws Exception {
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(panel, name);
  }
}
