package org.malgwi.app.speak;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.graphics.Rect;
import android.os.Looper;
import android.view.View;
import android.widget.ImageView;
import android.widget.ListView;
import android.widget.TextView;
import java.io.IOException;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.ui.SpeakButton;
import org.malgwi.core.LiveStream;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/** Pictures of the Speak tab in each of its states. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class SpeakShotsTest {
  private static final LiveStream.Update ENGLISH =
      new LiveStream.Update(
          "please open the curtains in the garage and close the windows in the kitchen then turn"
              + " down the heating",
          "in the small room upst");
  private static final LiveStream.Update KOREAN =
      new LiveStream.Update("차고의 커튼을 열고 부엌 창문을 닫아 주세요 그리고 난방을 조금", "낮춰 주시고 위층 작은 바");

  /** What nobody should have to scroll to. */
  private static final int[] WHOLE = {
    R.id.speak_letters,
    R.id.speak_model,
    R.id.message_sentence,
    R.id.message_action,
    R.id.speak_status,
    R.id.speak_action,
    R.id.speak_copy,
    R.id.speak_save,
    R.id.speak_edit_save,
    R.id.speak_button,
    R.id.speak_other
  };

  private final Application context = RuntimeEnvironment.getApplication();
  private Installed model;
  private MainActivity activity;
  private Speech.Observer tab;
  private SpeechStates states;

  @Before
  public void install() throws IOException {
    model = Demo.install(context);
  }

  @After
  public void letTheEngineFinish() throws Exception {
    Engine.of(context).acquire(model).get().close();
  }

  private void open() throws Exception {
    activity = Robolectric.buildActivity(MainActivity.class).setup().get();
    // Else the real model is ready in the middle of what is put in its place.
    Wait.until("the model", () -> ((App) context).speech().phase() == Speech.Phase.READY);
    states = new SpeechStates((App) context);
    states.model(model);
    tab = states.observer();
  }

  private void take(String name) throws IOException {
    tab.onChange();
    shadowOf(Looper.getMainLooper()).idle();
    activity.<SpeakButton>findViewById(R.id.speak_button).setLevel(-18);
    Shots.take(activity, "speak-" + name);
    TextView live = activity.findViewById(R.id.speak_live);
    if (live.isShown()) {
      assertEquals(name + ": at the top", live.getCompoundPaddingTop(), live.getTotalPaddingTop());
    }
    ListView transcript = activity.findViewById(R.id.speak_transcript);
    if (transcript.isShown()) {
      assertEquals(
          name + ": at the top", transcript.getPaddingTop(), transcript.getChildAt(0).getTop());
    }
    ImageView icon = activity.findViewById(R.id.message_icon);
    Speech.Phase phase = Speech.of(context).phase();
    boolean mayHaveIcon = phase == Speech.Phase.FAILED || phase == Speech.Phase.FOUND;
    assertTrue(name + ": one microphone", mayHaveIcon || !icon.isShown());
    for (int id : WHOLE) {
      View view = activity.findViewById(id);
      if (view != null && view.isShown()) {
        Rect seen = new Rect();
        boolean all =
            view.getGlobalVisibleRect(seen)
                && seen.height() == view.getHeight()
                && seen.width() == view.getWidth();
        String what = activity.getResources().getResourceEntryName(id);
        assertTrue(name + ": " + what + " is cut: " + seen + ", " + view.getHeight(), all);
      }
    }
  }

  private void all(String kind, LiveStream.Update text) throws Exception {
    open();
    states.phase(Speech.Phase.READY);
    take("no-permission" + kind);
    FakeMicrophone.allow();
    states.phase(Speech.Phase.PREPARING);
    take("loading" + kind);
    states.phase(Speech.Phase.READY);
    take("ready" + kind);
    states.recording(Dictation.State.LISTENING, 13, 0, text);
    take("listening" + kind);
    states.recording(Dictation.State.PAUSED, 13, 0, text);
    take("paused" + kind);
    states.recording(Dictation.State.BLOCKED, 13, 0, text);
    take("blocked" + kind);
    states.recording(Dictation.State.LISTENING, 65, 12, text);
    take("catching-up" + kind);
    states.recording(Dictation.State.FINISHING, 65, 9, text);
    take("finishing" + kind);
    states.done(text.text(), false);
    take("done" + kind);
    Speech.of(context).setDraft(text.text());
    take("editing" + kind);
    Speech.of(context).setDraft(null);
    tab.onChange();
    states.model(
        new Installed("id", context.getFilesDir(), ModelBundle.open(Demo.lettered()), false, 0));
    states.done(text.text(), false);
    states.model(model);
    Speech.of(context).setDraft(text.text());
    take("letters" + kind);
    Speech.of(context).setDraft(null);
    states.failed(Problem.MODEL_FAILED, new MalgwiException("model.onnx: damaged"));
    take("failed" + kind);
    states.found(192);
    take("found" + kind);
    states.done(text.text(), true);
    take("recovered" + kind);
    states.done("", false);
    take("nothing" + kind);
    states.phase(Speech.Phase.READY);
  }

  @Test
  public void inEnglishByDay() throws Exception {
    all("", ENGLISH);
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-night-xxhdpi")
  public void inKoreanByNight() throws Exception {
    all("-ko-night", KOREAN);
  }

  @Test
  @Config(qualifiers = "w411dp-h914dp-xxhdpi", fontScale = 2f)
  public void inLargeType() throws Exception {
    all("-2.0", ENGLISH);
  }

  @Test
  @Config(qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void inLandscape() throws Exception {
    all("-land", ENGLISH);
  }

  @Test
  @Config(qualifiers = "w914dp-h411dp-land-xxhdpi", fontScale = 2f)
  public void inLandscapeAndLargeType() throws Exception {
    open();
    FakeMicrophone.allow();
    states.recording(Dictation.State.BLOCKED, 13, 0, ENGLISH);
    take("blocked-land-2.0");
  }

  @Test
  @Config(qualifiers = "w360dp-h640dp-xxhdpi", fontScale = 2f)
  public void onASmallPhoneInLargeType() throws Exception {
    all("-small-2.0", ENGLISH);
  }
}
