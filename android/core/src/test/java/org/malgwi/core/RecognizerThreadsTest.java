package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several threads at once, closing and cancelling. */
@Timeout(300) // a hang is a failure
class RecognizerThreadsTest {
  private final FakeModel model = new FakeModel();
  private final Recognizer recognizer = new Recognizer(model, FakeModel.DECODING);

  @Test
  void threadsTranscribeAtOnce() throws Exception {
    model.gate = new CountDownLatch(1);
    float[] samples = FakeModel.speak("hello", 1);
    AtomicReference<Transcript> other = new AtomicReference<>();
    Thread thread = running(() -> transcribe(samples, other));
    Thread second = running(() -> transcribe(samples, new AtomicReference<>()));
    model.gate.countDown();
    thread.join();
    second.join();
    assertEquals("hello", other.get().text());
    assertEquals(2, model.mostAtOnce);
  }

  @Test
  void closeWaitsForRunsAndThenRefuses() throws Exception {
    model.gate = new CountDownLatch(1);
    float[] samples = FakeModel.speak("hello", 1);
    AtomicReference<Transcript> result = new AtomicReference<>();
    Thread running = running(() -> transcribe(samples, result));
    Thread closing = new Thread(recognizer::close);
    closing.start();
    FakeModel.awaitWaiting(closing);
    assertFalse(model.closed);
    assertThrows(IllegalStateException.class, () -> recognizer.transcribe(samples));
    model.gate.countDown();
    closing.join();
    running.join();
    assertTrue(model.closed);
    assertEquals("hello", result.get().text());
    recognizer.close();
    assertThrows(IllegalStateException.class, () -> recognizer.transcribe(samples));
    assertThrows(IllegalStateException.class, () -> recognizer.stream(e -> {}));
  }

  @Test
  void closeWhenIdleWaitsForNobody() throws Exception {
    model.gate = new CountDownLatch(1);
    float[] samples = FakeModel.speak("hello", 1);
    AtomicReference<Transcript> result = new AtomicReference<>();
    Thread running = running(() -> transcribe(samples, result));
    recognizer.closeWhenIdle();
    assertFalse(model.closed);
    assertThrows(IllegalStateException.class, () -> recognizer.transcribe(samples));
    model.gate.countDown();
    running.join();
    assertEquals("hello", result.get().text());
    assertTrue(model.closed);
    recognizer.close();
  }

  @Test
  void closeWhenIdleFreesWhatNobodyUses() {
    recognizer.closeWhenIdle();
    assertTrue(model.closed);
    recognizer.closeWhenIdle();
  }

  @Test
  void whatCannotBeFreedKeepsNobodyWaiting() throws Exception {
    model.gate = new CountDownLatch(1);
    model.closeFailure = new IllegalStateException("native");
    FakeNetwork network = new FakeNetwork(0);
    Detector detector = new Detector(network, new DetectorPlan(1, 0.5, 0, 1, -23));
    Recognizer failing =
        new Recognizer(model, detector, FakeModel.DECODING, null, null, "Fake", "en");
    float[] samples = FakeModel.speak("hello", 1);
    Thread running =
        running(
            () ->
                assertSame(
                    model.closeFailure,
                    assertThrows(IllegalStateException.class, () -> failing.transcribe(samples))));
    Thread closing = new Thread(failing::close);
    closing.start();
    FakeModel.awaitWaiting(closing);
    model.gate.countDown();
    closing.join();
    running.join();
    assertTrue(network.closed);
    failing.close();
  }

  @Test
  void oneCancellationEndsAllThatItWasGivenTo() throws Exception {
    model.gate = new CountDownLatch(1);
    float[] samples = FakeModel.speak("hello", 1);
    Cancellation cancellation = new Cancellation();
    List<Thread> running = new ArrayList<>();
    List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 2; i++) {
      running.add(
          running(
              () ->
                  thrown.add(
                      assertThrows(
                          CancellationException.class,
                          () -> recognizer.transcribe(samples, Search.DEFAULT, cancellation)))));
    }
    cancellation.cancel();
    for (Thread thread : running) {
      thread.join();
    }
    assertEquals(2, thrown.size());
    model.gate.countDown();
    assertThrows(
        CancellationException.class,
        () -> recognizer.transcribe(samples, Search.DEFAULT, cancellation));
    assertEquals("hello", recognizer.transcribe(samples).text());
    recognizer.close(); // nobody is left in it
  }

  @Test
  void noInferenceBeginsOnceCancelled() {
    Cancellation cancellation = new Cancellation();
    cancellation.cancel();
    assertTrue(cancellation.isCancelled());
    assertThrows(
        CancellationException.class, () -> model.logits(FakeModel.speak("hello", 1), cancellation));
  }

  @Test
  void whatIsCancelledIsNotReadToItsEnd() {
    Cancellation cancellation = new Cancellation();
    int[] reads = {0};
    Samples silence =
        buffer -> {
          if (++reads[0] == 3) {
            cancellation.cancel();
          }
          return reads[0] > 10 ? -1 : buffer.length;
        };
    assertThrows(
        CancellationException.class,
        () -> recognizer.transcribe(silence, Search.DEFAULT, cancellation));
    assertEquals(3, reads[0]);
  }

  @Test
  void whatIsCancelledAtItsEndGivesNoText() {
    Cancellation cancellation = new Cancellation();
    Samples nothing =
        buffer -> {
          cancellation.cancel();
          return -1;
        };
    assertThrows(
        CancellationException.class,
        () -> recognizer.transcribe(nothing, Search.DEFAULT, cancellation));
  }

  @Test
  void closeWithinATranscriptionIsRefused() {
    assertThrows(
        IllegalStateException.class,
        () ->
            recognizer.transcribe(
                (Samples)
                    buffer -> {
                      recognizer.close();
                      return -1;
                    }));
    recognizer.close();
  }

  /** Begins a transcription on another thread; returns once the model runs it. */
  private Thread running(Runnable transcription) throws InterruptedException {
    model.started = new CountDownLatch(1);
    Thread thread = new Thread(transcription);
    thread.start();
    model.started.await();
    return thread;
  }

  private void transcribe(float[] samples, AtomicReference<Transcript> result) {
    try {
      result.set(recognizer.transcribe(samples));
    } catch (MalgwiException e) {
      throw new AssertionError(e);
    }
  }
}
