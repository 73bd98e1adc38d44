package org.malgwi.app.dictate;

import android.content.Context;
import android.os.Handler;
import android.os.Looper;
import android.util.Log;
import java.io.File;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.android.AudioInput;
import org.malgwi.app.R;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.Language;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;

/**
 * What is said to another app or into a text field: finds the model of its language, then listens.
 * The sound is kept while the model loads. Main thread only; every method returns at once.
 */
final class Utterance {
  private static final String TAG = "malgwi";

  /** Quiet at the beginning after which it ends, in ms. */
  private static final int NO_SPEECH_MS = 10_000;

  /** More characters than this are too many for what Android passes between apps. */
  private static final int MOST_TEXT = 30_000;

  /**
   * Is told on the main thread; the final or a problem is the last call, and none follows cancel.
   */
  interface Listener {
    /** The sound begins. */
    default void onReady() {}

    default void onState(Dictation.State state) {}

    default void onLevel(float dbfs) {}

    default void onSpeech() {}

    default void onText(String stable, String moving) {}

    void onFinal(Installed model, Transcript transcript);

    void onProblem(Problem problem);
  }

  private final Context context;
  private final Request request;
  private final int pauseMs;
  private final AudioInput input;
  private final File pcm;
  private final Listener listener;
  private final Handler main = new Handler(Looper.getMainLooper());
  private Dictation dictation;
  private boolean finishing;
  private boolean held;
  private boolean over;

  /**
   * @param pauseMs quiet after speech that ends it, in ms, where the request names none; 0: never
   * @param pcm where the sound is kept, or null
   */
  Utterance(
      Context context,
      Request request,
      int pauseMs,
      AudioInput input,
      File pcm,
      Listener listener) {
    this.context = context.getApplicationContext();
    this.request = request;
    this.pauseMs = request.pauseMs() > 0 ? request.pauseMs() : pauseMs;
    this.input = input;
    this.pcm = pcm;
    this.listener = listener;
  }

  /** To be called once. */
  void start() {
    // The store may be reading the disk.
    new Thread(
            () -> {
              Installed model = model(context, request.language());
              main.post(() -> listen(model));
            },
            "malgwi-find-model")
        .start();
  }

  /** Ends the sound; the final text comes when all is recognised. */
  void finish() {
    finishing = true;
    if (dictation != null) {
      dictation.finish();
    }
  }

  /** While it is held, no pause ends it. */
  void hold(boolean now) {
    held = now;
    if (dictation != null) {
      dictation.hold(now);
    }
  }

  /** Ends it without a text; the listener isn't told anything more. */
  void cancel() {
    over = true;
    if (dictation != null) {
      dictation.cancel();
    }
  }

  /** The sentence for a problem here, where nothing is kept of what was said. */
  static int sentence(Problem problem) {
    return switch (problem) {
      case MICROPHONE_LOST, STORAGE_FULL, UNEXPECTED -> R.string.dictate_failed;
      default -> problem.sentence();
    };
  }

  /**
   * The bundle for a language, or null; a bundle that doesn't name its language serves them all,
   * and where the user says so, so does the one in use.
   */
  static Installed model(Context context, String language) {
    BundleStore bundles = BundleStore.of(context);
    Installed current = bundles.current();
    if (current == null
        || Language.tag(language).equals(Language.UNKNOWN)
        || current.language().equals(Language.UNKNOWN)) {
      return current;
    }
    return bundles
        .forLanguage(language)
        .orElse(new Preferences(context).anyLanguage() ? current : null);
  }

  private void listen(Installed model) {
    if (over) {
      return;
    }
    if (model == null) {
      end(
          () ->
              listener.onProblem(
                  request.language().isEmpty() ? Problem.NO_MODEL : Problem.NO_MODEL_FOR_LANGUAGE));
      return;
    }
    int quiet = pauseMs == 0 ? 0 : Math.max(pauseMs, NO_SPEECH_MS);
    List<String> hotwords = new ArrayList<>(new Preferences(context).hotwords());
    hotwords.addAll(request.hotwords());
    // One text is what every search finds; several need a wider one.
    int alternatives = request.maxResults() == 1 ? 0 : request.maxResults();
    dictation =
        new Dictation(
            context,
            Engine.of(context),
            model,
            input,
            new Dictation.Options(
                new LiveStream.Options(pauseMs, quiet, LiveStream.Options.DEFAULT.previewMs()),
                Search.DEFAULT.withHotwords(hotwords).withNbest(alternatives),
                pcm),
            new Told());
    dictation.hold(held);
    dictation.start();
    if (finishing) {
      dictation.finish();
    }
  }

  private void tell(Runnable call) {
    if (!over) {
      call.run();
    }
  }

  private void end(Runnable lastCall) {
    if (!over) {
      over = true;
      lastCall.run();
    }
  }

  /** Passes on what the dictation tells, until the utterance is over. */
  private final class Told implements Dictation.Listener {
    @Override
    public void onReady() {
      tell(listener::onReady);
    }

    @Override
    public void onState(Dictation.State state) {
      tell(() -> listener.onState(state));
    }

    @Override
    public void onLevel(float dbfs) {
      tell(() -> listener.onLevel(dbfs));
    }

    @Override
    public void onSpeech() {
      tell(listener::onSpeech);
    }

    @Override
    public void onText(String stable, String moving) {
      tell(() -> listener.onText(stable, moving));
      if (stable.length() + moving.length() > MOST_TEXT) {
        finish();
      }
    }

    @Override
    public void onFinal(Transcript transcript) {
      end(() -> listener.onFinal(dictation.installed(), transcript));
    }

    @Override
    public void onCancelled() {}

    @Override
    public void onProblem(Problem problem, Throwable detail) {
      Log.w(TAG, problem.name(), detail);
      end(() -> listener.onProblem(problem));
    }
  }
}
