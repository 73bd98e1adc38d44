package org.malgwi.app.selftest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Activity;
import android.content.Intent;
import android.net.Uri;
import android.os.Looper;
import android.view.WindowManager;
import android.widget.TextView;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.json.JSONObject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.ui.Place;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Search;
import org.malgwi.core.Wav;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(qualifiers = "w411dp-h914dp-xxhdpi")
public class SelfTestActivityTest {
  private final App app = (App) RuntimeEnvironment.getApplication();

  private static ActivityController<SelfTestActivity> open() {
    return Robolectric.buildActivity(SelfTestActivity.class).setup();
  }

  private static boolean shown(Activity activity, int view) {
    return activity.findViewById(view).isShown();
  }

  private static String text(Activity activity, int view) {
    return activity.<TextView>findViewById(view).getText().toString();
  }

  private static void press(Activity activity, int button) {
    activity.findViewById(button).performClick();
  }

  private void allowMicrophone() {
    shadowOf(app).grantPermissions(Manifest.permission.RECORD_AUDIO);
  }

  @Test
  public void withoutAModelItSendsToTheModels() throws Exception {
    SelfTestActivity activity = open().get();
    Wait.until("the message", () -> shown(activity, R.id.selftest_message));
    press(activity, R.id.message_action);
    Intent next = shadowOf(activity).getNextStartedActivity();
    assertEquals(Place.MODELS.name(), next.getStringExtra(MainActivity.EXTRA_PLACE));
  }

  @Test
  public void itRunsAndIsShared() throws Exception {
    Demo.install(app);
    allowMicrophone();
    SelfTestActivity activity = open().get();
    press(activity, R.id.selftest_start);
    assertTrue(shown(activity, R.id.selftest_running));
    assertTrue(keepsScreenOn(activity));
    Wait.until("the result", () -> shown(activity, R.id.selftest_done));
    assertFalse(keepsScreenOn(activity));
    String report = text(activity, R.id.selftest_text);
    assertTrue(report, report.contains("clips: PASS"));
    assertTrue(report, report.contains("expected_text: " + Demo.golden(0).text()));
    assertTrue(report, report.contains("hashes: PASS"));
    // How fast it is, and whether that is a warning, is this machine's and its other work's.
    assertTrue(report, Pattern.compile("speed: (PASS|WARN)").matcher(report).find());
    assertTrue(report, Pattern.compile("real_time_factor_p95_1: [0-9]").matcher(report).find());
    assertTrue(report, report.contains("voice_recognition_16000:"));
    assertTrue(report, report.contains("found_text: " + Demo.golden(0).text()));
    assertTrue(new Preferences(app).threads() > 0);

    press(activity, R.id.selftest_share);
    Intent chosen = shadowOf(activity).getNextStartedActivity();
    Intent send = chosen.getParcelableExtra(Intent.EXTRA_INTENT, Intent.class);
    assertEquals(Intent.ACTION_SEND_MULTIPLE, send.getAction());
    List<Uri> files = send.getParcelableArrayListExtra(Intent.EXTRA_STREAM, Uri.class);
    assertEquals(report, read(files.get(0)));
    JSONObject json = new JSONObject(read(files.get(1)));
    assertEquals("PASS", json.getJSONObject("clips").getString("verdict"));
    JSONObject clip = json.getJSONObject("clips").getJSONObject("golden/1.wav");
    assertEquals(Demo.golden(0).text(), clip.getString("found_text"));
    assertEquals(1, clip.getDouble("agreement"), 0.05);
    JSONObject decoding = json.getJSONObject("decoding");
    try (Wav shipped =
        new Wav(app.getAssets().open("selftest/clip.wav").readAllBytes(), "clip.wav")) {
      String text = Demo.heard(shipped.readAll(), Search.DEFAULT);
      assertEquals(text, decoding.getString("expected_text"));
    }
    assertEquals("Failed, as Robolectric has no decoders", "FAIL", decoding.getString("verdict"));
    assertEquals("FAIL", json.getString("verdict"));
  }

  private static boolean keepsScreenOn(Activity activity) {
    int flags = activity.getWindow().getAttributes().flags;
    return (flags & WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON) != 0;
  }

  private String read(Uri uri) throws IOException {
    try (InputStream in = app.getContentResolver().openInputStream(uri)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      in.transferTo(out);
      return out.toString(StandardCharsets.UTF_8);
    }
  }

  @Test
  public void anotherModelFails() throws Exception {
    // Its clips claim the demo's texts, which it doesn't hear: as if this phone computed otherwise.
    File folder = new File(app.getCacheDir(), "other");
    assertTrue(folder.mkdir());
    ModelBundle.open(Demo.otherText()).unpack(folder);
    Installed other = new Installed("other", folder, ModelBundle.open(folder), false, 1);
    Report report = new SelfTest(app, other, false, (step, left) -> {}).run();
    assertEquals(Report.Verdict.FAIL, report.verdict(Step.CLIPS));
    assertEquals(Report.Verdict.FAIL, report.verdict());
    assertEquals("golden/3.wav gave another text", report.get(Step.CLIPS, "failed"));
    assertTrue(report.text(), report.text().contains(Demo.alter(Demo.golden(0).text())));
  }

  @Test
  @Config(sdk = 35)
  public void memoryIsReadWhileTheModelRuns() throws Exception {
    Installed demo = Demo.install(app);
    List<Integer> left = new ArrayList<>();
    Report report =
        new SelfTest(app, demo, List.of(Step.MEMORY), (step, seconds) -> left.add(seconds)).run();
    // What it comes to on a desktop, with the tests' own memory, is no matter here.
    Object anonymous = report.get(Step.MEMORY, "anonymous_memory_mb_each_40_clips");
    assertEquals(report.text(), 5, ((List<?>) anonymous).size());
    assertEquals(List.of(60, 48, 36, 24, 12, 0), left);
    assertNull(report.get(Step.MEMORY, "failed"));
  }

  @Test
  public void aRefusedMicrophoneStopsNothingElse() throws Exception {
    Demo.install(app);
    SelfTestActivity activity = open().get();
    press(activity, R.id.selftest_start);
    assertFalse(shown(activity, R.id.selftest_running));
    assertNotNull(shadowOf(activity).getLastRequestedPermission());
    assertTrue(new Preferences(app).microphoneAsked());
    activity.onRequestPermissionsResult(
        shadowOf(activity).getLastRequestedPermission().requestCode,
        new String[] {Manifest.permission.RECORD_AUDIO},
        new int[] {-1});
    Wait.until("the result", () -> shown(activity, R.id.selftest_done));
    String report = text(activity, R.id.selftest_text);
    assertTrue(report, report.contains("warning: not tried: the permission isn't granted"));
    assertTrue(report, report.contains("clips: PASS"));
  }

  @Test
  public void turningTheScreenGoesOnAndLeavingEndsIt() throws Exception {
    Demo.install(app);
    allowMicrophone();
    ActivityController<SelfTestActivity> controller = open();
    press(controller.get(), R.id.selftest_start);
    controller.recreate();
    assertTrue(shown(controller.get(), R.id.selftest_running));
    controller.pause().stop();
    assertFalse(shown(controller.get(), R.id.selftest_running));
    controller.start().resume();
    assertTrue(shown(controller.get(), R.id.selftest_before));
    press(controller.get(), R.id.selftest_start);
    press(controller.get(), R.id.selftest_cancel);
    assertTrue(shown(controller.get(), R.id.selftest_before));
  }

  @Test
  public void theResultStaysWhenItIsShared() throws Exception {
    Demo.install(app);
    allowMicrophone();
    ActivityController<SelfTestActivity> controller = open();
    press(controller.get(), R.id.selftest_start);
    Wait.until("the result", () -> shown(controller.get(), R.id.selftest_done));
    controller.pause().stop();
    assertTrue(shown(controller.get(), R.id.selftest_done));
    controller.start().resume().recreate();
    assertTrue(shown(controller.get(), R.id.selftest_done));
    press(controller.get(), R.id.selftest_again);
    assertTrue(shown(controller.get(), R.id.selftest_before));
  }

  @Test
  @Config(sdk = 35)
  public void picturesLight() throws Exception {
    pictures("light");
  }

  @Test
  @Config(sdk = 35, qualifiers = "w411dp-h914dp-night-xxhdpi")
  public void picturesDark() throws Exception {
    pictures("dark");
  }

  @Test
  @Config(sdk = 35, qualifiers = "ko-rKR-w411dp-h914dp-xxhdpi")
  public void picturesKorean() throws Exception {
    pictures("ko");
  }

  @Test
  @Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi", fontScale = 2f)
  public void picturesLarge() throws Exception {
    pictures("2.0");
  }

  @Test
  @Config(sdk = 35, qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void picturesLandscape() throws Exception {
    pictures("landscape");
  }

  private void pictures(String kind) throws Exception {
    Demo.install(app);
    allowMicrophone();
    SelfTestActivity activity = open().get();
    Wait.until("the beginning", () -> shown(activity, R.id.selftest_before));
    Shots.take(activity, "selftest-before-" + kind);
    press(activity, R.id.selftest_start);
    settle();
    Shots.take(activity, "selftest-running-" + kind);
    press(activity, R.id.selftest_cancel);
    Report report = new Report();
    for (Step step : Step.values()) {
      report.put(step, "example", Map.of("found_text", "open the curtains", "agreement", 1));
    }
    activity.show(report);
    settle();
    Shots.take(activity, "selftest-passed-" + kind);
    report.judge(Step.MICROPHONE, Report.Verdict.WARN, "no sound came");
    report.judge(Step.CLIPS, Report.Verdict.FAIL, "golden/1.wav gave another text");
    activity.show(report);
    settle();
    Shots.take(activity, "selftest-failed-" + kind);
  }

  /** Lets what was shown be laid out. */
  private static void settle() {
    shadowOf(Looper.getMainLooper()).idle();
  }
}
