package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class LiveStreamEndTest extends LiveStreams {
  @Test
  void cancelInterruptsAnInference() throws Exception {
    model.gate = new CountDownLatch(1); // never opened
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello world ".repeat(10), 2));
    model.started.await();
    stream.cancel();
    stream.cancel();
    assertEquals(new LiveStream.Cancelled(), recorder.last());
    assertFalse(stream.feed(new float[10]));
    stream.close();
    stream.close();
  }

  @Test
  void cancelAfterFinishWins() throws Exception {
    model.gate = new CountDownLatch(1);
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello", 2));
    stream.finish();
    model.started.await();
    stream.cancel();
    assertEquals(new LiveStream.Cancelled(), recorder.last());
  }

  @Test
  void noEventComesAfterClose() throws Exception {
    for (int round = 0; round < 50; round++) {
      Recorder recorder = new Recorder();
      LiveStream stream = recognizer.stream(new LiveStream.Options(0, 0, 20), recorder);
      for (int i = 0; i < round; i++) {
        stream.feed(FakeModel.speak("hello ", 1));
      }
      stream.close();
      int events = recorder.events.size();
      assertEquals(0, recorder.ended.getCount());
      Thread.sleep(1);
      assertEquals(events, recorder.events.size());
      assertThrows(IllegalStateException.class, () -> stream.feed(new float[1]));
    }
  }

  @Test
  void closeAfterFinishWaitsForTheFinal() throws Exception {
    Recorder recorder = new Recorder();
    try (LiveStream stream = recognizer.stream(QUIET, recorder)) {
      stream.feed(FakeModel.speak("hello", 2));
      stream.finish();
    }
    assertEquals(1, recorder.events.size());
    assertInstanceOf(LiveStream.Final.class, recorder.events.peek());
  }

  @Test
  void aListenersExceptionEndsTheStreamAsFailed() throws Exception {
    RuntimeException thrown = new RuntimeException("listener");
    List<LiveStream.Event> events = new ArrayList<>();
    CountDownLatch ended = new CountDownLatch(1);
    LiveStream stream =
        recognizer.stream(
            new LiveStream.Options(0, 0, 20),
            event -> {
              events.add(event);
              if (!event.isTerminal()) {
                throw thrown;
              }
              ended.countDown();
            });
    stream.feed(FakeModel.speak("hello", 2));
    ended.await();
    stream.close();
    assertEquals(2, events.size());
    assertSame(thrown, assertInstanceOf(LiveStream.Failed.class, events.get(1)).cause());
    assertFalse(events.get(0).isTerminal());
  }

  @Test
  void anExceptionInTheTerminalEventHarmsNothing() throws Exception {
    LiveStream stream =
        recognizer.stream(
            QUIET,
            event -> {
              throw new IllegalStateException("listener");
            });
    stream.finish();
    stream.close();
    recognizer.close();
    assertTrue(model.closed);
  }

  /** Opens a stream whose listener has it in hand, from the first event on. */
  private LiveStream stream(
      LiveStream.Options options, BiConsumer<LiveStream, LiveStream.Event> listener)
      throws MalgwiException {
    CompletableFuture<LiveStream> opened = new CompletableFuture<>();
    opened.complete(recognizer.stream(options, event -> listener.accept(opened.join(), event)));
    return opened.join();
  }

  @Test
  void listenersMayCancelAndFinishButNotClose() throws Exception {
    AtomicReference<Throwable> streamClose = new AtomicReference<>();
    AtomicReference<Throwable> recognizerClose = new AtomicReference<>();
    Recorder recorder = new Recorder();
    LiveStream opened =
        stream(
            new LiveStream.Options(0, 0, 20),
            (stream, event) -> {
              if (!event.isTerminal()) {
                streamClose.set(assertThrows(Throwable.class, stream::close));
                recognizerClose.set(assertThrows(Throwable.class, recognizer::close));
                stream.cancel();
              }
              recorder.onEvent(event);
            });
    opened.feed(FakeModel.speak("hello", 2));
    assertEquals(new LiveStream.Cancelled(), recorder.last());
    assertInstanceOf(IllegalStateException.class, streamClose.get());
    assertInstanceOf(IllegalStateException.class, recognizerClose.get());
  }

  @Test
  void nothingButTheEndFollowsAListenersCancel() throws Exception {
    Recorder recorder = new Recorder();
    // One segment brings both the text and a pause of 100 ms.
    LiveStream opened =
        stream(
            new LiveStream.Options(100, 0, 0),
            (stream, event) -> {
              recorder.onEvent(event);
              stream.cancel();
            });
    opened.feed(Arrays.copyOf(FakeModel.speak("hello", 1), 16_000));
    assertEquals(
        List.of(new LiveStream.Update("hello", ""), new LiveStream.Cancelled()), recorder.all());
  }

  @Test
  void aModelsFailureEndsTheStreamAsFailed() throws Exception {
    model.failure = new MalgwiException("broken");
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello", 2));
    stream.finish();
    assertSame(model.failure, assertInstanceOf(LiveStream.Failed.class, recorder.last()).cause());
    stream.close();
    recognizer.close();
  }

  @Test
  void samplesThatAreNoNumbersEndTheStreamAsFailed() throws Exception {
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
    stream.feed(new float[] {0, Float.NaN});
    LiveStream.Failed failed = assertInstanceOf(LiveStream.Failed.class, recorder.last());
    assertTrue(failed.cause().getMessage().contains("sample 1 is NaN"), failed.toString());
  }

  @Test
  void recognizersCloseWaitsForStreams() throws Exception {
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
    stream.feed(FakeModel.speak("hello", 2));
    Thread closing = new Thread(recognizer::close);
    closing.start();
    FakeModel.awaitWaiting(closing);
    assertThrows(IllegalStateException.class, () -> recognizer.stream(QUIET, e -> {}));
    stream.finish();
    closing.join();
    assertInstanceOf(LiveStream.Final.class, recorder.events.peek());
    assertTrue(model.closed);
  }

  @Test
  void aRecognizerTooSlowForTheSpeechFails() throws Exception {
    model.gate = new CountDownLatch(1); // never opened
    Recorder recorder = new Recorder();
    LiveStream stream = recognizer.stream(QUIET, recorder);
    float[] minute = new float[60 * 16_000];
    FakeModel.hold(minute, 0, 3_000, 0.1f);
    int minutes = 0;
    while (stream.feed(minute)) {
      minutes++;
      assertTrue(minutes < 10);
    }
    LiveStream.Failed failed = assertInstanceOf(LiveStream.Failed.class, recorder.last());
    assertTrue(failed.cause().getMessage().contains("too slow"), failed.toString());
  }
}
