package org.malgwi.app.speak;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewStub;
import android.widget.Button;
import android.widget.EditText;
import android.widget.FrameLayout;
import android.widget.TextView;
import org.malgwi.app.R;
import org.malgwi.app.history.LettersRow;
import org.malgwi.app.history.TranscriptView;
import org.malgwi.app.listen.Dictation;
import org.malgwi.app.listen.RecordPermission;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.SpeakButton;
import org.malgwi.app.ui.Tab;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Resampler;

/**
 * The tab in which one speaks and reads: shows {@link Speech}, which lives longer, and passes taps
 * on to it.
 */
public final class SpeakTab implements Tab, Speech.Observer {
  private static final int ASK = 1;

  private final Activity activity;
  private final Speech speech;
  private final View view;
  private final View messageScroll;
  private final MessageView message;
  private final LiveText live;
  private final TranscriptView transcript;
  private final EditText edit;
  private final TextView status;
  private final Button action;

  /** Null until there is a text. */
  private View actions;

  private View editing;
  private LettersRow letters;
  private final View controls;
  private final TextView timer;
  private final ModelChip model;
  private final SpeakButton button;
  private final OtherButton other;
  private final TextActions texts;
  private final SpeakDialogs dialogs;

  private Said shownResult;
  private boolean editShown;

  /** The permissions have been asked for by a tap on the button, which is to be followed. */
  private boolean asking;

  public SpeakTab(Activity activity) {
    this.activity = activity;
    this.speech = Speech.of(activity);
    view = LayoutInflater.from(activity).inflate(R.layout.speak, new FrameLayout(activity), false);
    messageScroll = view.findViewById(R.id.speak_message_scroll);
    message = view.findViewById(R.id.speak_message);
    live =
        new LiveText(
            view.findViewById(R.id.speak_live_scroll),
            view.findViewById(R.id.speak_live),
            view.findViewById(R.id.speak_announced));
    transcript = view.findViewById(R.id.speak_transcript);
    edit = view.findViewById(R.id.speak_edit);
    status = view.findViewById(R.id.speak_status);
    action = view.findViewById(R.id.speak_action);
    controls = view.findViewById(R.id.speak_controls);
    timer = view.findViewById(R.id.speak_timer);
    model = new ModelChip(view.findViewById(R.id.speak_model));
    button = view.findViewById(R.id.speak_button);
    other = new OtherButton(view.findViewById(R.id.speak_other), speech);
    texts = new TextActions(activity, speech);
    dialogs = new SpeakDialogs(activity, view, speech);
    button.setOnClickListener(tapped -> speakOrStop());
  }

  @Override
  public View view() {
    return view;
  }

  @Override
  public void shown() {
    speech.observe(this);
    boolean follow = asking;
    asking = false;
    onChange();
    if (follow && allowed()) {
      speech.start(activity);
    }
    speech.prepare();
  }

  @Override
  public void hidden() {
    if (speech.draft() != null) {
      speech.setDraft(edit.getText().toString());
    }
    transcript.stop();
    speech.observe(null);
    texts.close();
  }

  @Override
  public void save(Bundle state) {
    dialogs.save(state);
  }

  @Override
  public void restore(Bundle state) {
    dialogs.restore(state);
  }

  @Override
  public void answered(int request, int result, Intent data) {
    texts.answered(request, result, data);
  }

  /** The buttons under a text, which the first look at the tab needn't wait for. */
  private void makeActions() {
    view.<ViewStub>findViewById(R.id.speak_actions_later).inflate();
    view.<ViewStub>findViewById(R.id.speak_letters_later).inflate();
    letters = view.findViewById(R.id.speak_letters);
    letters.writeInto(edit);
    actions = view.findViewById(R.id.speak_actions);
    editing = view.findViewById(R.id.speak_editing);
    view.findViewById(R.id.speak_copy).setOnClickListener(tapped -> texts.copy());
    view.findViewById(R.id.speak_share).setOnClickListener(texts::chooseShare);
    view.findViewById(R.id.speak_save).setOnClickListener(texts::chooseSave);
    view.findViewById(R.id.speak_change).setOnClickListener(tapped -> beginEdit());
    view.findViewById(R.id.speak_edit_save).setOnClickListener(tapped -> endEdit(true));
    view.findViewById(R.id.speak_edit_cancel).setOnClickListener(tapped -> endEdit(false));
  }

  // ---- taps ----

  private void speakOrStop() {
    if (speech.phase() == Speech.Phase.RECORDING) {
      speech.finish();
    } else if (allowed()) {
      speech.start(activity);
    } else if (refused()) {
      open(Problem.MICROPHONE_REFUSED);
    } else {
      ask();
    }
  }

  private boolean allowed() {
    return RecordPermission.granted(activity);
  }

  /** Asking would show nothing: the system remembers a refusal. */
  private boolean refused() {
    return RecordPermission.missing(activity) == Problem.MICROPHONE_REFUSED;
  }

  /** Asks for the microphone, and for notifications, whose refusal changes nothing. */
  private void ask() {
    asking = true;
    new Preferences(activity).setMicrophoneAsked();
    activity.requestPermissions(Platform.recordingPermissions(), ASK);
  }

  private void mend(Problem problem) {
    if (problem.remedy(activity) != null) {
      open(problem);
      speech.dismiss();
    } else if (problem == Problem.MICROPHONE_NOT_ALLOWED) {
      speech.dismiss();
      speakOrStop();
    } else if (problem == Problem.MICROPHONE_BUSY || problem == Problem.NOT_IN_FRONT) {
      speech.dismiss();
      speakOrStop();
    } else {
      speech.dismiss(); // and what was recorded is offered
    }
  }

  private void open(Problem problem) {
    Problem.open(activity, problem.remedy(activity));
  }

  private void beginEdit() {
    speech.setDraft(speech.result().text());
    onChange();
    edit.requestFocus();
  }

  private void endEdit(boolean keep) {
    String text = edit.getText().toString();
    if (keep && !text.equals(speech.result().text())) {
      speech.correct(text);
    }
    speech.setDraft(null);
    onChange();
  }

  // ---- what is seen ----

  @Override
  public void onLevel(float dbfs) {
    button.setLevel(dbfs);
    showLength();
  }

  @Override
  public void onText(LiveStream.Update text) {
    live.show(text);
    if (!text.text().isEmpty()) {
      only(live.view());
    }
  }

  @Override
  public void onChange() {
    Speech.Phase phase = speech.phase();
    boolean recording = phase == Speech.Phase.RECORDING;
    Dictation.State state = recording ? speech.state() : null;
    boolean listening = recording && state != Dictation.State.FINISHING;
    boolean edits = phase == Speech.Phase.DONE && speech.draft() != null;
    boolean hasText = phase == Speech.Phase.DONE && !speech.result().text().isEmpty();
    button.setListening(listening);
    button.setEnabled(listening || (speech.canStart() && !recording));
    view.setKeepScreenOn(listening && state != Dictation.State.PAUSED);
    model.show(allowed() ? speech.model() : null); // first things first
    if (hasText && actions == null) {
      makeActions();
    }
    if (actions != null) {
      actions.setVisibility(hasText && !edits ? View.VISIBLE : View.GONE);
      editing.setVisibility(edits ? View.VISIBLE : View.GONE);
    }
    controls.setVisibility(edits ? View.GONE : View.VISIBLE);
    timer.setVisibility(recording || phase == Speech.Phase.DONE ? View.VISIBLE : View.INVISIBLE);
    showLength();
    other.show(phase, state);
    say("", 0);
    act(0, null);
    switch (phase) {
      case PREPARING -> showWaiting(R.string.speak_preparing);
      case READY -> showWaiting(R.string.speak_ready);
      case RECORDING -> showRecording(state);
      case DONE -> showResult();
      case FAILED -> showProblem();
      case FOUND -> showFound();
    }
    if (letters != null) {
      letters.makeRoom(edits);
    }
    editShown = edits;
  }

  private void showWaiting(int sentence) {
    if (allowed()) {
      show(0, activity.getText(sentence), 0, null);
    } else {
      Problem problem = refused() ? Problem.MICROPHONE_REFUSED : Problem.MICROPHONE_NOT_ALLOWED;
      show(0, activity.getText(problem.sentence()), problem.action(), this::speakOrStop);
    }
  }

  private void showRecording(Dictation.State state) {
    live.show(speech.text());
    only(live.view());
    int behind = speech.behindSeconds();
    switch (state) {
      case LOADING -> say(activity.getText(R.string.speak_loading), 0);
      case PAUSED -> say(activity.getText(R.string.speak_paused), R.drawable.ic_pause);
      case LISTENING ->
          say(
              behind == 0
                  ? activity.getText(R.string.speak_listening)
                  : count(R.plurals.speak_behind, behind),
              0);
      case BLOCKED -> {
        Problem blocked = Problem.MICROPHONE_BLOCKED;
        say(activity.getText(blocked.sentence()), R.drawable.ic_warning);
        act(blocked.action(), () -> open(blocked));
      }
      case FINISHING -> {
        say(
            behind == 0
                ? activity.getText(R.string.speak_finishing)
                : count(R.plurals.speak_remaining, behind),
            0);
        act(R.string.speak_later, speech::cancel);
      }
    }
  }

  private CharSequence count(int plural, int number) {
    return activity.getResources().getQuantityString(plural, number, number);
  }

  private void showResult() {
    Said result = speech.result();
    if (speech.draft() != null) {
      if (!editShown) {
        edit.setText(speech.draft());
        letters.show(LettersRow.of(result.model()));
      }
      only(edit);
      Problem problem = speech.draftProblem();
      if (problem != null) {
        say(activity.getText(R.string.transcript_not_written), R.drawable.ic_warning);
        act(problem.action(), () -> open(problem));
      }
    } else if (result.text().isEmpty()) {
      show(0, activity.getText(R.string.speak_nothing), R.string.retry, this::speakOrStop);
    } else {
      if (!result.equals(shownResult)) {
        shownResult = result;
        transcript.show(result.text(), result.words(), result.pcm());
      }
      only(transcript);
      say(
          activity.getText(result.recovered() ? R.string.speak_recovered : R.string.speak_done),
          R.drawable.ic_check);
    }
  }

  private void showProblem() {
    Problem problem = speech.problem();
    if (problem == Problem.MICROPHONE_NOT_ALLOWED && refused()) {
      problem = Problem.MICROPHONE_REFUSED;
    }
    Problem shown = problem;
    show(
        R.drawable.ic_warning,
        activity.getText(shown.sentence()),
        shown.action(),
        () -> mend(shown));
    if (shown == Problem.MODEL_FAILED || shown == Problem.UNEXPECTED) {
      act(R.string.speak_details, dialogs::showDetails);
    }
  }

  private void showFound() {
    show(
        R.drawable.ic_undo,
        activity.getString(
            R.string.speak_found, TranscriptView.clock(1000 * speech.found().seconds())),
        R.string.speak_recover,
        speech::recover);
    act(R.string.delete, dialogs::askToDiscard);
  }

  private void showLength() {
    String length = TranscriptView.clock(1000 * speech.samples() / Resampler.RATE);
    timer.setText(length);
    timer.setContentDescription(activity.getText(R.string.speak_length) + " " + length);
  }

  private void show(int icon, CharSequence sentence, int label, Runnable onAction) {
    message.show(icon, sentence, label, onAction);
    only(messageScroll);
  }

  private void only(View one) {
    for (View each : new View[] {messageScroll, live.view(), transcript, edit}) {
      each.setVisibility(each == one ? View.VISIBLE : View.GONE);
    }
  }

  private void say(CharSequence sentence, int icon) {
    status.setVisibility(sentence.length() == 0 ? View.GONE : View.VISIBLE);
    status.setText(sentence);
    status.setCompoundDrawablesRelativeWithIntrinsicBounds(icon, 0, 0, 0);
  }

  private void act(int label, Runnable onAction) {
    action.setVisibility(label == 0 ? View.GONE : View.VISIBLE);
    if (label != 0) {
      action.setText(label);
      action.setOnClickListener(tapped -> onAction.run());
    }
  }
}
