package org.malgwi.android;

import android.Manifest;
import android.annotation.SuppressLint;
import android.content.Context;
import android.content.pm.PackageManager;
import android.media.AudioAttributes;
import android.media.AudioFocusRequest;
import android.media.AudioFormat;
import android.media.AudioManager;
import android.media.AudioRecord;
import android.media.MediaRecorder;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.malgwi.core.Resampler;
import org.malgwi.core.Samples;

/**
 * The phone's microphone, as the system tunes it for recognisers: at 16 kHz, else at 48 kHz through
 * {@link Resampler}. Other apps' sound is asked to stop meanwhile; recording goes on when they
 * don't, or take the focus back.
 */
public final class Microphone implements AudioInput {
  /** The rates that are tried, in this order, in Hz. */
  private static final int[] RATES = {Resampler.RATE, 48_000};

  private static final int BLOCKS_PER_SECOND = 10;

  /** How long it may take to end a recording. */
  private static final int END_MS = 2_000;

  private final Context context;
  private final Runnable othersAreHeard;

  /**
   * Opens nothing yet.
   *
   * @param context any of the app
   */
  public Microphone(Context context) {
    this(context, () -> {});
  }

  /**
   * Opens nothing yet.
   *
   * @param context any of the app
   * @param othersAreHeard called, on the thread that opens, where other apps play and the system
   *     doesn't let this one ask them to be quiet (Android 15, from behind another app)
   */
  public Microphone(Context context, Runnable othersAreHeard) {
    this.context = context.getApplicationContext();
    this.othersAreHeard = othersAreHeard;
  }

  @Override
  public Sound open() throws MicrophoneException {
    if (context.checkSelfPermission(Manifest.permission.RECORD_AUDIO)
        != PackageManager.PERMISSION_GRANTED) {
      throw new MicrophoneException(
          MicrophoneException.Reason.NOT_ALLOWED,
          "the permission RECORD_AUDIO isn't granted; ask the person for it");
    }
    MicrophoneException why = null;
    for (int rate : RATES) {
      try {
        return quietened(new Live(context, rate));
      } catch (MicrophoneException e) {
        why = e;
      }
    }
    if (!context.getPackageManager().hasSystemFeature(PackageManager.FEATURE_MICROPHONE)) {
      throw new MicrophoneException(
          MicrophoneException.Reason.NONE, "this device has no microphone", why);
    }
    throw why;
  }

  /** Asks other apps to be quiet; whatever that throws, nothing stays open. */
  private Live quietened(Live opened) {
    boolean done = false;
    try {
      if (!opened.quietenOthers()) {
        othersAreHeard.run();
      }
      done = true;
      return opened;
    } finally {
      if (!done) {
        opened.close();
      }
    }
  }

  @Override
  public boolean takesTurns() {
    return true;
  }

  /** Opens the microphone at a rate, and says so when it can't be. */
  @SuppressLint("MissingPermission") // open has looked
  private static AudioRecord record(int rate) throws MicrophoneException {
    int least =
        AudioRecord.getMinBufferSize(
            rate, AudioFormat.CHANNEL_IN_MONO, AudioFormat.ENCODING_PCM_16BIT);
    if (least <= 0) {
      throw new MicrophoneException(
          MicrophoneException.Reason.BUSY, rate + " Hz isn't offered: " + least);
    }
    AudioRecord record = null;
    try {
      record =
          new AudioRecord(
              MediaRecorder.AudioSource.VOICE_RECOGNITION,
              rate,
              AudioFormat.CHANNEL_IN_MONO,
              AudioFormat.ENCODING_PCM_16BIT,
              Math.max(least, bufferBytes(rate)));
      if (record.getState() == AudioRecord.STATE_INITIALIZED) {
        record.startRecording();
        if (record.getRecordingState() == AudioRecord.RECORDSTATE_RECORDING) {
          return record;
        }
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      release(record);
      throw new MicrophoneException(
          MicrophoneException.Reason.BUSY, rate + " Hz can't be opened", e);
    }
    release(record);
    throw new MicrophoneException(MicrophoneException.Reason.BUSY, rate + " Hz can't be opened");
  }

  /** One second of 16-bit samples: a reader that the system holds up loses nothing. */
  private static int bufferBytes(int rate) {
    return 2 * rate;
  }

  private static void release(@Nullable AudioRecord record) {
    if (record != null) {
      record.release();
    }
  }

  /** The open microphone. */
  private static final class Live implements Sound {
    private final int rate;
    private final short[] pcm;
    private final Samples samples;
    private final AudioManager audio;
    private final AudioFocusRequest focus;
    private volatile AudioRecord record;
    private volatile boolean stopped;
    private int drained;
    private boolean reopened;

    Live(Context context, int rate) throws MicrophoneException {
      this.rate = rate;
      this.record = record(rate);
      this.pcm = new short[rate];
      this.samples = rate == Resampler.RATE ? this::hear : new Resampler(this::hear, rate);
      this.audio = context.getSystemService(AudioManager.class);
      this.focus =
          new AudioFocusRequest.Builder(AudioManager.AUDIOFOCUS_GAIN_TRANSIENT_EXCLUSIVE)
              .setAudioAttributes(
                  new AudioAttributes.Builder()
                      .setUsage(AudioAttributes.USAGE_ASSISTANT)
                      .setContentType(AudioAttributes.CONTENT_TYPE_SPEECH)
                      .build())
              .setOnAudioFocusChangeListener(change -> {}) // losing it doesn't stop the recording
              .build();
    }

    /** Returns false when other apps play, and aren't asked to stop. */
    boolean quietenOthers() {
      return audio.requestAudioFocus(focus) == AudioManager.AUDIOFOCUS_REQUEST_GRANTED
          || !audio.isMusicActive();
    }

    @Override
    public int read(float[] buffer) throws IOException {
      return samples.read(buffer);
    }

    /** Samples at the microphone's rate. */
    private int hear(float[] buffer) throws IOException {
      while (!stopped) {
        int most = Math.min(buffer.length, rate / BLOCKS_PER_SECOND);
        int count = record.read(pcm, 0, most);
        if (count > 0) {
          return toFloats(buffer, count);
        } else if (count == 0) {
          await();
        } else if (count == AudioRecord.ERROR_DEAD_OBJECT && !reopened) {
          // The system's audio server was restarted.
          reopened = true;
          record.release();
          record = record(rate);
        } else {
          throw new MicrophoneException(
              MicrophoneException.Reason.LOST, "reading it gave " + count);
        }
      }
      // What was said before the stop and waits in the system's buffer, which holds no more.
      int most = Math.min(pcm.length - drained, buffer.length);
      int count = most == 0 ? 0 : record.read(pcm, 0, most, AudioRecord.READ_NON_BLOCKING);
      if (count <= 0) {
        return -1;
      }
      drained += count;
      return toFloats(buffer, count);
    }

    private int toFloats(float[] buffer, int count) {
      for (int i = 0; i < count; i++) {
        buffer[i] = pcm[i] / 32_768f;
      }
      return count;
    }

    private static void await() {
      try {
        Thread.sleep(1000 / BLOCKS_PER_SECOND / 10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void stop() {
      stopped = true;
    }

    @Override
    public boolean silenced() {
      return Silenced.is(audio, record.getAudioSessionId());
    }

    @Override
    public void close() {
      stopped = true;
      // On some phones it never comes back from there: then only this thread is lost, and no text.
      Thread end = new Thread(record::release, "malgwi-microphone-end"); // stops it first
      end.start();
      try {
        end.join(END_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      audio.abandonAudioFocusRequest(focus);
    }
  }
}
