package org.malgwi.app.dictate;

import android.app.Activity;
import android.app.PendingIntent;
import android.content.Intent;
import android.os.Bundle;
import android.speech.RecognizerIntent;
import android.view.View;
import android.view.WindowManager;
import android.widget.Button;
import android.widget.TextView;
import org.malgwi.app.R;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.Microphone;
import org.malgwi.app.listen.RecordPermission;
import org.malgwi.app.models.Installed;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.ui.MovingText;
import org.malgwi.app.ui.SpeakButton;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Transcript;

/**
 * Records on behalf of another app, visibly, and returns the text; see
 * RecognizerIntent.ACTION_RECOGNIZE_SPEECH. Nothing is kept of what is said.
 */
public final class RecognizeSpeechActivity extends Activity implements Utterance.Listener {
  private Request request;
  private PendingIntent answer;
  private Bundle answerExtras;
  private Utterance utterance;
  private Problem problem;
  private SpeakButton button;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    try {
      request = Request.of(getIntent());
      readAnswer(getIntent());
    } catch (RuntimeException e) {
      // Extras from another app can hold anything, and be of any type.
      setResult(RecognizerIntent.RESULT_CLIENT_ERROR);
      finish();
      return;
    }
    setContentView(R.layout.recognize_speech);
    getWindow().addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON);
    if (!request.prompt().isEmpty()) {
      this.<TextView>findViewById(R.id.prompt).setText(request.prompt());
    } else {
      this.<TextView>findViewById(R.id.prompt).setText(R.string.dictate_prompt);
    }
    button = findViewById(R.id.speak);
    button.setOnClickListener(view -> toggle());
    findViewById(R.id.cancel).setOnClickListener(view -> finish());
    if (RecordPermission.granted(this)) {
      start();
    } else if (state == null) {
      RecordPermission.ask(this, 0);
    } else {
      show(RecordPermission.missing(this));
    }
  }

  @SuppressWarnings("deprecation") // the typed one came with Android 13
  private void readAnswer(Intent intent) {
    answer = intent.getParcelableExtra(RecognizerIntent.EXTRA_RESULTS_PENDINGINTENT);
    answerExtras = intent.getBundleExtra(RecognizerIntent.EXTRA_RESULTS_PENDINGINTENT_BUNDLE);
  }

  @Override
  public void onRequestPermissionsResult(int code, String[] permissions, int[] answers) {
    if (RecordPermission.granted(this)) {
      start();
    } else {
      show(RecordPermission.missing(this));
    }
  }

  @Override
  protected void onStart() {
    super.onStart();
    if (problem == Problem.MICROPHONE_REFUSED && RecordPermission.granted(this)) {
      start(); // back from the settings
    }
  }

  @Override
  protected void onStop() {
    super.onStop();
    if (utterance != null) {
      stopListening();
      say(R.string.dictate_ready);
    }
  }

  private void toggle() {
    if (utterance == null) {
      start();
    } else {
      utterance.finish();
    }
  }

  private void start() {
    problem = null;
    setResult(RESULT_CANCELED);
    utterance =
        new Utterance(
            this, request, LiveStream.Options.DEFAULT.pauseMs(), new Microphone(this), null, this);
    button.setListening(true);
    say(R.string.dictate_opening);
    onText("", "");
    utterance.start();
  }

  private void stopListening() {
    if (utterance != null) {
      utterance.cancel();
      utterance = null;
    }
    button.setListening(false);
    button.setEnabled(true);
  }

  @Override
  public void onState(Dictation.State state) {
    switch (state) {
      case LOADING -> say(R.string.dictate_loading);
      case LISTENING, PAUSED -> say(R.string.dictate_listening);
      case FINISHING -> {
        button.setEnabled(false);
        say(R.string.dictate_finishing);
      }
      case BLOCKED -> show(Problem.MICROPHONE_BLOCKED);
    }
  }

  @Override
  public void onLevel(float dbfs) {
    button.setLevel(dbfs);
  }

  @Override
  public void onText(String stable, String moving) {
    MovingText.show(findViewById(R.id.text), new LiveStream.Update(stable, moving));
  }

  @Override
  public void onFinal(Installed model, Transcript transcript) {
    stopListening();
    Results results = Results.of(transcript, request.maxResults());
    if (results.isEmpty()) {
      setResult(RecognizerIntent.RESULT_NO_MATCH);
      say(R.string.dictate_nothing);
      return;
    }
    setResult(RESULT_OK, results.toIntent());
    if (answer != null) {
      send(results);
    }
    finish();
  }

  private void send(Results results) {
    Intent data = results.toIntent();
    if (answerExtras != null) {
      data.putExtras(answerExtras);
    }
    try {
      Platform.send(answer, this, RESULT_OK, data);
    } catch (PendingIntent.CanceledException e) {
      // Who asked is no longer interested.
    }
  }

  @Override
  public void onProblem(Problem found) {
    stopListening();
    show(found);
  }

  private void say(int sentence) {
    this.<TextView>findViewById(R.id.sentence).setText(sentence);
    findViewById(R.id.action).setVisibility(View.GONE);
  }

  private void show(Problem found) {
    problem = found;
    setResult(result(found));
    say(Utterance.sentence(found));
    Button action = findViewById(R.id.action);
    action.setVisibility(View.VISIBLE);
    action.setText(found.action());
    action.setOnClickListener(view -> mend(found));
  }

  private void mend(Problem found) {
    Intent remedy = found.remedy(this);
    if (remedy != null) {
      Problem.open(this, remedy);
    } else if (found == Problem.MICROPHONE_NOT_ALLOWED) {
      RecordPermission.ask(this, 0);
    } else {
      start();
    }
  }

  /** What the caller learns when the person gives up. */
  private static int result(Problem problem) {
    return switch (problem) {
      case MICROPHONE_NOT_ALLOWED,
          MICROPHONE_REFUSED,
          MICROPHONE_BLOCKED,
          MICROPHONE_BUSY,
          MICROPHONE_LOST,
          NO_MICROPHONE ->
          RecognizerIntent.RESULT_AUDIO_ERROR;
      default -> RecognizerIntent.RESULT_CLIENT_ERROR;
    };
  }
}
