package org.malgwi.app.dictate;

import android.content.Intent;
import android.os.Bundle;
import android.speech.RecognizerIntent;
import android.speech.SpeechRecognizer;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.app.platform.Platform;
import org.malgwi.core.Transcript;
import org.malgwi.core.Word;

/**
 * A transcript as other apps expect it. Immutable.
 *
 * @param texts the likeliest first; empty when nothing was recognised
 * @param confidences of each text, 0 to 1, never rising
 */
record Results(List<String> texts, List<Float> confidences) {
  Results {
    texts = List.copyOf(texts);
    confidences = List.copyOf(confidences);
  }

  /**
   * The texts of a transcript.
   *
   * <p>The first one's confidence is the geometric mean of its words'; an alternative's is smaller
   * by what the search found it less likely.
   *
   * @param most how many texts, 1 or more
   */
  static Results of(Transcript transcript, int most) {
    List<String> texts = new ArrayList<>();
    List<Float> confidences = new ArrayList<>();
    if (!transcript.text().isEmpty()) {
      double confidence = confidence(transcript.words());
      texts.add(transcript.text());
      confidences.add((float) confidence);
      for (Transcript.Alternative other : transcript.alternatives()) {
        if (texts.size() < most && !other.text().isEmpty() && !texts.contains(other.text())) {
          double behind = other.score() - transcript.alternatives().get(0).score();
          texts.add(other.text());
          confidences.add((float) (confidence * Math.exp(Math.min(0, behind))));
        }
      }
    }
    return new Results(texts, confidences);
  }

  private static double confidence(List<Word> words) {
    double logs = 0;
    for (Word word : words) {
      logs += Math.log(word.confidence());
    }
    return words.isEmpty() ? 0 : Math.exp(logs / words.size());
  }

  boolean isEmpty() {
    return texts.isEmpty();
  }

  /** What a recognition service returns. */
  Bundle toBundle(Transcript transcript) {
    Bundle bundle = new Bundle();
    bundle.putStringArrayList(SpeechRecognizer.RESULTS_RECOGNITION, new ArrayList<>(texts));
    bundle.putFloatArray(SpeechRecognizer.CONFIDENCE_SCORES, scores());
    Platform.putWordTimes(bundle, transcript.timedWords());
    return bundle;
  }

  /** What a recognition activity returns. */
  Intent toIntent() {
    return new Intent()
        .putStringArrayListExtra(RecognizerIntent.EXTRA_RESULTS, new ArrayList<>(texts))
        .putExtra(RecognizerIntent.EXTRA_CONFIDENCE_SCORES, scores());
  }

  private float[] scores() {
    float[] scores = new float[confidences.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = confidences.get(i);
    }
    return scores;
  }
}
