package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.speech.IRecognitionSupportCallback;
import android.speech.RecognitionSupport;
import android.speech.RecognizerIntent;
import android.speech.SpeechRecognizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.Wait;
import org.malgwi.app.preferences.Preferences;
import org.robolectric.RobolectricTestRunner;

/** What another app hears from the recognition service, with the demo's model. */
@RunWith(RobolectricTestRunner.class)
public class RecognitionServiceTest extends BoundService {
  @Test
  public void theMicrophonesSpeechBecomesText() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 20);
    Caller caller = hear(request().putExtra(RecognizerIntent.EXTRA_PARTIAL_RESULTS, true));
    assertEquals(FakeMicrophone.heardUntilAPause(clip.pcm()), caller.text());
    float[] scores = caller.results.getFloatArray(SpeechRecognizer.CONFIDENCE_SCORES);
    assertEquals(1, scores.length);
    assertTrue("" + scores[0], scores[0] > 0 && scores[0] <= 1);
    List<String> order = caller.order();
    assertEquals("ready", order.get(0));
    assertTrue("" + order, order.indexOf("beginning") < order.indexOf("partial"));
    assertEquals(List.of("end", "results"), order.subList(order.size() - 2, order.size()));
    assertFalse(caller.partials.isEmpty());
  }

  @Test
  public void partialTextsAreForThoseWhoAsk() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(1).pcm(), 20);
    assertFalse(hear(request()).calls.contains("partial"));
  }

  @Test
  public void anotherModelHearsAnotherText() throws Exception {
    Demo.install(app, Demo.altered());
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 20);
    Caller caller = hear(request());
    String text = FakeMicrophone.heardUntilAPause(clip.pcm());
    assertNotEquals(text, caller.text());
    assertEquals(Demo.alter(text), caller.text());
  }

  @Test
  public void stoppingEndsTheSpeech() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(0);
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    Caller caller =
        start(
            request()
                .putExtra(
                    RecognizerIntent.EXTRA_SPEECH_INPUT_COMPLETE_SILENCE_LENGTH_MILLIS, 60_000));
    Wait.until("the clip's end", () -> said.samples() >= clip.pcm().length);
    service.stopListening(caller);
    Wait.until("results", caller::over);
    assertEquals(clip.text(), caller.text());
  }

  @Test
  public void aQuietRoomIsNoMatch() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(new short[0], 20);
    Caller caller = hear(request());
    assertEquals(SpeechRecognizer.ERROR_NO_MATCH, caller.error);
    assertNull(caller.results);
  }

  @Test
  public void aBlockedMicrophoneIsAnError() throws Exception {
    Demo.install(app);
    FakeMicrophone.saysZeros(60);
    Caller caller = hear(request());
    assertEquals(SpeechRecognizer.ERROR_AUDIO, caller.error);
  }

  @Test
  public void withoutThePermissionNothingIsHeard() throws Exception {
    Demo.install(app);
    shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
    Caller caller = hear(request());
    assertEquals(SpeechRecognizer.ERROR_INSUFFICIENT_PERMISSIONS, caller.error);
    assertEquals(List.of("error"), caller.calls);
  }

  @Test
  public void withoutAModelItIsTheRecognisersError() throws Exception {
    assertEquals(SpeechRecognizer.ERROR_SERVER, hear(request()).error);
  }

  @Test
  public void theLanguageChoosesTheModel() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(1);
    String text = FakeMicrophone.heardUntilAPause(clip.pcm());
    FakeMicrophone.says(clip.pcm(), 20);
    assertEquals(text, hear(request().putExtra(RecognizerIntent.EXTRA_LANGUAGE, "en-GB")).text());
    assertEquals(
        SpeechRecognizer.ERROR_LANGUAGE_NOT_SUPPORTED,
        hear(request().putExtra(RecognizerIntent.EXTRA_LANGUAGE, "ko-KR")).error);
    new Preferences(app).setAnyLanguage(true);
    FakeMicrophone.says(clip.pcm(), 20);
    assertEquals(text, hear(request().putExtra(RecognizerIntent.EXTRA_LANGUAGE, "ko-KR")).text());
  }

  @Test
  public void theLanguagesAreTold() throws Exception {
    Demo.install(app);
    RecognitionSupport support = languages("en-GB");
    assertEquals(List.of("en", "en-GB"), support.getInstalledOnDeviceLanguages());
    assertEquals(List.of(), support.getOnlineLanguages());
    assertEquals(List.of("en"), languages("ko-KR").getInstalledOnDeviceLanguages());
    new Preferences(app).setAnyLanguage(true);
    assertEquals(List.of("en", "ko-KR"), languages("ko-KR").getInstalledOnDeviceLanguages());
  }

  private RecognitionSupport languages(String asked) throws Exception {
    List<RecognitionSupport> told = new ArrayList<>();
    service.checkRecognitionSupport(
        request().putExtra(RecognizerIntent.EXTRA_LANGUAGE, asked),
        caller(),
        new IRecognitionSupportCallback.Stub() {
          @Override
          public void onSupportResult(RecognitionSupport support) {
            told.add(support);
          }

          @Override
          public void onError(int code) {
            throw new AssertionError("error " + code);
          }
        });
    Wait.until("the answer", () -> !told.isEmpty());
    return told.get(0);
  }
}
