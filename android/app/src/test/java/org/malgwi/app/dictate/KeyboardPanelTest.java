package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.graphics.Rect;
import android.inputmethodservice.InputMethodService.InputMethodImpl;
import android.os.Binder;
import android.os.Looper;
import android.text.InputType;
import android.view.KeyEvent;
import android.view.View;
import android.view.accessibility.AccessibilityNodeInfo;
import android.view.inputmethod.EditorInfo;
import android.view.inputmethod.InputBinding;
import android.widget.TextView;
import java.time.Duration;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.core.LiveStream;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
public class KeyboardPanelTest extends OpenKeyboard {
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
        "Tap the button and speak, or hold it while you speak.",
        view.<TextView>findViewById(R.id.sentence).getText().toString());
    first.destroy();
    Robolectric.buildService(VoiceKeyboard.class).create().destroy();
  }

  @Test
  public void theTextIsInThePanelWhileItIsSpoken() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    beginToSay();
    assertEquals("", field.text());
    shot("keyboard-listening");
    tap(R.id.discard);
    assertEquals("", shows(R.id.text));
    Wait.until("nobody records", FakeMicrophone::nobodyRecords);
    assertEquals("", field.text());
  }

  @Test
  public void aPanelThatIsMadeAnewShowsThatTheMicrophoneIsOn() throws Exception {
    Demo.install(app);
    enter(text());
    beginToSay();
    panel = keyboard.onCreateInputView(); // as when the phone is turned
    assertFalse(idle());
    assertTrue(shows(R.id.text).contains(" "));
    assertEquals("Listening…", says());
    tap(R.id.discard);
    assertTrue(idle());
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

  private boolean shown(int id) {
    return panel.findViewById(id).isShown();
  }

  @Test
  public void marksAreTypedWhereWordsAre() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    field.commitText("Well", 1);
    String[] names = {"Full stop", "Comma", "Question mark", "Exclamation mark"};
    int[] ids = {R.id.period, R.id.comma, R.id.question, R.id.exclamation};
    for (int i = 0; i < ids.length; i++) {
      tap(ids[i]);
      assertEquals(names[i], panel.findViewById(ids[i]).getContentDescription().toString());
    }
    assertEquals("Well.,?!", field.text());
    beginToSay();
    assertFalse("it isn't there yet what they would end", shown(R.id.period));
    tap(R.id.discard);
    assertTrue(shown(R.id.exclamation));
    for (int kind :
        new int[] {
          InputType.TYPE_CLASS_NUMBER, InputType.TYPE_CLASS_PHONE, InputType.TYPE_CLASS_DATETIME
        }) {
      EditorInfo info = new EditorInfo();
      info.inputType = kind;
      enter(info);
      assertFalse(shown(R.id.period) || shown(R.id.question));
    }
    enter(text());
    assertTrue(shown(R.id.period) && shown(R.id.question));
  }

  @Test
  public void screenReadersOfferToTakeOutAll() throws Exception {
    AccessibilityNodeInfo info = panel.findViewById(R.id.undo).createAccessibilityNodeInfo();
    assertTrue(
        info.getActionList().stream()
            .anyMatch(
                action ->
                    action.getId() == AccessibilityNodeInfo.ACTION_LONG_CLICK
                        && "Take out all that was inserted here".contentEquals(action.getLabel())));
  }

  @Test
  @Config(qualifiers = "w320dp-h533dp-xhdpi", fontScale = 2f)
  public void theSmallestPhone() throws Exception {
    enter(text());
    shot("keyboard-ready-small-2.0");
    float dp = app.getResources().getDisplayMetrics().density;
    for (int id :
        new int[] {R.id.period, R.id.comma, R.id.speak, R.id.question, R.id.exclamation}) {
      View key = panel.findViewById(id);
      Rect seen = new Rect();
      assertTrue(key.getGlobalVisibleRect(seen));
      assertTrue(seen + "", seen.width() == key.getWidth() && seen.height() == key.getHeight());
      assertTrue(seen + "", seen.width() >= 48 * dp && seen.height() >= 48 * dp);
    }
  }

  @Test
  public void theEndOfALongTextIsInView() throws Exception {
    enter(text());
    TextView shown = panel.findViewById(R.id.text);
    ((KeyboardPanel) panel)
        .showText(new LiveStream.Update("many words ".repeat(30), "and the last"));
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
    assertEquals("버튼을 누르고 말씀하세요. 누른 채로 말해도 됩니다.", says());
    beginToSay();
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
    shot("keyboard-ready-land");
    beginToSay();
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
