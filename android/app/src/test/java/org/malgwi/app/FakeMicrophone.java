package org.malgwi.app;

import android.Manifest;
import android.media.AudioRecord;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.malgwi.core.Search;
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
   * Lets every AudioRecord that is first read from now on hear {@code pcm}, at whatever rate; those
   * that were read before go on hearing what they heard.
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
            out[offset + i] = at < pcm.length ? pcm[at] : roomNoise(at);
          }
          given.samples.addAndGet(most);
          return most;
        });
    return given;
  }

  /** The sample at this place of a recording in which nobody speaks. */
  private static short roomNoise(int at) {
    return (short) (at % 3 - 1);
  }

  /**
   * What is heard by the end of a pause after {@code pcm}, as {@link #says} gives it: 16 kHz. A
   * pause of 0.3 s ends a segment, so what is quiet after a second of it changes no text. The clip
   * alone may give another one: how sure a text is, is what the demo's model happens to have
   * learnt.
   */
  public static float[] untilAPause(short[] pcm) {
    float[] samples = new float[pcm.length + 16_000];
    for (int at = 0; at < samples.length; at++) {
      samples[at] = (at < pcm.length ? pcm[at] : roomNoise(at)) / 32_768f;
    }
    return samples;
  }

  /** The text that the core hears until then. */
  public static String heardUntilAPause(short[] pcm) throws IOException {
    return Demo.heard(untilAPause(pcm), Search.DEFAULT);
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
   * An AudioRecord as it can be before Android 10, for {@code @Config(shadows = ...)}: it is
   * refused while another one, or another app, has the microphone. What it hears {@link #says} put
   * there.
   */
  @Implements(AudioRecord.class)
  public static class Contended {
    private static volatile boolean held;
    private static volatile boolean slow;
    private static final AtomicReference<Contended> RECORDING = new AtomicReference<>();

    private Source source;

    /** Another app takes the microphone, or gives it back. */
    public static void hold(boolean now) {
      held = now;
    }

    /** Lets who has the microphone keep it after it was told to end, or lets it end. */
    public static void keep(boolean now) {
      slow = now;
    }

    @Implementation
    protected static int native_get_min_buff_size(int rate, int channels, int format) {
      return 1_280;
    }

    @Implementation
    protected int native_start(int event, int session) {
      source = newest;
      return !held && RECORDING.compareAndSet(null, this)
          ? AudioRecord.SUCCESS
          : AudioRecord.ERROR_INVALID_OPERATION;
    }

    @Implementation
    protected int native_read_in_short_array(short[] out, int from, int count, boolean blocking) {
      return source.read(out, from, count);
    }

    @Implementation
    protected void native_release() throws InterruptedException {
      while (slow && RECORDING.get() == this) {
        Thread.sleep(1);
      }
      RECORDING.compareAndSet(this, null);
    }
  }

  /** What AudioRecord.read does. */
  @FunctionalInterface
  private interface Source {
    int read(short[] out, int offset, int count);
  }

  private static volatile int failure;
  private static volatile Source newest;
  private static final Map<AudioRecord, Source> HEARD =
      Collections.synchronizedMap(new WeakHashMap<>());

  private static void hear(Source source) {
    newest = source;
    ShadowAudioRecord.setSourceProvider(
        record -> {
          Source heard = HEARD.computeIfAbsent(record, first -> newest);
          return new ShadowAudioRecord.AudioRecordSource() {
            @Override
            public int readInShortArray(short[] out, int offset, int count, boolean blocking) {
              return failure < 0 ? failure : heard.read(out, offset, count);
            }
          };
        });
  }

  /** What the threads do that have the microphone, or wait for it. */
  public static Stream<Thread.State> captures() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("malgwi-capture"))
        .map(Thread::getState);
  }

  public static boolean nobodyRecords() {
    return captures().findAny().isEmpty();
  }

  /** To be called after every test. */
  public static void forget() {
    Contended.hold(false);
    Contended.keep(false);
    failure = 0;
    ShadowAudioRecord.clearSource();
  }
}
