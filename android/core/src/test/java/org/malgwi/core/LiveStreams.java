package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;

/** What the tests of live streams have in common. */
@Timeout(300) // a hang is a failure
abstract class LiveStreams {
  static final LiveStream.Options QUIET = new LiveStream.Options(0, 0, 0);

  final FakeModel model = new FakeModel();
  final Recognizer recognizer = new Recognizer(model, FakeModel.DECODING);

  /** Keeps what it is told. */
  static final class Recorder implements LiveStream.Listener {
    final BlockingQueue<LiveStream.Event> events = new LinkedBlockingQueue<>();
    final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public void onEvent(LiveStream.Event event) {
      events.add(event);
      if (event.isTerminal()) {
        ended.countDown();
      }
    }

    LiveStream.Event next() throws InterruptedException {
      LiveStream.Event event = events.poll(300, TimeUnit.SECONDS);
      assertTrue(event != null, "no event came");
      return event;
    }

    List<LiveStream.Event> all() throws InterruptedException {
      assertTrue(ended.await(300, TimeUnit.SECONDS), "no terminal event came");
      Thread.sleep(5);
      List<LiveStream.Event> all = new ArrayList<>(events);
      assertEquals(1, all.stream().filter(LiveStream.Event::isTerminal).count(), all.toString());
      assertTrue(all.get(all.size() - 1).isTerminal(), all.toString());
      return all;
    }

    LiveStream.Event last() throws InterruptedException {
      List<LiveStream.Event> all = all();
      return all.get(all.size() - 1);
    }
  }
}
