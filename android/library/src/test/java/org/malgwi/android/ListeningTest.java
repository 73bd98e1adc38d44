package org.malgwi.android;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.os.Looper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.AfterClass;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.core.LiveStream;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class ListeningTest {
  private static SpeechModel model;

  /** Loaded once, as in an app. */
  private static synchronized SpeechModel model() throws IOException {
    if (model == null) {
      model = SpeechModel.open(RuntimeEnvironment.getApplication(), Demo.bundle());
    }
    return model;
  }

  @AfterClass
  public static void close() {
    model.close();
  }

  /** A clip, then quiet or nothing more. */
  private static final class Clip implements AudioInput {
    private final float[] samples;
    private final boolean quietFollows;

    Clip(float[] samples, boolean quietFollows) {
      this.samples = samples;
      this.quietFollows = quietFollows;
    }

    @Override
    public Sound open() {
      return new Sound() {
        private int given;
        private volatile boolean stopped;

        @Override
        public int read(float[] buffer) {
          int count = Math.min(buffer.length, samples.length - given);
          if (count > 0 && !stopped) {
            System.arraycopy(samples, given, buffer, 0, count);
          } else if (quietFollows && !stopped) {
            count = buffer.length;
            Arrays.fill(buffer, 0, count, 1e-5f);
            sleep(50); // twice as fast as it would be spoken
          } else {
            return -1;
          }
          given += count;
          return count;
        }

        @Override
        public void stop() {
          stopped = true;
        }

        @Override
        public void close() {}
      };
    }
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes down what it is told, and on which thread. */
  private static final class Told implements Listening.Listener {
    final List<String> calls = new ArrayList<>();
    Throwable why;
    Transcript transcript;

    private void add(String call) {
      assertSame(Looper.getMainLooper(), Looper.myLooper());
      calls.add(call);
    }

    @Override
    public void onReady() {
      add("ready");
    }

    @Override
    public void onText(String stable, String moving) {
      add("text");
    }

    @Override
    public void onFinal(Transcript done) {
      transcript = done;
      add("final");
    }

    @Override
    public void onCancelled() {
      add("cancelled");
    }

    @Override
    public void onFailed(Throwable reason) {
      why = reason;
      add("failed");
    }

    boolean isOver() {
      return calls.contains("final") || calls.contains("cancelled") || calls.contains("failed");
    }

    void await() throws InterruptedException {
      for (int i = 0; i < 60_000 && !isOver(); i++) {
        shadowOf(Looper.getMainLooper()).idle();
        Thread.sleep(10);
      }
      assertTrue("not within ten minutes: " + calls, isOver());
      shadowOf(Looper.getMainLooper()).idle();
      assertEquals("the last call, once", 1, calls.stream().filter(LAST::contains).count());
      assertTrue(LAST.contains(calls.get(calls.size() - 1)));
    }
  }

  private static final List<String> LAST = List.of("final", "cancelled", "failed");

  private static Listening listen(AudioInput input, Search search, Told told) throws IOException {
    return model().listen(input, LiveStream.Options.DEFAULT, search, told);
  }

  @Test
  public void theEndOfTheSoundIsTheEnd() throws Exception {
    Told told = new Told();
    listen(new Clip(Demo.samples(0), false), Search.DEFAULT, told);
    told.await();
    assertEquals(Demo.text(0), told.transcript.text());
    assertEquals("ready", told.calls.get(0));
  }

  @Test
  public void aPauseIsTheEnd() throws Exception {
    Told told = new Told();
    listen(new Clip(Demo.samples(0), true), Search.DEFAULT, told);
    told.await();
    assertEquals(List.of("final"), told.calls.subList(told.calls.size() - 1, told.calls.size()));
    assertTrue(told.calls.contains("text"));
  }

  @Test
  public void finishedBeforeAnythingIsHeard() throws Exception {
    Told told = new Told();
    Listening listening = listen(new Clip(new float[0], true), Search.DEFAULT, told);
    listening.finish();
    listening.finish();
    told.await();
    assertEquals("", told.transcript.text());
  }

  @Test
  public void cancelled() throws Exception {
    Told told = new Told();
    Listening listening = listen(new Clip(Demo.samples(0), true), Search.DEFAULT, told);
    listening.cancel();
    told.await();
    assertTrue(told.calls.contains("cancelled"));
  }

  /** A screen that has gone, say: it cancelled, and isn't to be called about texts any more. */
  @Test
  public void aTextThatWasReadyIsNotToldAfterACancel() throws Exception {
    Told told = new Told();
    SpeechModel one = SpeechModel.open(RuntimeEnvironment.getApplication(), Demo.bundle());
    Listening listening =
        one.listen(
            new Clip(Demo.samples(0), false), LiveStream.Options.DEFAULT, Search.DEFAULT, told);
    one.recognizer().close(); // waits for the stream's last event
    listening.cancel();
    told.await();
    assertEquals(List.of("cancelled"), told.calls);
  }

  @Test
  public void aClosedModelListensNoMore() throws Exception {
    SpeechModel closed = SpeechModel.open(RuntimeEnvironment.getApplication(), Demo.bundle());
    closed.close();
    closed.close();
    assertThrows(IllegalStateException.class, () -> closed.listen(new Told()));
  }

  /** The model is freed when its last stream has ended. */
  @Test
  public void whatListensWhenTheModelIsClosedGoesOnToItsEnd() throws Exception {
    Told told = new Told();
    SpeechModel closing = SpeechModel.open(RuntimeEnvironment.getApplication(), Demo.bundle());
    closing.listen(
        new Clip(Demo.samples(0), true), LiveStream.Options.DEFAULT, Search.DEFAULT, told);
    closing.close();
    assertThrows(IllegalStateException.class, () -> closing.listen(new Told()));
    told.await();
    assertEquals(Demo.text(0), told.transcript.text());
  }

  @Test
  public void afterTheEndNothingIsToldAnyMore() throws Exception {
    Told told = new Told();
    Listening listening = listen(new Clip(Demo.samples(0), false), Search.DEFAULT, told);
    told.await();
    List<String> calls = List.copyOf(told.calls);
    listening.cancel();
    listening.cancel();
    listening.finish();
    shadowOf(Looper.getMainLooper()).idle();
    assertEquals(calls, told.calls);
    assertEquals("final", calls.get(calls.size() - 1));
  }

  @Test
  public void aMicrophoneThatFailsIsToldWithItsReason() throws Exception {
    Told told = new Told();
    AudioInput none =
        () -> {
          throw new MicrophoneException(MicrophoneException.Reason.BUSY, "a call has it");
        };
    listen(none, Search.DEFAULT, told);
    told.await();
    assertEquals(MicrophoneException.Reason.BUSY, ((MicrophoneException) told.why).reason());
  }

  @Test
  public void aSearchThatTheModelCannotDoIsTold() throws Exception {
    Told told = new Told();
    listen(AudioInput.NOTHING, Search.DEFAULT.withHotwords(List.of("말귀")), told);
    told.await();
    assertTrue(told.why instanceof MalgwiException);
  }
}
