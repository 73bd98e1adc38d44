package org.malgwi.app.models;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import android.view.View;
import android.widget.Button;
import android.widget.TextView;
import android.widget.Toast;
import java.text.NumberFormat;
import java.util.List;
import java.util.Optional;
import org.malgwi.app.R;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.TopBar;
import org.malgwi.core.GoldenCheck;
import org.malgwi.core.MalgwiException;

/** One model: its facts, and what can be done with it. */
public final class ModelActivity extends Activity {
  private static final String EXTRA_ID = "id";
  private static final String CARD = "README.md";
  private static final String DIALOG = "dialog";
  private static final String DELETE = "delete";

  private final Background background = new Background("model");

  private Installed installed;

  /** Null where there is nothing to show. */
  private Dialogs dialogs;

  /** Opens the screen of the bundle of this id. */
  public static Intent intent(Context context, String id) {
    return new Intent(context, ModelActivity.class).putExtra(EXTRA_ID, id);
  }

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    Optional<Installed> found =
        BundleStore.of(this).find(String.valueOf(getIntent().getStringExtra(EXTRA_ID)));
    if (!found.isPresent()) {
      Toast.makeText(this, R.string.model_gone, Toast.LENGTH_LONG).show();
      finish();
      return;
    }
    installed = found.get();
    setContentView(R.layout.model);
    Edges.keepClear(this, findViewById(R.id.root));
    TopBar top = findViewById(R.id.top);
    top.setTitle(installed.name());
    top.showBack(this);
    new ModelFacts(this, installed).fill(findViewById(R.id.model_facts));
    findViewById(R.id.model_use).setOnClickListener(button -> use());
    findViewById(R.id.model_check).setOnClickListener(button -> check());
    findViewById(R.id.model_forgive).setOnClickListener(button -> forgive());
    findViewById(R.id.model_delete).setOnClickListener(button -> dialogs.open(DELETE));
    dialogs = new Dialogs(DIALOG, findViewById(R.id.root));
    dialogs.add(DELETE, about -> askToDelete());
    if (state != null) {
      dialogs.restore(state);
    }
    showCard();
    showState();
  }

  @Override
  protected void onSaveInstanceState(Bundle state) {
    super.onSaveInstanceState(state);
    if (dialogs != null) {
      dialogs.save(state);
    }
  }

  private void showState() {
    boolean current = installed.equals(BundleStore.of(this).current());
    CrashGuard.Way way = Engine.of(this).way(installed);
    show(R.id.model_state, current);
    show(R.id.model_use, !current);
    show(R.id.model_delete, !installed.builtIn());
    show(R.id.model_crashed, way != CrashGuard.Way.FULL);
    this.<TextView>findViewById(R.id.model_crashed_sentence)
        .setText(
            switch (way) {
              case FULL, CAREFUL -> R.string.model_crashed_once;
              case NEVER -> R.string.model_crashed_twice;
              case TOO_BIG -> R.string.model_crashed_too_big;
            });
  }

  private void show(int view, boolean shown) {
    findViewById(view).setVisibility(shown ? View.VISIBLE : View.GONE);
  }

  private void showCard() {
    boolean there = installed.bundle().files().contains(CARD);
    show(R.id.model_card_title, there);
    show(R.id.model_card, there);
    if (there) {
      TextView card = findViewById(R.id.model_card);
      background.run(
          () -> ModelCard.of(installed.bundle().read(CARD)).styled(this),
          card::setText,
          damaged -> card.setText(R.string.import_damaged));
    }
  }

  private void use() {
    BundleStore.of(this).use(installed.id());
    showState();
  }

  private void forgive() {
    Engine.of(this).forgive(installed);
    showState();
  }

  private void check() {
    Button button = findViewById(R.id.model_check);
    button.setEnabled(false);
    say(getText(R.string.model_checking));
    Engine engine = Engine.of(this);
    new Thread(
            () -> {
              CharSequence result = checked(engine);
              runOnUiThread(
                  () -> {
                    say(result);
                    button.setEnabled(true);
                    showState();
                  });
            },
            "golden-check")
        .start();
  }

  private CharSequence checked(Engine engine) {
    try {
      return verdict(engine.tryOut(installed));
    } catch (MalgwiException e) {
      return getString(R.string.model_check_error, e.getMessage());
    }
  }

  private CharSequence verdict(List<GoldenCheck> checks) {
    if (checks.isEmpty()) {
      return getText(R.string.model_check_no_clips);
    }
    double agreement = 0;
    for (GoldenCheck check : checks) {
      if (!check.sameText()) {
        return getString(R.string.model_check_failed, check.foundText(), check.expectedText());
      }
      agreement += check.agreement() / checks.size();
    }
    NumberFormat percent = NumberFormat.getPercentInstance();
    percent.setMaximumFractionDigits(1);
    return getResources()
        .getQuantityString(
            R.plurals.model_check_passed, checks.size(), checks.size(), percent.format(agreement));
  }

  private void say(CharSequence result) {
    TextView view = findViewById(R.id.model_check_result);
    view.setText(result);
    view.setVisibility(View.VISIBLE);
  }

  private AlertDialog askToDelete() {
    return new AlertDialog.Builder(this)
        .setMessage(getString(R.string.model_delete_question, installed.name()))
        .setNegativeButton(R.string.cancel, null)
        .setPositiveButton(R.string.delete, (dialog, which) -> delete())
        .create();
  }

  private void delete() {
    findViewById(R.id.model_delete).setEnabled(false);
    BundleStore bundles = BundleStore.of(this);
    background.run(
        () -> {
          bundles.delete(installed.id());
          return null;
        },
        nothing -> finish(),
        failure -> finish()); // it is no longer there
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    background.close();
  }
}
