package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import android.os.ParcelFileDescriptor;
import android.speech.RecognizerIntent;
import android.speech.SpeechRecognizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.Wait;
import org.malgwi.core.Pcm;
import org.malgwi.core.Search;
import org.robolectric.RobolectricTestRunner;

/** Several texts for one speech, and texts that are preferred. */
@RunWith(RobolectricTestRunner.class)
public class RecognitionTextsTest extends BoundService {
  @Test
  public void severalTextsAreForThoseWhoAsk() throws Exception {
    Demo.install(app);
    Search three = Search.DEFAULT.withNbest(3);
    short[] pcm = {};
    List<String> expected = List.of();
    // How much noise leaves room for doubt depends on how much the demo's model has learnt.
    for (double level = 0.02; expected.size() < 3 && level < 0.5; level *= 1.5) {
      pcm = Demo.pcm(noisy(Demo.golden(0).samples(), level));
      expected = Results.of(Demo.transcribed(FakeMicrophone.untilAPause(pcm), three), 3).texts();
    }
    assertEquals("the core has several texts", 3, expected.size());
    FakeMicrophone.says(pcm, 20);
    Caller caller = hear(request().putExtra(RecognizerIntent.EXTRA_MAX_RESULTS, 3));
    List<String> texts = caller.results.getStringArrayList(SpeechRecognizer.RESULTS_RECOGNITION);
    assertEquals(3, texts.stream().distinct().count());
    assertEquals(expected.get(0), texts.get(0));
    float[] scores = caller.results.getFloatArray(SpeechRecognizer.CONFIDENCE_SCORES);
    assertTrue(scores.length == 3 && scores[0] >= scores[1] && scores[1] >= scores[2]);
  }

  @Test
  public void biasingStringsArePreferredAndUnknownLettersDoNoHarm() throws Exception {
    Demo.install(app);
    float[] noisy = {};
    String plain = "";
    String biased = "";
    List<String> hotwords = List.of();
    // How much noise leaves room for doubt depends on how much the demo's model has learnt.
    for (double level = 0.02; biased.equals(plain) && level < 0.5; level *= 1.5) {
      noisy = noisy(Demo.golden(0).samples(), level);
      plain = Demo.heard(noisy, Search.DEFAULT);
      hotwords = misspelt(plain);
      biased = Demo.heard(noisy, Search.DEFAULT.withHotwords(hotwords));
    }
    assertNotEquals("the hotwords matter", plain, biased);
    assertEquals(plain, recognise(noisy, List.of()));
    hotwords.add(0, "말귀");
    assertEquals(biased, recognise(noisy, hotwords));
  }

  /** The longer words of a text, each without one of its letters. */
  private static List<String> misspelt(String text) {
    List<String> found = new ArrayList<>();
    for (String word : text.split(" ", -1)) {
      for (int i = 0; i < word.length() && word.length() > 3; i++) {
        found.add(word.substring(0, i) + word.substring(i + 1));
      }
    }
    return found;
  }

  /** A clip in noise of this level, a share of full scale. */
  private static float[] noisy(float[] samples, double level) {
    Random random = new Random(1);
    for (int i = 0; i < samples.length; i++) {
      double sum = samples[i] + level * random.nextGaussian();
      samples[i] = Math.max(-32_768, Math.min(32_767, Math.round(32_768 * sum))) / 32_768f;
    }
    return samples;
  }

  private String recognise(float[] samples, List<String> hotwords) throws Exception {
    ParcelFileDescriptor[] pipe = ParcelFileDescriptor.createPipe();
    Caller caller =
        start(
            request()
                .putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE, pipe[0])
                .putExtra(
                    RecognizerIntent.EXTRA_SPEECH_INPUT_COMPLETE_SILENCE_LENGTH_MILLIS, 60_000)
                .putStringArrayListExtra(
                    RecognizerIntent.EXTRA_BIASING_STRINGS, new ArrayList<>(hotwords)));
    writeAll(pipe[1], Pcm.toBytes(samples));
    Wait.until("results or an error", caller::over);
    return caller.text();
  }
}
