package org.malgwi.app.dictate;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Activity;
import android.app.Application;
import android.app.PendingIntent;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.os.Bundle;
import android.os.Looper;
import android.provider.Settings;
import android.speech.RecognizerIntent;
import android.view.View;
import android.widget.TextView;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.listen.Dictation;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowActivity;

@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(qualifiers = "w411dp-h914dp-xxhdpi")
public class RecognizeSpeechActivityTest {
  private final Application app = RuntimeEnvironment.getApplication();
  private ActivityController<RecognizeSpeechActivity> controller;
  private RecognizeSpeechActivity activity;

  @Before
  public void allow() {
    FakeMicrophone.allow();
  }

  @After
  public void close() {
    if (controller != null) {
      controller.pause().stop().destroy();
    }
    FakeMicrophone.forget();
  }

  private static Intent request() {
    return new Intent(RecognizerIntent.ACTION_RECOGNIZE_SPEECH);
  }

  private void open(Intent request) {
    controller = Robolectric.buildActivity(RecognizeSpeechActivity.class, request).setup();
    activity = controller.get();
  }

  private String shows(int id) {
    return activity.<TextView>findViewById(id).getText().toString();
  }

  private void tap(int id) {
    View view = activity.findViewById(id);
    assertTrue("shown", view.isShown());
    assertTrue("enabled", view.isEnabled());
    view.performClick();
  }

  private void answer(int result) {
    ShadowActivity.PermissionsRequest asked = shadowOf(activity).getLastRequestedPermission();
    assertArrayEquals(new String[] {Manifest.permission.RECORD_AUDIO}, asked.requestedPermissions);
    if (result == PackageManager.PERMISSION_GRANTED) {
      FakeMicrophone.allow();
    }
    activity.onRequestPermissionsResult(
        asked.requestCode, asked.requestedPermissions, new int[] {result});
  }

  private void shot(String name) throws Exception {
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(activity, name);
  }

  @Test
  public void theTextIsTheResult() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    String text = FakeMicrophone.heardUntilAPause(clip.pcm());
    Intent asker = new Intent("com.example.HEARD");
    Bundle extras = new Bundle();
    extras.putInt("question", 7);
    open(
        request()
            .putExtra(
                RecognizerIntent.EXTRA_RESULTS_PENDINGINTENT,
                PendingIntent.getActivity(app, 0, asker, PendingIntent.FLAG_MUTABLE))
            .putExtra(RecognizerIntent.EXTRA_RESULTS_PENDINGINTENT_BUNDLE, extras));
    Wait.until("it is over", activity::isFinishing);
    assertEquals(Activity.RESULT_OK, shadowOf(activity).getResultCode());
    Intent result = shadowOf(activity).getResultIntent();
    assertEquals(List.of(text), result.getStringArrayListExtra(RecognizerIntent.EXTRA_RESULTS));
    float[] scores = result.getFloatArrayExtra(RecognizerIntent.EXTRA_CONFIDENCE_SCORES);
    assertTrue(scores.length == 1 && scores[0] > 0 && scores[0] <= 1);
    Intent sent = shadowOf(app).getNextStartedActivity();
    assertEquals("com.example.HEARD", sent.getAction());
    assertEquals(7, sent.getIntExtra("question", 0));
    assertEquals(List.of(text), sent.getStringArrayListExtra(RecognizerIntent.EXTRA_RESULTS));
  }

  @Test
  public void anotherModelHearsAnotherText() throws Exception {
    Demo.install(app, Demo.altered());
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    open(request());
    Wait.until("it is over", activity::isFinishing);
    assertEquals(
        List.of(Demo.alter(FakeMicrophone.heardUntilAPause(clip.pcm()))),
        shadowOf(activity)
            .getResultIntent()
            .getStringArrayListExtra(RecognizerIntent.EXTRA_RESULTS));
  }

  @Test
  public void theTextIsShownWhileItIsSpoken() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(0).pcm(), 0);
    open(request().putExtra(RecognizerIntent.EXTRA_PROMPT, "Which room?"));
    assertEquals("Which room?", shows(R.id.prompt));
    Wait.until("a partial text", () -> shows(R.id.text).contains(" "));
    assertEquals("Listening…", shows(R.id.sentence));
    shot("card-listening");
    tap(R.id.cancel);
    assertTrue(activity.isFinishing());
    assertEquals(Activity.RESULT_CANCELED, shadowOf(activity).getResultCode());
  }

  @Test
  public void theButtonEndsIt() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(0);
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    open(request());
    Wait.until("all is said", () -> said.samples() >= clip.pcm().length);
    tap(R.id.speak);
    Wait.until("it is over", activity::isFinishing);
    assertEquals(
        List.of(clip.text()),
        shadowOf(activity)
            .getResultIntent()
            .getStringArrayListExtra(RecognizerIntent.EXTRA_RESULTS));
  }

  @Test
  public void nothingHeardCanBeTriedAgain() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(new short[0], 20);
    open(request());
    Wait.until(
        "it has heard nothing",
        () -> shows(R.id.sentence).equals("Nothing was heard. Tap the button and try again."));
    assertEquals(RecognizerIntent.RESULT_NO_MATCH, shadowOf(activity).getResultCode());
    shot("card-nothing");
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    tap(R.id.speak);
    Wait.until("it is over", activity::isFinishing);
    assertEquals(Activity.RESULT_OK, shadowOf(activity).getResultCode());
  }

  @Test
  public void thePermissionIsAskedForHere() throws Exception {
    Demo.install(app);
    shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    open(request());
    answer(PackageManager.PERMISSION_GRANTED);
    Wait.until("it is over", activity::isFinishing);
    assertEquals(Activity.RESULT_OK, shadowOf(activity).getResultCode());
  }

  @Test
  public void aRefusalSaysHowToMendIt() throws Exception {
    Demo.install(app);
    shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
    shadowOf(app.getPackageManager())
        .setShouldShowRequestPermissionRationale(Manifest.permission.RECORD_AUDIO, true);
    open(request());
    answer(PackageManager.PERMISSION_DENIED);
    assertEquals(app.getString(R.string.problem_microphone_not_allowed), shows(R.id.sentence));
    assertEquals(app.getString(R.string.problem_allow), shows(R.id.action));
    assertEquals(RecognizerIntent.RESULT_AUDIO_ERROR, shadowOf(activity).getResultCode());
    shot("card-permission");
    tap(R.id.action);
    shadowOf(app.getPackageManager())
        .setShouldShowRequestPermissionRationale(Manifest.permission.RECORD_AUDIO, false);
    answer(PackageManager.PERMISSION_DENIED);
    assertEquals(app.getString(R.string.problem_microphone_refused), shows(R.id.sentence));
    tap(R.id.action);
    assertEquals(
        Settings.ACTION_APPLICATION_DETAILS_SETTINGS,
        shadowOf(activity).getNextStartedActivity().getAction());
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 5);
    controller.pause().stop();
    FakeMicrophone.allow();
    controller.restart().resume();
    Wait.until("it is over", activity::isFinishing);
    assertEquals(Activity.RESULT_OK, shadowOf(activity).getResultCode());
  }

  @Test
  public void aLanguageWithoutAModelIsSaid() throws Exception {
    Demo.install(app);
    open(request().putExtra(RecognizerIntent.EXTRA_LANGUAGE, "ko-KR"));
    Wait.until("it is said", () -> activity.findViewById(R.id.action).isShown());
    assertEquals(app.getString(R.string.problem_no_model_for_language), shows(R.id.sentence));
    assertEquals(RecognizerIntent.RESULT_CLIENT_ERROR, shadowOf(activity).getResultCode());
    tap(R.id.action);
    assertEquals(
        "MODELS",
        shadowOf(activity)
            .getNextStartedActivity()
            .getStringExtra(org.malgwi.app.MainActivity.EXTRA_PLACE));
  }

  @Test
  public void anExtraOfAnotherTypeIsTheCallersError() {
    open(request().putExtra(RecognizerIntent.EXTRA_RESULTS_PENDINGINTENT, new Intent()));
    assertTrue(activity.isFinishing());
    assertEquals(RecognizerIntent.RESULT_CLIENT_ERROR, shadowOf(activity).getResultCode());
  }

  @Test
  public void whoLeavesWhileItFinishesCanSpeakAgain() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(1).pcm(), 1);
    open(request());
    activity.onState(Dictation.State.FINISHING);
    assertFalse(activity.findViewById(R.id.speak).isEnabled());
    controller.pause().stop();
    assertTrue(activity.findViewById(R.id.speak).isEnabled());
  }

  @Test
  public void leavingItEndsTheRecording() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(1).pcm(), 1);
    open(request());
    controller.pause().stop();
    assertEquals("Tap the button and speak.", shows(R.id.sentence));
    assertFalse(activity.isFinishing());
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-night-xxhdpi", fontScale = 2f)
  public void korean() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(0).pcm(), 0);
    open(request());
    assertEquals("말씀하세요", shows(R.id.prompt));
    Wait.until("a partial text", () -> shows(R.id.text).contains(" "));
    shot("card-listening-ko-night-2.0");
  }

  @Test
  @Config(qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void landscape() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(0).pcm(), 0);
    open(request());
    Wait.until("a partial text", () -> shows(R.id.text).contains(" "));
    shot("card-listening-land");
  }
}
