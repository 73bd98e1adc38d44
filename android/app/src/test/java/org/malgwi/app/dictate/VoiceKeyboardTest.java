package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Activity;
import android.app.Application;
import android.content.ClipboardManager;
import android.content.Intent;
import android.inputmethodservice.InputMethodService;
import android.inputmethodservice.InputMethodService.InputMethodImpl;
import android.os.Binder;
import android.os.Looper;
import android.os.Process;
import android.provider.Settings;
import android.text.InputType;
import android.view.KeyEvent;
import android.view.View;
import android.view.ViewGroup;
import android.view.inputmethod.BaseInputConnection;
import android.view.inputmethod.EditorInfo;
import android.view.inputmethod.InputBinding;
import android.widget.TextView;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.history.Entry;
import org.malgwi.app.history.History;
import org.malgwi.app.history.Source;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.core.Stream;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowService;

@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(qualifiers = "w411dp-h914dp-xxhdpi", shadows = VoiceKeyboardTest.ShadowSwitching.class)
public class VoiceKeyboardTest {
  private final Application app = RuntimeEnvironment.getApplication();
  private ServiceController<VoiceKeyboard> controller;
  private VoiceKeyboard keyboard;
  private InputMethodImpl system;
  private View panel;
  private Demo.Clip clip;

  /** Counts how often the last keyboard was asked for. */
  @Implements(InputMethodService.class)
  public static class ShadowSwitching extends ShadowService {
    private static int switched;

    @Implementation
    protected boolean switchToPreviousInputMethod() {
      switched++;
      return true;
    }
  }

  /** A text field of another app. */
  private static final class TextField extends BaseInputConnection {
    private final List<Integer> keys = new ArrayList<>();
    private final List<Integer> actions = new ArrayList<>();
    private boolean refuses;

    TextField() {
      super(new View(RuntimeEnvironment.getApplication()), true);
    }

    private String text() {
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

  private static EditorInfo text() {
    EditorInfo info = new EditorInfo();
    info.inputType = InputType.TYPE_CLASS_TEXT;
    return info;
  }

  private TextField enter(EditorInfo info) {
    TextField field = new TextField();
    system.bindInput(new InputBinding(field, new Binder(), 1, 1));
    system.startInput(field, info);
    keyboard.onStartInputView(info, false);
    return field;
  }

  private void tap(int id) {
    View key = panel.findViewById(id);
    assertTrue("shown", key.getVisibility() == View.VISIBLE);
    assertTrue("enabled", key.isEnabled());
    key.performClick();
  }

  private String shows(int id) {
    return panel.<TextView>findViewById(id).getText().toString();
  }

  private String says() {
    return shows(R.id.sentence);
  }

  private boolean isAction(int label) {
    TextView action = panel.findViewById(R.id.action);
    return action.getVisibility() == View.VISIBLE
        && action.getText().toString().equals(app.getString(label));
  }

  private boolean idle() {
    return panel.findViewById(R.id.discard).getVisibility() != View.VISIBLE;
  }

  /** Speaks the clip, taps stop after its last sample, and waits for what comes of it. */
  private void dictate() throws Exception {
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("all is said", () -> said.samples() >= clip.pcm().length);
    tap(R.id.speak);
    Wait.until("it is over", this::idle);
  }

  private List<Entry> history() {
    return History.of(app).search("", 10);
  }

  private void shot(String name) throws Exception {
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(panel, name);
  }

  @Test
  public void whatIsSaidGoesIntoTheFieldAndOutAgain() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    field.commitText("Please", 1);
    assertEquals("Tap the button and speak.", says());
    shot("keyboard-ready");
    dictate();
    assertEquals("Please " + clip.text(), field.text());
    assertEquals("Inserted. Tap the button for more.", says());
    shot("keyboard-inserted");
    Wait.until("it is in the history", () -> history().size() == 1);
    assertEquals(Source.KEYBOARD, history().get(0).source());
    assertFalse("sound is kept only if the user says so", history().get(0).hasAudio());
    tap(R.id.undo);
    assertEquals("Please", field.text());
    assertEquals("Taken out again.", says());
    assertFalse(panel.findViewById(R.id.undo).isEnabled());
  }

  @Test
  @SuppressWarnings("deprecation") // what the system binds to
  public void aFieldIsEnteredAndLeftBeforeTheKeyboardHasAView() {
    ServiceController<VoiceKeyboard> first = Robolectric.buildService(VoiceKeyboard.class).create();
    VoiceKeyboard fresh = first.get();
    InputMethodImpl itsSystem = (InputMethodImpl) fresh.onCreateInputMethodInterface();
    TextField field = new TextField();
    itsSystem.bindInput(new InputBinding(field, new Binder(), 1, 1));
    itsSystem.startInput(field, text());
    itsSystem.unbindInput();
    itsSystem.startInput(field, text());
    fresh.onFinishInput();
    itsSystem.startInput(field, text());
    View view = fresh.onCreateInputView();
    assertEquals(
        "Tap the button and speak.",
        view.<TextView>findViewById(R.id.sentence).getText().toString());
    first.destroy();
    Robolectric.buildService(VoiceKeyboard.class).create().destroy();
  }

  @Test
  public void soundOfAnEndedProcessIsDeleted() throws Exception {
    File left = new File(app.getCacheDir(), "keyboard-" + (Process.myPid() + 1) + "-1.pcm");
    File ours = new File(app.getCacheDir(), "keyboard-" + Process.myPid() + "-1.pcm");
    assertTrue(left.createNewFile() && ours.createNewFile());
    ServiceController<VoiceKeyboard> next = Robolectric.buildService(VoiceKeyboard.class).create();
    Wait.until("it is deleted", () -> !left.exists());
    assertTrue(ours.exists());
    next.destroy();
  }

  @Test
  public void theTextIsInThePanelWhileItIsSpoken() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("a partial text", () -> shows(R.id.text).contains(" "));
    assertEquals("", field.text());
    shot("keyboard-listening");
    tap(R.id.discard);
    assertEquals("", shows(R.id.text));
    Wait.until("nobody records", VoiceKeyboardTest::nobodyRecords);
    assertEquals("", field.text());
  }

  private static boolean nobodyRecords() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("malgwi-capture"));
  }

  @Test
  public void aPauseEndsItToo() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    tap(R.id.speak);
    Wait.until("it is over", this::idle);
    assertEquals(clip.text(), field.text());
  }

  @Test
  public void anotherModelHearsAnotherText() throws Exception {
    Demo.install(app, Demo.altered());
    TextField field = enter(text());
    dictate();
    assertNotEquals(clip.text(), field.text());
    assertEquals(Demo.alter(clip.text()), field.text());
  }

  @Test
  public void undoLeavesAloneWhatWasChanged() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    dictate();
    field.commitText("s", 1);
    tap(R.id.undo);
    assertEquals(clip.text() + "s", field.text());
    assertEquals("The text was changed since then, so nothing was taken out.", says());
  }

  @Test
  public void anotherFieldNeverGetsWhatWasSaidBefore() throws Exception {
    Demo.install(app);
    TextField first = enter(text());
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("all is said", () -> said.samples() >= clip.pcm().length);
    tap(R.id.speak); // the final text is on its way
    TextField second = enter(text());
    assertTrue(idle());
    Wait.until("nobody records", VoiceKeyboardTest::nobodyRecords);
    dictate();
    assertEquals("", first.text());
    assertEquals(clip.text(), second.text());
    assertFalse(
        "the first field's undo is gone",
        enter(text()).text().equals(clip.text()) || panel.findViewById(R.id.undo).isEnabled());
  }

  @Test
  public void aHiddenWindowEndsIt() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("all is said", () -> said.samples() >= clip.pcm().length);
    keyboard.onWindowHidden();
    assertTrue(idle());
    Wait.until("nobody records", VoiceKeyboardTest::nobodyRecords);
    assertEquals("", field.text());
  }

  @Test
  public void passwordsAreRefused() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeyboardStarts(true);
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    int[] types = {
      InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_VARIATION_PASSWORD,
      InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD,
      InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_VARIATION_WEB_PASSWORD,
      InputType.TYPE_CLASS_NUMBER | InputType.TYPE_NUMBER_VARIATION_PASSWORD,
    };
    for (int type : types) {
      EditorInfo info = new EditorInfo();
      info.inputType = type;
      enter(info);
      assertEquals("Passwords aren't for speaking aloud: Malgwi doesn't listen here.", says());
      assertFalse(panel.findViewById(R.id.speak).isEnabled());
      keyboard.speak();
      assertTrue(idle());
    }
    shot("keyboard-password");
    assertTrue(isAction(R.string.keyboard_back));
    tap(R.id.action);
    assertEquals(1, ShadowSwitching.switched);
    assertEquals(0, said.samples());
  }

  @Test
  public void aFieldThatBecomesAPasswordEndsIt() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    EditorInfo password = text();
    password.inputType |= InputType.TYPE_TEXT_VARIATION_PASSWORD;
    system.restartInput(field, password);
    assertTrue(idle());
    Wait.until("nobody records", VoiceKeyboardTest::nobodyRecords);
    assertEquals("", field.text());
  }

  @Test
  public void whatMustNotBeLearntIsNotKept() throws Exception {
    Demo.install(app);
    EditorInfo info = text();
    info.imeOptions = EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING;
    TextField field = enter(info);
    dictate();
    assertEquals(clip.text(), field.text());
    TextField other = enter(text());
    dictate();
    Wait.until("the other field's text is kept", () -> !history().isEmpty());
    assertEquals(1, history().size());
    assertEquals(clip.text(), other.text());
  }

  @Test
  public void theSoundIsKeptWhenTheUserSaysSo() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeepAudio(true);
    enter(text());
    dictate();
    Wait.until("it is in the history", () -> history().size() == 1);
    assertTrue(history().get(0).hasAudio());
    assertEquals(0, app.getCacheDir().list((folder, name) -> name.startsWith("keyboard-")).length);
  }

  @Test
  public void itStartsByItselfAndGivesWayIfTheUserWantsThat() throws Exception {
    Demo.install(app);
    new Preferences(app).setKeyboardStarts(true);
    new Preferences(app).setKeyboardReturns(true);
    clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    TextField field = enter(text());
    assertFalse(idle());
    Wait.until("it is over", this::idle);
    assertEquals(clip.text(), field.text());
    assertEquals(1, ShadowSwitching.switched);
  }

  @Test
  public void theMissingPermissionIsAskedFor() throws Exception {
    Demo.install(app);
    shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
    new Preferences(app).setKeyboardStarts(true);
    enter(text());
    assertEquals(app.getString(R.string.problem_microphone_not_allowed), says());
    assertFalse(panel.findViewById(R.id.speak).isEnabled());
    shot("keyboard-permission");
    assertTrue(isAction(R.string.problem_allow));
    tap(R.id.action);
    Intent opened = shadowOf(app).getNextStartedActivity();
    assertEquals(PermissionActivity.class.getName(), opened.getComponent().getClassName());
    assertTrue((opened.getFlags() & Intent.FLAG_ACTIVITY_NEW_TASK) != 0);
  }

  @Test
  public void withoutAModelItSaysWhereToGetOne() throws Exception {
    enter(text());
    FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("it is over", this::idle);
    assertEquals(app.getString(R.string.problem_no_model), says());
    assertTrue(isAction(R.string.problem_open_models));
    tap(R.id.action);
    Intent opened = shadowOf(app).getNextStartedActivity();
    assertEquals(MainActivity.class.getName(), opened.getComponent().getClassName());
    assertEquals("MODELS", opened.getStringExtra(MainActivity.EXTRA_PLACE));
  }

  @Test
  public void aBlockedMicrophoneIsSaidWithItsRemedy() throws Exception {
    Demo.install(app);
    enter(text());
    FakeMicrophone.saysZeros(3);
    tap(R.id.speak);
    Wait.until("blocked", () -> isAction(R.string.problem_open_privacy));
    assertEquals(app.getString(R.string.problem_microphone_blocked), says());
    tap(R.id.action);
    assertEquals(
        Settings.ACTION_PRIVACY_SETTINGS, shadowOf(app).getNextStartedActivity().getAction());
    tap(R.id.discard);
  }

  @Test
  public void nothingHeardIsSaid() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(new short[0], 20);
    tap(R.id.speak);
    Wait.until("it is over", this::idle);
    assertEquals("Nothing was heard. Tap the button and try again.", says());
    assertEquals("", field.text());
    assertEquals(List.of(), history());
  }

  @Test
  public void aTextThatTheFieldRefusesCanBeCopied() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    field.refuses = true;
    dictate();
    assertEquals(clip.text(), shows(R.id.text));
    assertEquals("The field didn't take the text. Copy it and paste it.", says());
    tap(R.id.action);
    ClipboardManager clipboard = app.getSystemService(ClipboardManager.class);
    assertEquals(clip.text(), clipboard.getPrimaryClip().getItemAt(0).getText().toString());
  }

  @Test
  public void theKeysDoWhatKeysDo() throws Exception {
    EditorInfo info = text();
    info.imeOptions = EditorInfo.IME_ACTION_SEARCH;
    TextField field = enter(info);
    assertEquals("Search", panel.findViewById(R.id.enter).getContentDescription().toString());
    field.commitText("word", 1);
    tap(R.id.space);
    assertEquals("word ", field.text());
    tap(R.id.delete);
    assertEquals(List.of(KeyEvent.KEYCODE_DEL), field.keys);
    tap(R.id.enter);
    assertEquals(List.of(EditorInfo.IME_ACTION_SEARCH), field.actions);
    tap(R.id.last_keyboard);
    assertEquals(1, ShadowSwitching.switched);
    EditorInfo lines = text();
    lines.inputType |= InputType.TYPE_TEXT_FLAG_MULTI_LINE;
    lines.imeOptions = EditorInfo.IME_FLAG_NO_ENTER_ACTION;
    TextField letter = enter(lines);
    tap(R.id.enter);
    assertEquals(List.of(KeyEvent.KEYCODE_ENTER), letter.keys);
  }

  @Test
  public void theEndOfALongTextIsInView() throws Exception {
    enter(text());
    TextView shown = panel.findViewById(R.id.text);
    ((KeyboardPanel) panel).showText(new Stream.Update("many words ".repeat(30), "and the last"));
    shadowOf(Looper.getMainLooper()).idle();
    assertTrue(shown.getLineCount() > 3);
    int end = shown.getLayout().getHeight() - shown.getHeight();
    assertTrue(end + " " + shown.getScrollY(), Math.abs(end - shown.getScrollY()) < 40);
    shot("keyboard-long");
  }

  @Test
  public void holdingDeleteRepeatsUntilItIsLetGo() throws Exception {
    TextField field = enter(text());
    View delete = panel.findViewById(R.id.delete);
    delete.setPressed(true);
    delete.performLongClick();
    shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(300));
    int held = field.keys.size();
    assertTrue("" + held, held >= 4 && held <= 8);
    delete.setPressed(false);
    shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(300));
    assertEquals(held, field.keys.size());
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-night-xxhdpi", fontScale = 2f)
  public void korean() throws Exception {
    Demo.install(app);
    enter(text());
    assertEquals("버튼을 누르고 말씀하세요.", says());
    FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("a partial text", () -> shows(R.id.text).contains(" "));
    shot("keyboard-listening-ko-night-2.0");
    tap(R.id.discard);
    shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
    enter(text());
    shot("keyboard-permission-ko-night-2.0");
  }

  @Test
  @Config(qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void landscape() throws Exception {
    Demo.install(app);
    enter(text());
    FakeMicrophone.says(clip.pcm(), 0);
    tap(R.id.speak);
    Wait.until("a partial text", () -> shows(R.id.text).contains(" "));
    shot("keyboard-listening-land");
    assertFalse(keyboard.onEvaluateFullscreenMode());
    assertTrue("" + panel.getHeight(), panel.getHeight() < 411 * 3 * 6 / 10);
    tap(R.id.discard);
  }

  @Test
  @Config(qualifiers = "ar-rEG-ldrtl-w411dp-h914dp-xxhdpi")
  public void rightToLeft() throws Exception {
    Demo.install(app);
    enter(text());
    shot("keyboard-ready-rtl");
    assertTrue(
        panel.findViewById(R.id.last_keyboard).getLeft()
            > panel.findViewById(R.id.enter).getLeft());
  }
}
