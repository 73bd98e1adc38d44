package org.malgwi.app.dictate;

import android.content.Intent;
import android.media.AudioFormat;
import android.os.Bundle;
import android.os.ParcelFileDescriptor;
import android.os.RemoteException;
import android.speech.RecognitionService;
import android.speech.SpeechRecognizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.malgwi.android.AudioInput;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.Microphone;
import org.malgwi.app.listen.StreamInput;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Installed;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.problem.Problem;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Transcript;

/**
 * What other apps recognise speech with, through android.speech.SpeechRecognizer.
 *
 * <p>A caller is told: ready, beginning, then levels and, if it wants them, partial texts, end, and
 * exactly one of results and error; after it has cancelled, nothing. There is one caller at a time;
 * the system tells another one that the recogniser is busy. Nothing is kept of what is said: the
 * caller can't say that it is private.
 */
public final class MalgwiRecognitionService extends RecognitionService {
  /** Callers show levels between -2 and 10, as the first recogniser gave them. */
  private static final float LOWEST_RMS = -2;

  private static final float HIGHEST_RMS = 10;
  private static final float QUIET_DBFS = -60;

  private Session session;

  @Override
  protected void onStartListening(Intent intent, Callback caller) {
    if (session != null) {
      session.cancel(); // the system has given up its caller
    }
    session = new Session(caller);
    session.start(intent);
  }

  @Override
  protected void onStopListening(Callback caller) {
    if (session != null && session.caller == caller) {
      session.utterance.finish();
    }
  }

  @Override
  protected void onCancel(Callback caller) {
    if (session != null && session.caller == caller) {
      session.cancel();
    }
  }

  @Override
  public void onDestroy() {
    if (session != null) {
      session.cancel();
    }
    super.onDestroy();
  }

  @Override
  public void onCheckRecognitionSupport(Intent intent, SupportCallback caller) {
    String asked = askedLanguage(intent);
    new Thread(() -> Platform.tellLanguages(caller, languages(asked)), "malgwi-support").start();
  }

  private static String askedLanguage(Intent intent) {
    try {
      return Request.of(intent).language();
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /** What is installed; callers compare tags letter by letter, so their own is among them. */
  private Set<String> languages(String asked) {
    Set<String> languages = new TreeSet<>();
    for (Installed one : BundleStore.of(this).all()) {
      if (!one.language().equals("und")) {
        languages.add(one.language());
      }
    }
    if (!asked.isEmpty() && Utterance.model(this, asked) != null) {
      languages.add(asked);
    }
    return languages;
  }

  /** One caller's utterance. Main thread only. */
  private final class Session implements Utterance.Listener {
    private final Callback caller;
    private Request request;
    private Utterance utterance;
    private boolean begun;
    private boolean ended;

    Session(Callback caller) {
      this.caller = caller;
    }

    void start(Intent intent) {
      AudioInput input;
      try {
        request = Request.of(intent);
        input = input(request.audio());
      } catch (IllegalArgumentException e) {
        fail(SpeechRecognizer.ERROR_CLIENT);
        return;
      }
      utterance =
          new Utterance(
              MalgwiRecognitionService.this,
              request,
              LiveStream.Options.DEFAULT.pauseMs(),
              input,
              null,
              this);
      utterance.start();
    }

    private AudioInput input(Request.Audio audio) {
      if (audio == null) {
        return new Microphone(MalgwiRecognitionService.this);
      }
      if (audio.encoding() != AudioFormat.ENCODING_PCM_16BIT) {
        throw new IllegalArgumentException(
            "encoding " + audio.encoding() + "; expected " + AudioFormat.ENCODING_PCM_16BIT);
      }
      return new StreamInput(
          new ParcelFileDescriptor.AutoCloseInputStream(audio.pipe()),
          audio.channels(),
          audio.rate());
    }

    void cancel() {
      leave();
      if (utterance != null) {
        utterance.cancel();
      }
    }

    /** Gives up what belongs to the caller. */
    private void leave() {
      if (session == this) {
        session = null;
      }
      if (request != null && request.audio() != null) {
        try {
          request.audio().pipe().close();
        } catch (IOException e) {
          // It was only read from.
        }
      }
    }

    private void fail(int error) {
      cancel();
      tell(() -> caller.error(error));
    }

    @Override
    public void onReady() {
      tell(() -> caller.readyForSpeech(new Bundle()));
    }

    @Override
    public void onSpeech() {
      if (!begun && !ended) {
        begun = true;
        tell(caller::beginningOfSpeech);
      }
    }

    @Override
    public void onLevel(float dbfs) {
      float share = Math.max(0, Math.min(1, 1 - dbfs / QUIET_DBFS));
      if (!ended) {
        tell(() -> caller.rmsChanged(LOWEST_RMS + share * (HIGHEST_RMS - LOWEST_RMS)));
      }
    }

    @Override
    public void onText(String stable, String moving) {
      if (request.partials() && begun && !ended) {
        Bundle partial = new Bundle();
        partial.putStringArrayList(
            SpeechRecognizer.RESULTS_RECOGNITION,
            new ArrayList<>(List.of(new LiveStream.Update(stable, moving).text())));
        tell(() -> caller.partialResults(partial));
      }
    }

    @Override
    public void onState(Dictation.State state) {
      if (state == Dictation.State.BLOCKED && request.audio() == null) {
        fail(SpeechRecognizer.ERROR_AUDIO);
      } else if (state == Dictation.State.FINISHING && begun) {
        end();
      }
    }

    private void end() {
      if (!ended) {
        ended = true;
        tell(caller::endOfSpeech);
      }
    }

    @Override
    public void onFinal(Installed model, Transcript transcript) {
      leave();
      Results results = Results.of(transcript, request.maxResults());
      if (!results.isEmpty()) {
        onSpeech(); // it may have been too short for a text before this one
      }
      end();
      if (results.isEmpty()) {
        tell(() -> caller.error(SpeechRecognizer.ERROR_NO_MATCH));
      } else {
        tell(() -> caller.results(results.toBundle(transcript)));
      }
    }

    @Override
    public void onProblem(Problem problem) {
      leave();
      tell(() -> caller.error(error(problem)));
    }

    private void tell(Call call) {
      try {
        call.make();
      } catch (RemoteException e) {
        cancel(); // the caller's process is gone
      }
    }
  }

  /** A call to another process. */
  private interface Call {
    void make() throws RemoteException;
  }

  private static int error(Problem problem) {
    return switch (problem) {
      case MICROPHONE_NOT_ALLOWED, MICROPHONE_REFUSED ->
          SpeechRecognizer.ERROR_INSUFFICIENT_PERMISSIONS;
      case MICROPHONE_BLOCKED, MICROPHONE_BUSY, MICROPHONE_LOST, NO_MICROPHONE ->
          SpeechRecognizer.ERROR_AUDIO;
      case NO_MODEL_FOR_LANGUAGE -> Platform.languageNotSupported();
      case NO_MODEL, MODEL_FAILED -> SpeechRecognizer.ERROR_SERVER;
      default -> SpeechRecognizer.ERROR_CLIENT;
    };
  }
}
