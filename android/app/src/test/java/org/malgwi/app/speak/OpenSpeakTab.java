package org.malgwi.app.speak;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.Intent;
import android.view.View;
import android.widget.TextView;
import org.junit.After;
import org.junit.Before;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;

/** The tab in which one speaks, with a model and a microphone; what its tests have in common. */
@Config(qualifiers = "w411dp-h914dp-xxhdpi")
abstract class OpenSpeakTab {
  final Application context = RuntimeEnvironment.getApplication();
  Installed installed;
  Demo.Clip clip;
  ActivityController<MainActivity> controller;
  private ServiceController<RecordingService> service;

  @Before
  public void install() throws Exception {
    installed = Demo.install(context);
    clip = Demo.golden(0);
  }

  @After
  public void end() throws Exception {
    FakeMicrophone.forget();
    if (speech().phase() == Speech.Phase.RECORDING) {
      speech().cancel();
      Wait.until("cancelled", () -> speech().phase() != Speech.Phase.RECORDING);
    }
    Engine.of(context).acquire(installed).get().close();
  }

  Speech speech() {
    return Speech.of(context);
  }

  void open() throws Exception {
    controller = Robolectric.buildActivity(MainActivity.class).setup();
  }

  void openReady() throws Exception {
    open();
    Wait.until("ready", () -> speech().phase() == Speech.Phase.READY);
  }

  View find(int id) {
    return controller.get().findViewById(id);
  }

  String text(int id) {
    return ((TextView) find(id)).getText().toString();
  }

  void tap(int id) {
    View view = find(id);
    assertTrue("visible", view.isShown());
    assertTrue("enabled", view.isEnabled());
    view.performClick();
    runService();
  }

  /** Runs the service that was asked for, as the system would. */
  void runService() {
    Intent asked;
    while ((asked = shadowOf(context).getNextStartedService()) != null) {
      if (service == null) {
        service = Robolectric.buildService(RecordingService.class).create();
      }
      service.get().onStartCommand(asked, 0, 1);
    }
  }

  String message() {
    return find(R.id.speak_message).isShown() ? text(R.id.message_sentence) : null;
  }

  String status() {
    return text(R.id.speak_status);
  }

  void assertProblem(Problem problem) {
    assertEquals(context.getString(problem.sentence()), message());
    assertEquals(context.getString(problem.action()), text(R.id.message_action));
  }

  /** Ends the recording, and waits for its text. */
  void stop() throws Exception {
    tap(R.id.speak_button);
    Wait.until("done", () -> speech().phase() == Speech.Phase.DONE);
  }

  void record(double thenQuiet) throws Exception {
    FakeMicrophone.allow();
    FakeMicrophone.Given given = FakeMicrophone.says(clip.pcm(), thenQuiet);
    openReady();
    tap(R.id.speak_button);
    assertEquals(Speech.Phase.RECORDING, speech().phase());
    Wait.until(
        "all is recorded",
        () -> {
          if (speech().phase() == Speech.Phase.FAILED) {
            throw new AssertionError(speech().problem().name(), speech().detail());
          }
          return given.samples() == clip.samples().length + (int) (16_000 * thenQuiet);
        });
  }
}
