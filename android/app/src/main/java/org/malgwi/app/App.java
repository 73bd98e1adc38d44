package org.malgwi.app;

import android.app.Application;
import android.content.Intent;
import org.malgwi.android.internal.Telemetry;
import org.malgwi.app.backup.BackupActivity;
import org.malgwi.app.backup.Backups;
import org.malgwi.app.files.FileQueue;
import org.malgwi.app.files.FileWork;
import org.malgwi.app.history.History;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Engine;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.settings.SettingsActivity;
import org.malgwi.app.speak.Speech;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;

/**
 * The process: composes what exists once, each part made when it is first asked for. The rooms
 * don't know this class; each asks the application for its own part, as {@link History#of} does.
 */
public final class App extends Application
    implements Engine.Owner,
        BundleStore.Owner,
        History.Owner,
        FileQueue.Owner,
        FileWork.Owner,
        Speech.Owner,
        Backups.Owner,
        Screens {
  private final History history = new History(this);
  private final FileQueue fileQueue = new FileQueue(this);
  private Engine engine;
  private BundleStore bundles;
  private FileWork fileWork;
  private Speech speech;
  private Backups backups;

  @Override
  public synchronized Engine engine() {
    if (engine == null) {
      engine = Engine.open(this, new Preferences(this)::threads);
    }
    return engine;
  }

  @Override
  public synchronized BundleStore bundles() {
    if (bundles == null) {
      bundles = BundleStore.open(this, engine());
    }
    return bundles;
  }

  @Override
  public History history() {
    return history;
  }

  @Override
  public FileQueue fileQueue() {
    return fileQueue;
  }

  @Override
  public synchronized FileWork fileWork() {
    if (fileWork == null) {
      fileWork = new FileWork(this, fileQueue, bundles(), engine(), history, new Preferences(this));
    }
    return fileWork;
  }

  /** Main thread only. */
  @Override
  public Speech speech() {
    if (speech == null) {
      speech = new Speech(this, bundles(), engine(), history, new Preferences(this));
    }
    return speech;
  }

  /** Main thread only. */
  @Override
  public Backups backups() {
    if (backups == null) {
      backups = new Backups(this, history);
    }
    return backups;
  }

  @Override
  public Intent place(Place place) {
    return MainActivity.intent(this, place);
  }

  @Override
  public Intent settings() {
    return new Intent(this, SettingsActivity.class);
  }

  @Override
  public Intent backup() {
    return new Intent(this, BackupActivity.class);
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
}
