package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.os.Looper;
import android.text.InputType;
import android.view.MotionEvent;
import android.view.View;
import android.view.ViewConfiguration;
import android.view.inputmethod.EditorInfo;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;

/** A finger on the voice keyboard's button. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class HoldToTalkTest extends OpenKeyboard {
  private static final int DOWN_AT = 1_000;

  /** Of a touch that is a tap, and of one that is none, in ms. */
  private static final int SHORT = ViewConfiguration.getLongPressTimeout() - 1;

  private static final int LONG = ViewConfiguration.getLongPressTimeout();

  private View button() {
    return panel.findViewById(R.id.speak);
  }

  private void touch(int action, int afterMs, float x) {
    MotionEvent event =
        MotionEvent.obtain(DOWN_AT, DOWN_AT + afterMs, action, x, button().getHeight() / 2f, 0);
    button().dispatchTouchEvent(event);
    event.recycle();
    shadowOf(Looper.getMainLooper()).idle();
  }

  private void touch(int action, int afterMs) {
    touch(action, afterMs, button().getWidth() / 2f);
  }

  /** Waits until a text has stood there as long as a pause takes that would end it, and longer. */
  private void hearAll() throws Exception {
    long[] since = {System.nanoTime()};
    String[] before = {""};
    Wait.until(
        "all is heard",
        () -> {
          String now = shows(R.id.text);
          if (!now.equals(before[0]) || (now.isEmpty() && !idle())) {
            before[0] = now;
            since[0] = System.nanoTime();
          }
          return System.nanoTime() - since[0] > 3_000_000_000L;
        });
  }

  @Test
  public void heldItListensThroughPausesUntilItIsLetGo() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(clip.pcm(), 5);
    touch(MotionEvent.ACTION_DOWN, 0);
    assertFalse("from the touch on", idle());
    hearAll();
    assertFalse("a pause doesn't end it", idle());
    assertTrue(button().isPressed());
    touch(MotionEvent.ACTION_MOVE, LONG, -500);
    assertFalse("the finger may slide", idle());
    touch(MotionEvent.ACTION_UP, LONG, -500);
    Wait.until("it is over", this::idle);
    assertEquals(FakeMicrophone.heardUntilAPause(clip.pcm()), field.text());
    assertFalse(button().isPressed());
  }

  @Test
  public void aTapGoesOnUntilAPauseOrTheNextOne() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(clip.pcm(), 5);
    touch(MotionEvent.ACTION_DOWN, 0);
    touch(MotionEvent.ACTION_UP, SHORT);
    assertFalse(idle());
    Wait.until("a pause ends it", this::idle);
    assertEquals(FakeMicrophone.heardUntilAPause(clip.pcm()), field.text());
    tap(R.id.undo);
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    touch(MotionEvent.ACTION_DOWN, 0);
    touch(MotionEvent.ACTION_UP, SHORT);
    Wait.until("all is said", () -> said.samples() >= clip.pcm().length);
    touch(MotionEvent.ACTION_DOWN, 0);
    assertFalse(idle());
    touch(MotionEvent.ACTION_UP, SHORT);
    Wait.until("the second tap ends it", this::idle);
    assertEquals(clip.text(), field.text());
  }

  @Test
  public void aTouchThatTheSystemTookIsNone() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(clip.pcm(), 5);
    touch(MotionEvent.ACTION_DOWN, 0);
    touch(MotionEvent.ACTION_CANCEL, SHORT);
    assertTrue(idle());
    Wait.until("nobody records", FakeMicrophone::nobodyRecords);
    FakeMicrophone.says(clip.pcm(), 5);
    touch(MotionEvent.ACTION_DOWN, 0);
    hearAll();
    touch(MotionEvent.ACTION_CANCEL, LONG);
    Wait.until("what was said while it was held isn't lost", this::idle);
    assertEquals(FakeMicrophone.heardUntilAPause(clip.pcm()), field.text());
  }

  @Test
  public void lettingGoOfWhatIsOverBeginsNothing() throws Exception {
    Demo.install(app);
    TextField field = enter(text());
    FakeMicrophone.says(clip.pcm(), 5);
    touch(MotionEvent.ACTION_DOWN, 0);
    keyboard.onWindowHidden();
    assertTrue(idle());
    touch(MotionEvent.ACTION_UP, LONG);
    assertTrue(idle());
    assertEquals("", field.text());
    Wait.until("nobody records", FakeMicrophone::nobodyRecords);
  }

  @Test
  public void aPasswordIsntListenedTo() {
    EditorInfo info = text();
    info.inputType |= InputType.TYPE_TEXT_VARIATION_PASSWORD;
    enter(info);
    touch(MotionEvent.ACTION_DOWN, 0);
    touch(MotionEvent.ACTION_UP, LONG);
    assertTrue(idle());
    assertTrue(FakeMicrophone.nobodyRecords());
  }
}
