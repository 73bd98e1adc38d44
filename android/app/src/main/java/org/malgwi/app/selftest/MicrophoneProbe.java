package org.malgwi.app.selftest;

import android.annotation.SuppressLint;
import android.content.Context;
import android.media.AudioFormat;
import android.media.AudioRecord;
import android.media.MediaRecorder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.malgwi.app.listen.RecordPermission;

/**
 * Tries which sources and rates the microphone opens with, and whether sound comes: what {@code
 * Microphone} chooses among on phones that nobody here has seen. Nothing of the sound is kept.
 */
final class MicrophoneProbe {
  private static final int[] RATES = {16_000, 44_100, 48_000};
  private static final double SECONDS = 0.4;

  private static final Map<String, Integer> SOURCES = new LinkedHashMap<>();

  static {
    SOURCES.put("voice_recognition", MediaRecorder.AudioSource.VOICE_RECOGNITION);
    SOURCES.put("mic", MediaRecorder.AudioSource.MIC);
    SOURCES.put("unprocessed", MediaRecorder.AudioSource.UNPROCESSED);
  }

  private MicrophoneProbe() {}

  static void report(Context context, Report report) throws InterruptedException {
    if (!RecordPermission.granted(context)) {
      report.judge(Step.MICROPHONE, Report.Verdict.WARN, "not tried: the permission isn't granted");
      return;
    }
    boolean sound = false;
    for (Map.Entry<String, Integer> source : SOURCES.entrySet()) {
      for (int rate : RATES) {
        SelfTest.stopIfInterrupted();
        Map<String, Object> facts = listen(source.getValue(), rate);
        report.put(Step.MICROPHONE, source.getKey() + "_" + rate, facts);
        sound |= facts.get("peak") instanceof Double peak && peak > 0;
      }
    }
    if (!sound) {
      report.judge(
          Step.MICROPHONE, Report.Verdict.WARN, "no sound came; is the microphone switched off?");
    }
  }

  @SuppressLint("MissingPermission") // report has looked
  private static Map<String, Object> listen(int source, int rate) {
    Map<String, Object> facts = new LinkedHashMap<>();
    int channel = AudioFormat.CHANNEL_IN_MONO;
    int encoding = AudioFormat.ENCODING_PCM_16BIT;
    int least = AudioRecord.getMinBufferSize(rate, channel, encoding);
    facts.put("least_buffer_bytes", least);
    if (least <= 0) {
      facts.put("opened", false);
      return facts;
    }
    AudioRecord record = null;
    try {
      record = new AudioRecord(source, rate, channel, encoding, Math.max(least, rate));
      boolean opened = record.getState() == AudioRecord.STATE_INITIALIZED;
      facts.put("opened", opened);
      if (opened) {
        record.startRecording();
        hear(record, new short[(int) (SECONDS * rate)], facts);
        record.stop();
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      facts.put("opened", false);
      facts.put("why", e.getMessage());
    } finally {
      if (record != null) {
        record.release();
      }
    }
    return facts;
  }

  private static void hear(AudioRecord record, short[] pcm, Map<String, Object> facts) {
    int done = 0;
    int count = 1;
    while (done < pcm.length && count > 0) {
      count = record.read(pcm, done, pcm.length - done);
      done += Math.max(0, count);
    }
    int peak = 0;
    for (int i = 0; i < done; i++) {
      peak = Math.max(peak, Math.abs((int) pcm[i]));
    }
    facts.put("samples", done);
    facts.put("zeros", Timing.round(Timing.zeros(pcm, done), 4));
    facts.put("peak", Timing.round(peak / 32_768.0, 4));
    if (count < 0) {
      facts.put("error", count);
    }
  }
}
