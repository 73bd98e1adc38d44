package org.malgwi.app.speak;

import android.content.Context;
import android.content.Intent;
import android.os.Handler;
import android.os.Looper;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.malgwi.android.AudioInput;
import org.malgwi.app.history.History;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.Microphone;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;

/**
 * What the Speak tab shows: one recording, from the tap that begins it until its text is put away.
 * There is one in the process, so that rotation, back and a new activity change nothing; {@link
 * RecordingService} keeps the process alive meanwhile. Main thread only.
 */
public final class Speech {
  /** Holds the only one of this process: the application. */
  public interface Owner {
    Speech speech();
  }

  /** The one of this process. */
  public static Speech of(Context context) {
    return ((Owner) context.getApplicationContext()).speech();
  }

  /** Where it stands. */
  public enum Phase {
    /** The model is being looked for or loaded. */
    PREPARING,
    READY,
    /** {@link #state} says more. */
    RECORDING,
    DONE,
    FAILED,
    /** There is a recording that was never written down. */
    FOUND
  }

  /** Is told what has changed. */
  public interface Observer {
    /** Anything but the level and the text. */
    void onChange();

    void onLevel(float dbfs);

    void onText(LiveStream.Update text);
  }

  private static final LiveStream.Update NO_TEXT = new LiveStream.Update("", "");

  private final Context context;
  private final Engine engine;
  private final Preferences preferences;
  private final Recordings recordings;
  private final Keeper keeper;
  private final Preparation preparation;
  private final SpokenText spoken;
  private final Watchers watchers = new Watchers();
  private final Handler main = new Handler(Looper.getMainLooper());
  private final ExecutorService disk =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "malgwi-speech"));

  private Phase phase = Phase.PREPARING;
  private Installed installed;

  /** The recording that is being made, was found, or was written down and isn't in the history. */
  private Recording recording;

  /** The one that runs, or that made what is shown; else null. */
  private LiveDictation live;

  private Problem problem;
  private Throwable detail;

  public Speech(
      Context context,
      BundleStore bundles,
      Engine engine,
      History history,
      Preferences preferences) {
    this.context = context;
    this.engine = engine;
    this.preferences = preferences;
    this.recordings = new Recordings(context);
    this.keeper = new Keeper(history, preferences, recordings);
    this.preparation = new Preparation(bundles, engine, recordings, disk, main::post);
    this.spoken = new SpokenText(keeper, disk, main::post, () -> become(Phase.DONE));
  }

  /** Tells {@code other} from now on, and nobody else; null: nobody. */
  public void observe(Observer other) {
    watchers.observe(other);
  }

  public Phase phase() {
    return phase;
  }

  /** What the recording is doing, while there is one. */
  public Dictation.State state() {
    return live.state();
  }

  /** The length of the recording, in samples at 16 kHz. */
  public long samples() {
    return live == null ? 0 : live.samples();
  }

  /** The text so far, while recording. */
  public LiveStream.Update text() {
    return live == null ? NO_TEXT : live.text();
  }

  /** How far the model is behind the speech; 0 when it keeps up. */
  public int behindSeconds() {
    return live == null ? 0 : live.behindSeconds();
  }

  /** The model; null while it isn't known. */
  public Installed model() {
    return installed;
  }

  /** What went wrong. */
  public Problem problem() {
    return problem;
  }

  /** The technical side of {@link #problem}; may be null. */
  public Throwable detail() {
    return detail;
  }

  public Said result() {
    return spoken.said();
  }

  /** The recording that was found. */
  public Recording found() {
    return recording;
  }

  /** The text of the result while it is being edited, else null. */
  public String draft() {
    return spoken.draft();
  }

  public void setDraft(String other) {
    spoken.setDraft(other);
  }

  /** What kept the draft from being written; null where it wasn't tried. */
  public Problem draftProblem() {
    return spoken.problem();
  }

  /** Puts a corrected text in the place of the result's. */
  public void correct(String other) {
    spoken.correct(other);
  }

  /** The tab is on the screen: looks for the model, and for a recording that was left. */
  public void prepare() {
    if (phase != Phase.PREPARING && phase != Phase.READY) {
      return;
    }
    preparation.look(this::prepared);
  }

  private void prepared(Installed current, Optional<Recording> left) {
    if (phase != Phase.PREPARING && phase != Phase.READY) {
      return;
    }
    boolean same = installed != null && current != null && installed.id().equals(current.id());
    installed = current;
    if (left.isPresent()) {
      recording = left.get();
      become(Phase.FOUND);
    } else if (current == null) {
      fail(Problem.NO_MODEL, null);
    } else {
      become(same ? phase : Phase.PREPARING);
      preparation.warmUp(current, this::warmedUp);
    }
  }

  private void warmedUp(Throwable failure) {
    if (phase != Phase.PREPARING && phase != Phase.READY) {
      return;
    }
    if (failure != null) {
      fail(Problem.of(failure), failure);
    } else {
      become(Phase.READY);
    }
  }

  /** Whether a tap on the button can begin a recording: the model needn't be loaded yet. */
  public boolean canStart() {
    return installed != null && phase != Phase.RECORDING;
  }

  /**
   * Begins a recording. What was done before is put away; what was found stays for later.
   *
   * @param visible an activity on the screen, without which the system allows no recording
   */
  public void start(Context visible) {
    try {
      visible.startForegroundService(new Intent(visible, RecordingService.class));
    } catch (IllegalStateException | SecurityException e) {
      fail(Problem.NOT_IN_FRONT, e);
    }
  }

  /**
   * The service is in the foreground: the microphone may be opened. Nobody but the service itself
   * may end it: one that is stopped before it came to the foreground takes the process with it.
   *
   * @param service told to end when there is nothing more to record
   */
  void begin(Watchers.Foreground service) {
    watchers.keepIn(service);
    if (!canStart()) {
      return;
    }
    putAway();
    try {
      recording = recordings.begin(installed.id());
    } catch (IOException e) {
      fail(Problem.STORAGE_FULL, e);
      return;
    }
    LiveStream.Options options =
        new LiveStream.Options(preferences.pauseMs(), 0, LiveStream.Options.DEFAULT.previewMs());
    listen(new Microphone(context), installed, options, false);
  }

  /** The service couldn't be brought to the foreground. */
  void refused(Exception why) {
    fail(Problem.NOT_IN_FRONT, why);
  }

  /** Writes down the recording that was found. */
  public void recover() {
    preparation.findModelOf(recording, this::recover);
  }

  private void recover(Installed model) {
    if (model == null) {
      fail(Problem.NO_MODEL, null);
    } else if (phase == Phase.FOUND) {
      listen(AudioInput.NOTHING, model, new LiveStream.Options(0, 0, 0), true);
    }
  }

  private void listen(
      AudioInput input, Installed model, LiveStream.Options options, boolean recovers) {
    Dictation.Options how =
        new Dictation.Options(
            options, Search.DEFAULT.withHotwords(preferences.hotwords()), recording.pcm());
    live =
        new LiveDictation(context, engine, model, input, how, watchers, new Ended(model, recovers));
    live.start();
    become(Phase.RECORDING);
  }

  public void pause() {
    live.pause();
  }

  public void resume() {
    live.resume();
  }

  /** Ends the recording; its text follows. */
  public void finish() {
    if (phase == Phase.RECORDING) {
      live.finish();
    }
  }

  /** Ends the recording without a text; its sound is kept and offered again. */
  public void cancel() {
    if (phase == Phase.RECORDING) {
      live.cancel();
    }
  }

  /** Puts a result or a problem away. What a problem left unwritten is offered. */
  public void dismiss() {
    putAway();
    restart();
  }

  /** Deletes the recording that was found. */
  public void discard() {
    if (phase != Phase.FOUND) {
      return; // the question may be older than this process
    }
    Recording left = recording;
    recording = null;
    disk.execute(() -> recordings.delete(left));
    restart();
  }

  private void restart() {
    become(Phase.PREPARING);
    prepare();
  }

  private void putAway() {
    if (phase == Phase.DONE && recording != null) {
      Recording heard = recording;
      disk.execute(() -> recordings.delete(heard));
    }
    recording = null;
    live = null;
    problem = null;
    detail = null;
    spoken.putAway();
  }

  private void fail(Problem why, Throwable technical) {
    problem = why;
    detail = technical;
    become(Phase.FAILED);
  }

  private void become(Phase next) {
    phase = next;
    if (next != Phase.RECORDING) {
      watchers.endForeground();
    }
    watchers.changed();
  }

  private final class Ended implements LiveDictation.Ending {
    private final Installed model;
    private final boolean recovers;

    Ended(Installed model, boolean recovers) {
      this.model = model;
      this.recovers = recovers;
    }

    @Override
    public void heard(Transcript transcript) {
      Recording written = recording;
      disk.execute(
          () -> {
            Keeper.Kept kept = keeper.keep(written, model, transcript, recovers);
            main.post(
                () -> {
                  spoken.show(kept.said());
                  recording = kept.left();
                  become(Phase.DONE);
                });
          });
    }

    @Override
    public void cancelled() {
      dismiss();
    }

    @Override
    public void failed(Problem why, Throwable technical) {
      fail(why, technical);
    }
  }
}
