package org.malgwi.app;

import android.app.Application;
import android.content.Context;
import org.malgwi.app.files.FileQueue;
import org.malgwi.app.files.FileWork;
import org.malgwi.app.history.History;
import org.malgwi.app.listen.Speech;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Telemetry;
import org.malgwi.app.settings.Preferences;

/** The process: holds what exists once, made when it is first asked for. */
public final class App extends Application {
  private final History history = new History(this);
  private final FileQueue fileQueue = new FileQueue(this);
  private FileWork fileWork;
  private Preferences preferences;
  private Engine engine;
  private BundleStore bundles;
  private Speech speech;

  public static App of(Context context) {
    return (App) context.getApplicationContext();
  }

  /** What the user has set. */
  public synchronized Preferences preferences() {
    if (preferences == null) {
      preferences = new Preferences(this);
    }
    return preferences;
  }

  /** What loads models. */
  public synchronized Engine engine() {
    if (engine == null) {
      engine = Engine.open(this, preferences()::threads);
    }
    return engine;
  }

  /** The bundles on this phone. */
  public synchronized BundleStore bundles() {
    if (bundles == null) {
      bundles = BundleStore.open(this, engine());
    }
    return bundles;
  }

  /** The recordings that are to be written down. */
  public FileQueue fileQueue() {
    return fileQueue;
  }

  /** What writes them down. */
  public synchronized FileWork fileWork() {
    if (fileWork == null) {
      fileWork = FileWork.open(this);
    }
    return fileWork;
  }

  @Override
  public void onCreate() {
    super.onCreate();
    Telemetry.turnOff();
  }

  @Override
  public void onTrimMemory(int level) {
    super.onTrimMemory(level);
    if (level >= TRIM_MEMORY_UI_HIDDEN) {
      engine().trim();
    }
  }

  /** Every transcript that was kept. */
  public History history() {
    return history;
  }

  /** What the Speak tab shows; main thread only. */
  public Speech speech() {
    if (speech == null) {
      speech = new Speech(this);
    }
    return speech;
  }
}
