package org.malgwi.app.sound;

import android.content.BroadcastReceiver;
import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import android.media.AudioAttributes;
import android.media.AudioFocusRequest;
import android.media.AudioFormat;
import android.media.AudioManager;
import android.media.AudioTrack;
import android.os.Handler;
import android.os.Looper;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import org.malgwi.core.Resampler;

/**
 * Plays stretches of raw sound: 16 kHz, mono, 16 bits. Ends when another app wants to be heard, or
 * when the headphones are unplugged. One at a time; main thread only.
 */
public final class PcmPlayer {
  private static final int BLOCK_MS = 50;

  /** Hears how far it is, on the main thread. */
  public interface Listener {
    void at(long ms);

    /**
     * It is over.
     *
     * @param whole whether it was played to its end; else it was stopped, by whomever, or couldn't
     *     be played
     */
    void ended(boolean whole);
  }

  private final Context context;
  private final AudioManager audio;
  private final Handler main = new Handler(Looper.getMainLooper());
  private Playing playing;

  public PcmPlayer(Context context) {
    this.context = context.getApplicationContext();
    audio = context.getSystemService(AudioManager.class);
  }

  /**
   * Plays from one time to another, in place of what is playing.
   *
   * @param speed 1 as it was spoken, 0.5 half as fast; the pitch stays
   */
  public void play(File pcm, long fromMs, long toMs, float speed, Listener listener) {
    stop();
    playing = new Playing(pcm, Math.max(0, fromMs), toMs, speed, listener);
    new Thread(playing, "player").start();
  }

  /** Stops what is playing. */
  public void stop() {
    if (playing != null) {
      playing.end();
    }
  }

  /** One stretch that is being played, on a thread of its own. */
  private final class Playing extends BroadcastReceiver implements Runnable {
    private final File pcm;
    private final long fromMs;
    private final long toMs;
    private final float speed;
    private final Listener listener;
    private volatile boolean stopped;
    private volatile boolean finished;

    Playing(File pcm, long fromMs, long toMs, float speed, Listener listener) {
      this.pcm = pcm;
      this.fromMs = fromMs;
      this.toMs = toMs;
      this.speed = speed;
      this.listener = listener;
    }

    /** The headphones are unplugged: what is private shall not come out of the phone. */
    @Override
    public void onReceive(Context context, Intent intent) {
      end();
    }

    private void onFocus(int change) {
      if (change < 0) { // also where it may go on more quietly: speech isn't heard then
        end();
      }
    }

    /** On the main thread. */
    void end() {
      boolean whole = !stopped && finished;
      stopped = true;
      if (playing == this) {
        playing = null;
        listener.ended(whole);
      }
    }

    @Override
    public void run() {
      AudioAttributes speech =
          new AudioAttributes.Builder()
              .setUsage(AudioAttributes.USAGE_MEDIA)
              .setContentType(AudioAttributes.CONTENT_TYPE_SPEECH)
              .build();
      AudioFocusRequest focus =
          new AudioFocusRequest.Builder(AudioManager.AUDIOFOCUS_GAIN_TRANSIENT)
              .setAudioAttributes(speech)
              .setWillPauseWhenDucked(true)
              .setOnAudioFocusChangeListener(this::onFocus, main)
              .build();
      context.registerReceiver(
          this, new IntentFilter(AudioManager.ACTION_AUDIO_BECOMING_NOISY), null, main);
      try {
        if (audio.requestAudioFocus(focus) == AudioManager.AUDIOFOCUS_REQUEST_GRANTED) {
          play(speech);
        }
      } finally {
        audio.abandonAudioFocusRequest(focus);
        context.unregisterReceiver(this);
        main.post(this::end);
      }
    }

    private void play(AudioAttributes speech) {
      AudioTrack track = null;
      try (RandomAccessFile in = new RandomAccessFile(pcm, "r")) {
        track = track(speech);
        if (speed != 1) {
          track.setPlaybackParams(track.getPlaybackParams().setSpeed(speed));
        }
        track.play();
        finished = write(in, track);
        track.stop(); // plays what is still in its buffer
        if (!stopped) {
          Thread.sleep((long) (track.getBufferSizeInFrames() * 1000.0 / Resampler.RATE / speed));
        }
      } catch (IOException
          | IllegalStateException
          | IllegalArgumentException
          | UnsupportedOperationException e) {
        // Nothing is heard, as when the phone has no track left; the listener is told that it is
        // over.
        stopped = true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        if (track != null) {
          track.release();
        }
      }
    }

    /** Returns whether nothing is left. */
    private boolean write(RandomAccessFile in, AudioTrack track) throws IOException {
      in.seek(2 * fromMs * Resampler.RATE / 1000);
      byte[] block = new byte[2 * Resampler.RATE * BLOCK_MS / 1000];
      long left = 2 * (toMs - fromMs) * Resampler.RATE / 1000;
      while (!stopped && left > 0) {
        int count = in.read(block, 0, (int) Math.min(block.length, left));
        if (count <= 0) {
          break; // the sound ends earlier
        }
        if (track.write(block, 0, count) != count) {
          return false;
        }
        left -= count;
        long at = fromMs + track.getPlaybackHeadPosition() * 1000L / Resampler.RATE;
        main.post(
            () -> {
              if (!stopped) {
                listener.at(at);
              }
            });
      }
      if (stopped) {
        track.pause();
        track.flush();
      }
      return !stopped;
    }

    private AudioTrack track(AudioAttributes speech) {
      int encoding = AudioFormat.ENCODING_PCM_16BIT;
      int least =
          AudioTrack.getMinBufferSize(Resampler.RATE, AudioFormat.CHANNEL_OUT_MONO, encoding);
      return new AudioTrack.Builder()
          .setAudioAttributes(speech)
          .setAudioFormat(
              new AudioFormat.Builder()
                  .setSampleRate(Resampler.RATE)
                  .setEncoding(encoding)
                  .setChannelMask(AudioFormat.CHANNEL_OUT_MONO)
                  .build())
          // Twice, since what plays faster needs more at once.
          .setBufferSizeInBytes(2 * Math.max(least, 2 * Resampler.RATE / 10))
          .build();
    }
  }
}
