package org.malgwi.app;

import android.Manifest;
import android.media.AudioRecord;
import java.util.concurrent.atomic.AtomicInteger;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowAudioRecord;

/** Puts a clip in the place of the phone's microphone; after it the room is quiet. */
public final class FakeMicrophone {
  private FakeMicrophone() {}

  /** What a fake microphone has given so far. */
  public static final class Given {
    private final AtomicInteger samples = new AtomicInteger();
    private volatile boolean held;

    public int samples() {
      return samples.get();
    }

    /** Gives nothing until it may go on, or lets it go on. */
    public void hold(boolean now) {
      held = now;
    }
  }

  /** Grants the permission to record. */
  public static void allow() {
    Shadows.shadowOf(RuntimeEnvironment.getApplication())
        .grantPermissions(Manifest.permission.RECORD_AUDIO);
  }

  /**
   * Lets every AudioRecord that is opened from now on hear {@code pcm}, at whatever rate.
   *
   * @param thenQuietSeconds how much room noise follows; then nothing comes any more
   */
  public static Given says(short[] pcm, double thenQuietSeconds) {
    failure = 0;
    Given given = new Given();
    int all = pcm.length + (int) (16_000 * thenQuietSeconds);
    hear(
        (out, offset, count) -> {
          int from = given.samples.get();
          int most = given.held ? 0 : Math.min(count, all - from);
          for (int i = 0; i < most; i++) {
            int at = from + i;
            out[offset + i] = at < pcm.length ? pcm[at] : (short) (at % 3 - 1);
          }
          given.samples.addAndGet(most);
          return most;
        });
    return given;
  }

  /** Says nothing at all: exact zeros, as a blocked microphone gives. */
  public static Given saysZeros(double seconds) {
    return says(new short[(int) (16_000 * seconds)], 0);
  }

  /** Lets reading fail with an error code of AudioRecord, for those too that are open. */
  public static void fails(int code) {
    failure = code;
    hear((out, offset, count) -> code);
  }

  /**
   * An AudioRecord that another app may hold, for {@code @Config(shadows = ...)}; what it hears is
   * still what {@link #says} put there.
   */
  @Implements(AudioRecord.class)
  public static class Contended {
    private static volatile boolean held;

    /** Another app takes the microphone, or gives it back. */
    public static void hold(boolean now) {
      held = now;
    }

    @Implementation
    protected static int native_get_min_buff_size(int rate, int channels, int format) {
      return 1_280;
    }

    @Implementation
    protected int native_start(int event, int session) {
      return held ? AudioRecord.ERROR_INVALID_OPERATION : AudioRecord.SUCCESS;
    }

    @Implementation
    protected int native_read_in_short_array(short[] out, int from, int count, boolean blocking) {
      return newest.read(out, from, count);
    }
  }

  /** What AudioRecord.read does. */
  @FunctionalInterface
  private interface Source {
    int read(short[] out, int offset, int count);
  }

  private static volatile int failure;
  private static volatile Source newest;

  private static void hear(Source source) {
    newest = source;
    ShadowAudioRecord.setSourceProvider(
        record ->
            new ShadowAudioRecord.AudioRecordSource() {
              @Override
              public int readInShortArray(short[] out, int offset, int count, boolean blocking) {
                return failure < 0 ? failure : source.read(out, offset, count);
              }
            });
  }

  /** To be called after every test. */
  public static void forget() {
    Contended.hold(false);
    failure = 0;
    ShadowAudioRecord.clearSource();
  }
}
