package org.malgwi.app.dictate;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.content.Intent;
import android.os.Bundle;
import android.speech.RecognitionPart;
import android.speech.RecognizerIntent;
import android.speech.SpeechRecognizer;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.core.FrameGrid;
import org.malgwi.core.Transcript;
import org.malgwi.core.Word;
import org.robolectric.RobolectricTestRunner;

@RunWith(RobolectricTestRunner.class)
public class ResultsTest {
  private static Transcript transcript(
      String text, List<Word> words, List<Transcript.Alternative> others) {
    return new Transcript(
        text, words, List.of(), 16_000, new FrameGrid(400, 320, 16_000), false, others, List.of());
  }

  private static final Transcript TWO_WORDS =
      transcript(
          "good day",
          List.of(new Word("good", 5, 10, 0.9), new Word("day", 12, 20, 0.4)),
          List.of());

  @Test
  public void confidenceIsTheGeometricMeanOfTheWords() {
    Results results = Results.of(TWO_WORDS, 1);
    assertEquals(List.of("good day"), results.texts());
    assertEquals(0.6, results.confidences().get(0), 1e-6);
  }

  @Test
  public void alternativesFollowWithSmallerConfidence() {
    Transcript transcript =
        transcript(
            "good day",
            TWO_WORDS.words(),
            List.of(
                new Transcript.Alternative("good day", -2),
                new Transcript.Alternative("", -2.1),
                new Transcript.Alternative("good bay", -2 - Math.log(2)),
                new Transcript.Alternative("wood bay", -9)));
    Results results = Results.of(transcript, 2);
    assertEquals(List.of("good day", "good bay"), results.texts());
    assertEquals(0.3, results.confidences().get(1), 1e-6);
    assertEquals(1, Results.of(transcript, 1).texts().size());
  }

  @Test
  public void nothingRecognisedIsNoResult() {
    assertTrue(Results.of(transcript("", List.of(), List.of()), 5).isEmpty());
  }

  @Test
  public void servicesAndActivitiesNameTheSameThings() {
    Results results = Results.of(TWO_WORDS, 1);
    Bundle bundle = results.toBundle(TWO_WORDS);
    assertEquals(
        List.of("good day"), bundle.getStringArrayList(SpeechRecognizer.RESULTS_RECOGNITION));
    assertArrayEquals(
        new float[] {0.6f}, bundle.getFloatArray(SpeechRecognizer.CONFIDENCE_SCORES), 1e-6f);
    List<RecognitionPart> parts =
        bundle.getParcelableArrayList(SpeechRecognizer.RECOGNITION_PARTS, RecognitionPart.class);
    assertEquals("day", parts.get(1).getRawText());
    assertEquals(240, parts.get(1).getTimestampMillis());
    Intent intent = results.toIntent();
    assertEquals(
        List.of("good day"), intent.getStringArrayListExtra(RecognizerIntent.EXTRA_RESULTS));
    assertArrayEquals(
        new float[] {0.6f},
        intent.getFloatArrayExtra(RecognizerIntent.EXTRA_CONFIDENCE_SCORES),
        1e-6f);
  }
}
