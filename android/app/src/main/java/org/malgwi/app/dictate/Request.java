package org.malgwi.app.dictate;

import android.content.Intent;
import android.os.ParcelFileDescriptor;
import android.speech.RecognizerIntent;
import java.util.ArrayList;
import java.util.List;

/**
 * What another app asks of the recogniser; see android.speech.RecognizerIntent. It comes from
 * outside, so what isn't usable is left out or brought into range.
 *
 * @param language BCP 47 tag, or empty: whatever model is in use
 * @param partials whether the caller wants the text while it is spoken
 * @param maxResults texts wanted at most, 1 to {@link #MOST_RESULTS}
 * @param pauseMs quiet after speech that ends it, in ms; 0: the caller leaves it to us
 * @param hotwords names and terms that are likely
 * @param prompt what the activity shows; empty: our own words
 * @param audio the sound, when the caller records by itself; else null
 */
record Request(
    String language,
    boolean partials,
    int maxResults,
    int pauseMs,
    List<String> hotwords,
    String prompt,
    Audio audio) {

  /** Leaves everything to us. */
  static final Request PLAIN = new Request("", true, 1, 0, List.of(), "", null);

  static final int MOST_RESULTS = 10;
  private static final int SHORTEST_PAUSE_MS = 300;
  private static final int LONGEST_PAUSE_MS = 60_000;
  private static final int MOST_HOTWORDS = 200;
  private static final int LONGEST_HOTWORD = 100;
  private static final int LONGEST_PROMPT = 200;

  /** Sound from the caller: raw samples, interleaved where there are several channels. */
  record Audio(ParcelFileDescriptor pipe, int encoding, int rate, int channels) {}

  /**
   * Reads an intent.
   *
   * @throws IllegalArgumentException when it can't be read at all
   */
  static Request of(Intent intent) {
    try {
      String language = intent.getStringExtra(RecognizerIntent.EXTRA_LANGUAGE);
      String prompt = intent.getStringExtra(RecognizerIntent.EXTRA_PROMPT);
      return new Request(
          language == null ? "" : language.trim(),
          intent.getBooleanExtra(RecognizerIntent.EXTRA_PARTIAL_RESULTS, false),
          within(intent.getIntExtra(RecognizerIntent.EXTRA_MAX_RESULTS, 1), 1, MOST_RESULTS),
          pauseMs(intent),
          hotwords(intent),
          prompt == null ? "" : prompt.substring(0, Math.min(prompt.length(), LONGEST_PROMPT)),
          audio(intent));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("the request can't be read", e);
    }
  }

  private static int within(int value, int least, int most) {
    return Math.max(least, Math.min(most, value));
  }

  private static int pauseMs(Intent intent) {
    int complete =
        milliseconds(intent, RecognizerIntent.EXTRA_SPEECH_INPUT_COMPLETE_SILENCE_LENGTH_MILLIS);
    int possibly =
        milliseconds(
            intent, RecognizerIntent.EXTRA_SPEECH_INPUT_POSSIBLY_COMPLETE_SILENCE_LENGTH_MILLIS);
    int asked = Math.max(complete, possibly);
    return asked <= 0 ? 0 : within(asked, SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS);
  }

  /** Callers put lengths in as int or as long. */
  private static int milliseconds(Intent intent, String key) {
    int asInt = intent.getIntExtra(key, 0);
    return asInt != 0
        ? asInt
        : (int) Math.min(LONGEST_PAUSE_MS, Math.max(0, intent.getLongExtra(key, 0)));
  }

  private static List<String> hotwords(Intent intent) {
    List<?> given = intent.getStringArrayListExtra(RecognizerIntent.EXTRA_BIASING_STRINGS);
    List<String> hotwords = new ArrayList<>();
    for (Object one : given == null ? List.of() : given) {
      if (one instanceof String word
          && !word.trim().isEmpty()
          && word.length() <= LONGEST_HOTWORD
          && hotwords.size() < MOST_HOTWORDS) {
        hotwords.add(word);
      }
    }
    return List.copyOf(hotwords);
  }

  @SuppressWarnings("deprecation") // the typed one came with Android 13
  private static Audio audio(Intent intent) {
    ParcelFileDescriptor pipe = intent.getParcelableExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE);
    return pipe == null
        ? null
        : new Audio(
            pipe,
            intent.getIntExtra(
                RecognizerIntent.EXTRA_AUDIO_SOURCE_ENCODING,
                android.media.AudioFormat.ENCODING_PCM_16BIT),
            intent.getIntExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE_SAMPLING_RATE, 16_000),
            intent.getIntExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE_CHANNEL_COUNT, 1));
  }
}
