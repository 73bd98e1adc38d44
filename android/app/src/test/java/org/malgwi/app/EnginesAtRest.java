package org.malgwi.app;

import java.util.Arrays;
import java.util.Map;
import org.junit.runner.Result;
import org.junit.runner.notification.RunListener;

/**
 * Lets models come to rest before the process ends. onnxruntime frees its environment when the JVM
 * shuts down (OrtEnvironment's hook, 1.28.0), and a model that is still being loaded or run then
 * crashes it, on whatever thread: the engine's, an import's, a dictation's.
 */
public final class EnginesAtRest extends RunListener {
  private static final long MOST_MS = 600_000;
  private static final long QUIET_MS = 5_000;
  private static final long LOOK_MS = 50;

  @Override
  public void testRunFinished(Result result) throws InterruptedException {
    long end = System.currentTimeMillis() + MOST_MS;
    int quiet = 0;
    while (quiet < QUIET_MS / LOOK_MS && System.currentTimeMillis() < end) {
      quiet = isWorking() ? 0 : quiet + 1;
      Thread.sleep(LOOK_MS);
    }
  }

  private static boolean isWorking() {
    Map<Thread, StackTraceElement[]> all = Thread.getAllStackTraces();
    all.remove(Thread.currentThread());
    return all.entrySet().stream().anyMatch(one -> isWorking(one.getKey(), one.getValue()));
  }

  /** In onnxruntime, or on the way there: what only waits for work is none of it. */
  private static boolean isWorking(Thread thread, StackTraceElement[] stack) {
    return isIn("ai.onnxruntime.", stack)
        || (thread.getState() == Thread.State.RUNNABLE && isIn("org.malgwi.", stack));
  }

  private static boolean isIn(String packages, StackTraceElement[] stack) {
    return Arrays.stream(stack).anyMatch(frame -> frame.getClassName().startsWith(packages));
  }
}
