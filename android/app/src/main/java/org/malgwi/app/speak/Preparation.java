package org.malgwi.app.speak;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.models.Lease;

/**
 * Looks for what a recording needs before it begins: its model, found and loaded, and what was left
 * of an earlier one. Answers come on the main thread, after the call has returned.
 */
final class Preparation {
  /** Is told what there is: the model in use, or null, and the recording that was left. */
  @FunctionalInterface
  interface Found {
    void found(Installed model, Optional<Recording> left);
  }

  private final BundleStore bundles;
  private final Engine engine;
  private final Recordings recordings;
  private final Executor disk;
  private final Executor main;

  /**
   * @param disk a thread on which is looked
   * @param main the main thread
   */
  Preparation(
      BundleStore bundles, Engine engine, Recordings recordings, Executor disk, Executor main) {
    this.bundles = bundles;
    this.engine = engine;
    this.recordings = recordings;
    this.disk = disk;
    this.main = main;
  }

  /** Looks for the model and for a recording that was left; what was heard last is forgotten. */
  void look(Found then) {
    disk.execute(
        () -> {
          recordings.forgetHeard();
          Installed current = bundles.current();
          Optional<Recording> left = recordings.unfinished();
          main.execute(() -> then.found(current, left));
        });
  }

  /** Looks for the model to write down what was left: its own, else the one in use, else null. */
  void findModelOf(Recording left, Consumer<Installed> then) {
    disk.execute(
        () -> {
          Installed model = bundles.find(left.bundle()).orElse(bundles.current());
          main.execute(() -> then.accept(model));
        });
  }

  /**
   * Loads a model, which stays for a while, so that the first words come soon.
   *
   * @param then gets why it can't be loaded, or null
   */
  void warmUp(Installed model, Consumer<Throwable> then) {
    CompletableFuture<Void> unused =
        engine
            .acquire(model)
            .handle(
                (lease, failure) -> {
                  main.execute(() -> warmedUp(lease, failure, then));
                  return null;
                });
  }

  private static void warmedUp(Lease lease, Throwable failure, Consumer<Throwable> then) {
    if (lease != null) {
      lease.close();
    }
    then.accept(failure);
  }
}
