package org.malgwi.app.backup;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.ActivityNotFoundException;
import android.content.Context;
import android.content.Intent;
import android.content.res.Resources;
import android.net.Uri;
import android.os.Bundle;
import android.text.format.DateFormat;
import android.text.format.Formatter;
import android.view.View;
import android.widget.EditText;
import android.widget.ProgressBar;
import android.widget.TextView;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.malgwi.app.R;
import org.malgwi.app.history.History;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.TopBar;
import org.malgwi.app.ui.Typed;

/** Saves the history as one file, with a password or without, and restores one. */
public final class BackupActivity extends Activity {
  private static final int SAVE = 1;
  private static final int OPEN = 2;
  private static final String SEALING = "sealing";
  private static final String DIALOG = "dialog";
  private static final String BUSY = "busy";
  private static final int[] PASSWORDS = {R.id.backup_password, R.id.backup_again, R.id.backup_key};
  private static final List<Integer> PARTS =
      List.of(R.id.backup_choose, R.id.backup_running, R.id.backup_locked, R.id.backup_end);

  private final Background background = new Background("backup-facts");
  private final Runnable show = this::show;
  private Backups backups;
  private Dialogs dialogs;

  /** Whether a password was typed for the back-up whose place is asked for. */
  private boolean sealing;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.backup);
    Edges.keepClear(this, findViewById(R.id.root));
    TopBar top = findViewById(R.id.top);
    top.setTitle(R.string.backup_title);
    top.showBack(this);
    backups = Backups.of(this);
    dialogs = new Dialogs(DIALOG, findViewById(R.id.root));
    dialogs.add(BUSY, about -> busy());
    if (state != null) {
      dialogs.restore(state);
    }
    sealing = state != null && state.getBoolean(SEALING);
    Typed typed = new Typed(this::showPasswords);
    password(R.id.backup_password).addTextChangedListener(typed);
    password(R.id.backup_again).addTextChangedListener(typed);
    findViewById(R.id.backup_save).setOnClickListener(button -> askWhereTo());
    findViewById(R.id.backup_restore).setOnClickListener(button -> askForOne());
    findViewById(R.id.backup_cancel).setOnClickListener(button -> backups.cancel());
    findViewById(R.id.backup_open).setOnClickListener(button -> unlock());
    findViewById(R.id.backup_refuse).setOnClickListener(button -> backups.forgetLast());
    if (getLastNonConfigurationInstance() instanceof String[] typedBefore) {
      for (int i = 0; i < PASSWORDS.length; i++) {
        password(PASSWORDS[i]).setText(typedBefore[i]);
      }
    }
    count();
  }

  /** What was typed goes from one instance to the next in memory, and nowhere else. */
  @Override
  public Object onRetainNonConfigurationInstance() {
    String[] typed = new String[PASSWORDS.length];
    for (int i = 0; i < PASSWORDS.length; i++) {
      typed[i] = password(PASSWORDS[i]).getText().toString();
    }
    return typed;
  }

  private EditText password(int id) {
    return findViewById(id);
  }

  /** What was typed, or null for nothing. */
  private char[] typed(int id) {
    String text = password(id).getText().toString();
    return text.isEmpty() ? null : text.toCharArray();
  }

  private void count() {
    History history = History.of(this);
    background.run(
        () -> BackupWriter.plan(history), this::showFacts, failure -> showFacts(List.of()));
  }

  void showFacts(List<Archive.Planned> plan) {
    long bytes = plan.stream().mapToLong(Archive.Planned::soundBytes).sum();
    int records = plan.size();
    boolean tooMany = records > Archive.MOST_RECORDS;
    CharSequence facts =
        records == 0
            ? getText(R.string.backup_nothing)
            : getResources()
                .getQuantityString(
                    R.plurals.backup_facts,
                    records,
                    records,
                    Formatter.formatShortFileSize(this, bytes));
    this.<TextView>findViewById(R.id.backup_facts)
        .setText(tooMany ? facts + "\n" + sentence(this, BackupProblem.TOO_MANY) : facts);
    findViewById(R.id.backup_writing)
        .setVisibility(records == 0 || tooMany ? View.GONE : View.VISIBLE);
  }

  /** A password is asked for twice, since a mistyped one loses everything. */
  private void showPasswords() {
    int repeated = typed(R.id.backup_password) == null ? View.GONE : View.VISIBLE;
    findViewById(R.id.backup_again_label).setVisibility(repeated);
    findViewById(R.id.backup_again).setVisibility(repeated);
    findViewById(R.id.backup_differ).setVisibility(View.GONE);
  }

  private void askWhereTo() {
    char[] password = typed(R.id.backup_password);
    sealing = password != null;
    if (sealing && !Arrays.equals(password, typed(R.id.backup_again))) {
      findViewById(R.id.backup_differ).setVisibility(View.VISIBLE);
      password(R.id.backup_again).requestFocus();
      return;
    }
    String day = DateFormat.format("yyyy-MM-dd", System.currentTimeMillis()).toString();
    Intent create =
        new Intent(Intent.ACTION_CREATE_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType(sealing ? "application/octet-stream" : "application/zip")
            .putExtra(
                Intent.EXTRA_TITLE,
                String.format(Locale.ROOT, "malgwi-%s.%s", day, sealing ? "malgwi-backup" : "zip"));
    ask(create, SAVE);
  }

  private void askForOne() {
    // A sealed one has no media type of its own.
    ask(
        new Intent(Intent.ACTION_OPEN_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType("*/*"),
        OPEN);
  }

  private void ask(Intent picker, int request) {
    try {
      startActivityForResult(picker, request);
    } catch (ActivityNotFoundException e) {
      sayEnd(getText(R.string.history_no_picker), "", R.drawable.ic_warning, R.string.back);
    }
  }

  @Override
  protected void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    Uri document = result == RESULT_OK && data != null ? data.getData() : null;
    if (document == null) {
      return;
    }
    if (request == OPEN) {
      if (!backups.restore(document, null)) {
        dialogs.open(BUSY);
      }
      return;
    }
    char[] password = typed(R.id.backup_password);
    if (sealing && password == null) {
      // The process was another meanwhile, and what was typed is gone: never without a password.
      forgetEmpty(document);
      sayEnd(getText(R.string.backup_password_lost), "", R.drawable.ic_warning, R.string.retry);
      return;
    }
    if (backups.save(document, password)) {
      clearPasswords();
    } else {
      forgetEmpty(document);
      dialogs.open(BUSY);
    }
  }

  /** The picker has made it, and nothing will be written to it. */
  private void forgetEmpty(Uri document) {
    background.run(
        () -> {
          new BackupDocument(getContentResolver(), document).forgetEmpty();
          return null;
        },
        nothing -> {},
        failure -> {});
  }

  /** There is one at a time. */
  private AlertDialog busy() {
    return new AlertDialog.Builder(this)
        .setMessage(R.string.backup_busy)
        .setNegativeButton(R.string.files_close, null)
        .create();
  }

  private void clearPasswords() {
    for (int id : PASSWORDS) {
      password(id).setText("");
    }
  }

  private void unlock() {
    char[] password = typed(R.id.backup_key);
    if (password != null && backups.state() instanceof Backups.Locked locked) {
      clearPasswords();
      backups.restore(locked.from(), password);
    }
  }

  @Override
  protected void onStart() {
    super.onStart();
    backups.watch(true);
    backups.listen(show);
    BackupService.seen(this);
    show();
  }

  @Override
  protected void onStop() {
    super.onStop();
    backups.watch(false);
    backups.unlisten(show);
  }

  private void show() {
    Backups.State state = backups.state();
    if (state instanceof Backups.Running now) {
      part(R.id.backup_running);
      showRunning(now);
    } else if (state instanceof Backups.Locked locked) {
      part(R.id.backup_locked);
      findViewById(R.id.backup_wrong).setVisibility(locked.wrong() ? View.VISIBLE : View.GONE);
    } else if (state instanceof Backups.Idle) {
      part(R.id.backup_choose);
    } else if (state instanceof Backups.Failed failed) {
      sayEnd(sentence(this, state), failed.detail(), R.drawable.ic_warning, remedy(failed));
    } else {
      count(); // there may be more now
      sayEnd(sentence(this, state), "", R.drawable.ic_check, R.string.files_close);
    }
  }

  private static int remedy(Backups.Failed failed) {
    return failed.problem() == BackupProblem.NO_SPACE
        ? R.string.problem_open_storage
        : R.string.retry;
  }

  private void part(int shown) {
    for (int part : PARTS) {
      findViewById(part).setVisibility(part == shown ? View.VISIBLE : View.GONE);
    }
  }

  private void showRunning(Backups.Running now) {
    CharSequence stage =
        getText(now.restoring() ? R.string.backup_restoring : R.string.backup_saving);
    TextView said = findViewById(R.id.backup_stage);
    // Set only when it changes, since it is read aloud.
    if (!stage.toString().contentEquals(said.getText())) {
      said.setText(stage);
    }
    ProgressBar bar = findViewById(R.id.backup_bar);
    bar.setIndeterminate(now.share() < 0);
    bar.setProgress((int) (now.share() * bar.getMax()));
  }

  private void sayEnd(CharSequence sentence, String detail, int icon, int action) {
    part(R.id.backup_end);
    this.<MessageView>findViewById(R.id.backup_message)
        .show(
            icon,
            sentence,
            action,
            () -> {
              backups.forgetLast();
              if (action == R.string.problem_open_storage) {
                Problem.open(this, Problem.STORAGE_FULL.remedy(this));
              } else if (action == R.string.files_close) {
                finish();
              }
              show();
            });
    TextView details = findViewById(R.id.backup_details);
    details.setVisibility(detail.isEmpty() ? View.GONE : View.VISIBLE);
    details.setText(detail);
  }

  /** What came of it, for people. */
  static String sentence(Context context, Backups.State state) {
    Resources words = context.getResources();
    if (state instanceof Backups.Saved saved) {
      int records = saved.records().records();
      int leftOut = saved.records().leftOut();
      String said = words.getQuantityString(R.plurals.backup_saved, records, records);
      return leftOut == 0
          ? said
          : said + " " + words.getQuantityString(R.plurals.backup_damaged, leftOut, leftOut);
    }
    if (state instanceof Backups.Restored restored) {
      int added = restored.records().added();
      int there = restored.records().there();
      String said = words.getQuantityString(R.plurals.backup_restored, added, added);
      return there == 0
          ? said
          : said + " " + words.getQuantityString(R.plurals.backup_there, there, there);
    }
    if (state instanceof Backups.Failed failed) {
      return sentence(context, failed.problem());
    }
    return context.getString(R.string.backup_locked);
  }

  private static String sentence(Context context, BackupProblem problem) {
    return context.getString(problem.sentence(), Archive.MOST_RECORDS);
  }

  @Override
  protected void onSaveInstanceState(Bundle state) {
    super.onSaveInstanceState(state);
    state.putBoolean(SEALING, sealing);
    dialogs.save(state);
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    background.close();
  }
}
