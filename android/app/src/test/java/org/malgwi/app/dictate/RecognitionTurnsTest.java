package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import android.speech.SpeechRecognizer;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.Wait;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;

/** One request after the other: who is refused, who waits, and what ends one. */
@RunWith(RobolectricTestRunner.class)
public class RecognitionTurnsTest extends BoundService {
  @Test
  public void aSecondCallerFindsItBusyAndTheFirstGoesOn() throws Exception {
    Demo.install(app);
    short[] speech = Demo.golden(1).pcm();
    FakeMicrophone.Given said = FakeMicrophone.says(speech, 20);
    said.hold(true); // else the first may be over before the second comes
    Caller first = start(request());
    Wait.until("the microphone is open", () -> first.calls.contains("ready"));
    Caller second = hear(request());
    assertEquals(SpeechRecognizer.ERROR_RECOGNIZER_BUSY, second.error);
    assertEquals(List.of("error"), second.calls);
    said.hold(false);
    Wait.until("the first one's results", first::over);
    String text = FakeMicrophone.heardUntilAPause(speech);
    assertEquals(text, first.text());
    FakeMicrophone.says(speech, 20);
    assertEquals("it is free again", text, hear(request()).text());
  }

  @Test
  public void nothingIsSaidAfterCancel() throws Exception {
    Demo.install(app);
    short[] speech = Demo.golden(1).pcm();
    FakeMicrophone.Given said = FakeMicrophone.says(speech, 0); // no pause ends it first
    Caller cancelled = start(request());
    Wait.until("it listens", () -> cancelled.calls.contains("ready") && said.samples() > 0);
    service.cancel(cancelled, false);
    Wait.until("the looper is empty", () -> true);
    int calls = cancelled.calls.size();
    FakeMicrophone.says(speech, 20);
    assertEquals(FakeMicrophone.heardUntilAPause(speech), hear(request()).text());
    assertEquals(calls, cancelled.calls.size());
    assertFalse(cancelled.over());
  }

  @Test
  @Config(shadows = {ShadowPermissionChecker.class, FakeMicrophone.Contended.class})
  public void aRequestWaitsUntilTheOneBeforeHasLetGoOfTheMicrophone() throws Exception {
    Demo.install(app);
    short[] speech = Demo.golden(1).pcm();
    FakeMicrophone.Given said = FakeMicrophone.says(speech, 0); // no pause ends it first
    Caller cancelled = start(request());
    Wait.until("it listens", () -> cancelled.calls.contains("ready") && said.samples() > 0);
    FakeMicrophone.Contended.keep(true);
    service.cancel(cancelled, false);
    FakeMicrophone.says(speech, 20);
    Caller next = start(request());
    Wait.until(
        "it waits, or didn't",
        () -> next.over() || FakeMicrophone.captures().anyMatch(Thread.State.WAITING::equals));
    assertEquals(List.of(), next.calls);
    FakeMicrophone.Contended.keep(false);
    Wait.until("results or an error", next::over);
    assertEquals(0, next.error);
    assertEquals(FakeMicrophone.heardUntilAPause(speech), next.text());
  }

  @Test
  public void cancellingBeforeTheModelIsFoundIsHeeded() throws Exception {
    Demo.install(app);
    short[] speech = Demo.golden(1).pcm();
    FakeMicrophone.says(speech, 20);
    Caller cancelled = start(request());
    service.cancel(cancelled, false);
    assertEquals(FakeMicrophone.heardUntilAPause(speech), hear(request()).text());
    assertEquals(List.of(), cancelled.calls);
  }

  @Test
  public void aServiceThatGoesAwayStopsListening() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(new short[0], 5);
    Caller caller = start(request());
    Wait.until("ready", () -> caller.calls.contains("ready"));
    controller.get().onDestroy();
    Wait.until("the microphone is closed", FakeMicrophone::nobodyRecords);
    assertFalse(caller.over());
  }
}
