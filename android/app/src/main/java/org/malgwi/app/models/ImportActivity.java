package org.malgwi.app.models;

import android.app.Activity;
import android.content.ActivityNotFoundException;
import android.content.Context;
import android.content.Intent;
import android.net.Uri;
import android.os.Bundle;
import android.os.Parcelable;
import android.text.format.Formatter;
import android.view.View;
import android.widget.ProgressBar;
import android.widget.TextView;
import org.malgwi.android.Refused;
import org.malgwi.app.R;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.TopBar;

/**
 * Takes in a bundle that the user picks here, or that another app opens or shares: the latter after
 * a question, since any app can start this, and a model runs with the right to hear. An import goes
 * on when this is left.
 */
public final class ImportActivity extends Activity {
  private static final int PICK = 1;

  private Import running;

  /** Lets the user pick a file. */
  public static Intent choose(Context context) {
    return new Intent(context, ImportActivity.class);
  }

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.import_model);
    Edges.keepClear(this, findViewById(R.id.root));
    TopBar top = findViewById(R.id.top);
    top.setTitle(R.string.import_title);
    top.showBack(this);
    findViewById(R.id.import_cancel).setOnClickListener(button -> cancel());
    findViewById(R.id.import_refuse).setOnClickListener(button -> cancel());
    findViewById(R.id.import_confirm).setOnClickListener(button -> running.confirm());
    findViewById(R.id.import_later).setOnClickListener(button -> finish());
    running = (Import) getLastNonConfigurationInstance();
    Uri uri = uri(getIntent());
    if (running != null) {
      running.listen(this::show);
    } else if (uri != null) {
      read(uri, false);
    } else if (state == null) {
      pick();
    }
  }

  private void cancel() {
    running.cancel();
    finish();
  }

  @SuppressWarnings("deprecation") // the typed way came with Android 13
  private static Uri uri(Intent intent) {
    if (!Intent.ACTION_SEND.equals(intent.getAction())) {
      return intent.getData();
    }
    try {
      Parcelable sent = intent.getParcelableExtra(Intent.EXTRA_STREAM);
      return sent instanceof Uri uri ? uri : null;
    } catch (RuntimeException e) {
      return null; // extras that can't be unpacked
    }
  }

  private void pick() {
    Intent any = new Intent(Intent.ACTION_OPEN_DOCUMENT);
    any.addCategory(Intent.CATEGORY_OPENABLE);
    // A bundle has no media type of its own.
    any.setType("*/*");
    try {
      startActivityForResult(any, PICK);
    } catch (ActivityNotFoundException e) {
      show(new Import.Failed(new Refused(Refused.Reason.UNREADABLE, "there is no file picker", e)));
    }
  }

  @Override
  protected void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    if (result == RESULT_OK && data != null && data.getData() != null) {
      read(data.getData(), true);
    } else {
      finish();
    }
  }

  private void read(Uri uri, boolean chosen) {
    running = new Import(getApplicationContext(), uri, chosen);
    running.listen(this::show);
  }

  private void show(Import.State state) {
    findViewById(R.id.import_question).setVisibility(View.GONE);
    findViewById(R.id.import_running).setVisibility(View.GONE);
    findViewById(R.id.import_done).setVisibility(View.GONE);
    findViewById(R.id.import_refused).setVisibility(View.GONE);
    if (state instanceof Import.Asking question) {
      showQuestion(question);
    } else if (state instanceof Import.Running now) {
      showRunning(now);
    } else if (state instanceof Import.Done done) {
      showDone(done.installed());
    } else if (state instanceof Import.Failed failed) {
      showRefused(failed.reason());
    } else {
      finish();
    }
  }

  private void showQuestion(Import.Asking question) {
    findViewById(R.id.import_question).setVisibility(View.VISIBLE);
    showName(R.id.import_question_file, question.file());
    this.<TextView>findViewById(R.id.import_from)
        .setText(
            question.size() < 0
                ? getString(R.string.import_from, question.from())
                : getString(
                    R.string.import_from_size,
                    question.from(),
                    Formatter.formatShortFileSize(this, question.size())));
  }

  private void showName(int view, String name) {
    this.<TextView>findViewById(view)
        .setText(name == null ? getText(R.string.import_unnamed) : name);
  }

  private void showRunning(Import.Running now) {
    findViewById(R.id.import_running).setVisibility(View.VISIBLE);
    showName(R.id.import_file, now.file());
    CharSequence stage =
        getText(
            switch (now.stage()) {
              case COPYING -> R.string.import_copying;
              case CHECKING -> R.string.import_checking;
              case TRYING -> R.string.import_trying;
            });
    TextView shown = findViewById(R.id.import_stage);
    // Set only when it changes, since it is read aloud.
    if (!stage.toString().contentEquals(shown.getText())) {
      shown.setText(stage);
    }
    ProgressBar bar = findViewById(R.id.import_bar);
    bar.setIndeterminate(now.share() < 0);
    bar.setProgress((int) (now.share() * bar.getMax()));
  }

  private void showDone(Installed installed) {
    findViewById(R.id.import_done).setVisibility(View.VISIBLE);
    this.<TextView>findViewById(R.id.import_done_sentence)
        .setText(getString(R.string.import_done, installed.name()));
    new ModelFacts(this, installed).fill(findViewById(R.id.model_facts));
    boolean current = installed.equals(BundleStore.of(this).current());
    findViewById(R.id.import_use).setVisibility(current ? View.GONE : View.VISIBLE);
    this.<TextView>findViewById(R.id.import_later)
        .setText(current ? R.string.import_close : R.string.import_later);
    findViewById(R.id.import_use)
        .setOnClickListener(
            button -> {
              BundleStore.of(this).use(installed.id());
              finish();
            });
  }

  void showRefused(Refused refused) {
    findViewById(R.id.import_refused).setVisibility(View.VISIBLE);
    boolean space = refused.reason() == Refused.Reason.NO_SPACE;
    this.<MessageView>findViewById(R.id.import_message)
        .show(
            R.drawable.ic_warning,
            getText(Sentences.of(refused.reason())),
            space ? R.string.import_storage : R.string.import_choose,
            space ? this::openStorage : this::pick);
    this.<TextView>findViewById(R.id.import_details).setText(refused.getMessage());
  }

  private void openStorage() {
    Problem.open(this, Problem.STORAGE_FULL.remedy(this));
  }

  @Override
  public Object onRetainNonConfigurationInstance() {
    return running;
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    if (running != null && isFinishing()) {
      running.leave();
    } else if (running != null) {
      running.listen(null);
    }
  }
}
