package org.malgwi.app.settings;

import android.app.Activity;
import android.os.Bundle;
import android.view.View;
import android.widget.Button;
import android.widget.ImageView;
import android.widget.TextView;
import org.malgwi.app.R;
import org.malgwi.app.dictate.Chosen;
import org.malgwi.app.dictate.SpeakTile;
import org.malgwi.app.listen.RecordPermission;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;
import org.malgwi.app.ui.TopBar;

/**
 * The checklist: what to allow and to choose so that Malgwi writes everywhere, and a field to try
 * it. It is shown by itself at the first start.
 */
public final class SetupActivity extends Activity {
  private static final int ASK = 1;

  private Preferences preferences;
  private boolean tileRefused;
  private TryIt tryIt;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.setup);
    Edges.keepClear(this, findViewById(R.id.root));
    preferences = new Preferences(this);
    TopBar top = findViewById(R.id.top);
    top.setTitle(R.string.menu_setup);
    top.showBack(this);
    tryIt = new TryIt(findViewById(R.id.setup_try));
    findViewById(R.id.setup_finish).setOnClickListener(button -> finish());
    this.<TextView>findViewById(R.id.setup_adb).setText(Chosen.adbLine(this));
    findViewById(R.id.setup_adb_copy)
        .setOnClickListener(button -> Sharing.copy(this, Chosen.adbLine(this)));
  }

  @Override
  protected void onResume() {
    super.onResume();
    showAll();
  }

  @Override
  public void onWindowFocusChanged(boolean focused) {
    super.onWindowFocusChanged(focused);
    if (focused) {
      showAll(); // the list of keyboards is a dialog of the system's
    }
  }

  private void showAll() {
    boolean microphone = RecordPermission.granted(this);
    show(
        R.id.setup_microphone,
        R.string.setup_microphone,
        microphone,
        microphone ? R.string.setup_microphone_yes : R.string.setup_microphone_no,
        R.string.problem_allow,
        this::allowMicrophone);
    BundleStore.of(this).load(all -> showModel(BundleStore.of(this).current()));
    tryIt.show();
    boolean enabled = Chosen.keyboardEnabled(this);
    show(
        R.id.setup_keyboard,
        R.string.setup_keyboard,
        enabled,
        enabled ? R.string.setup_keyboard_yes : R.string.setup_keyboard_no,
        R.string.setup_keyboard_open,
        () -> Screens.openFirst(this, Chosen.keyboardSettings()));
    showTile();
    Chosen.Answer recogniser = Chosen.recogniser(this);
    show(
        R.id.setup_recogniser,
        R.string.setup_recogniser,
        recogniser == Chosen.Answer.YES,
        switch (recogniser) {
          case YES -> R.string.setup_recogniser_yes;
          case NO -> R.string.setup_recogniser_no;
          case UNKNOWN -> R.string.setup_recogniser_unknown;
        },
        R.string.setup_recogniser_open,
        () -> Screens.openFirst(this, Chosen.recogniserSettings()));
    findViewById(R.id.setup_adb_card)
        .setVisibility(recogniser == Chosen.Answer.YES ? View.GONE : View.VISIBLE);
  }

  private void showTile() {
    boolean added = preferences.tileAdded();
    boolean offered = SpeakTile.canBeOffered() && !tileRefused;
    show(
        R.id.setup_tile,
        R.string.setup_tile,
        added,
        added
            ? R.string.setup_tile_yes
            : offered ? R.string.setup_tile_no : R.string.setup_tile_by_hand,
        R.string.setup_tile_add,
        () -> SpeakTile.offer(this, this::tileAnswered));
    if (!offered) {
      findViewById(R.id.setup_tile).findViewById(R.id.setup_action).setVisibility(View.GONE);
    }
  }

  private void tileAnswered(boolean there) {
    tileRefused = !there; // the system may not have asked: it doesn't any more after some noes
    showTile();
  }

  private void showModel(Installed model) {
    findViewById(R.id.setup_model).setVisibility(View.VISIBLE);
    show(
        R.id.setup_model,
        R.string.setup_model,
        model != null,
        model == null
            ? getText(R.string.problem_no_model)
            : getString(R.string.setup_model_yes, model.name()),
        R.string.problem_open_models,
        () -> startActivity(Screens.of(this).place(Place.MODELS)));
  }

  private void show(int id, int title, boolean done, int sentence, int label, Runnable action) {
    show(id, title, done, getText(sentence), label, action);
  }

  private void show(
      int id, int title, boolean done, CharSequence sentence, int label, Runnable action) {
    View row = findViewById(id);
    ImageView mark = row.findViewById(R.id.setup_mark);
    mark.setImageResource(done ? R.drawable.ic_check : R.drawable.ic_todo);
    mark.setContentDescription(getText(done ? R.string.setup_done : R.string.setup_open));
    row.<TextView>findViewById(R.id.setup_title).setText(title);
    row.<TextView>findViewById(R.id.setup_sentence).setText(sentence);
    Button button = row.findViewById(R.id.setup_action);
    button.setVisibility(done ? View.GONE : View.VISIBLE);
    button.setText(label);
    button.setOnClickListener(tapped -> action.run());
  }

  private void allowMicrophone() {
    if (RecordPermission.missing(this) == Problem.MICROPHONE_REFUSED) {
      Problem.open(this, Problem.MICROPHONE_REFUSED.remedy(this));
    } else {
      RecordPermission.ask(this, ASK);
    }
  }
}
