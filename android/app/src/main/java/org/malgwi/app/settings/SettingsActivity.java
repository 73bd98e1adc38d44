package org.malgwi.app.settings;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Intent;
import android.os.Bundle;
import android.view.View;
import android.widget.EditText;
import android.widget.Switch;
import android.widget.TextView;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.malgwi.app.R;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Installed;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;
import org.malgwi.app.ui.TopBar;
import org.malgwi.app.ui.Typed;

/** What the user can set. Every change counts at once. */
public final class SettingsActivity extends Activity {
  private static final List<Integer> PAUSES_MS = List.of(1_000, 1_500, 3_000, 5_000, 0);
  private static final List<Integer> THREADS = List.of(0, 1, 2, 4);

  private static final String DIALOG = "dialog";
  private static final String PAUSE = "pause";
  private static final String THREAD_COUNT = "threads";

  private Preferences preferences;
  private Dialogs dialogs;
  private Background background;
  private EditText hotwords;
  private HotwordFiles hotwordFiles;

  /** Null: there is none. */
  private Installed model;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.settings);
    Edges.keepClear(this, findViewById(R.id.root));
    TopBar top = findViewById(R.id.top);
    top.setTitle(R.string.menu_settings);
    top.showBack(this);
    preferences = new Preferences(this);
    background = new Background("malgwi-settings");
    connect(R.id.settings_history, preferences.keepHistory(), this::keepHistory);
    connect(R.id.settings_audio, preferences.keepAudio(), preferences::setKeepAudio);
    connect(R.id.settings_any_language, preferences.anyLanguage(), preferences::setAnyLanguage);
    connect(R.id.settings_starts, preferences.keyboardStarts(), preferences::setKeyboardStarts);
    connect(R.id.settings_returns, preferences.keyboardReturns(), preferences::setKeyboardReturns);
    keepHistory(preferences.keepHistory());
    dialogs = new Dialogs(DIALOG, findViewById(R.id.root));
    dialogs.add(
        PAUSE,
        about ->
            choose(
                R.string.settings_pause,
                R.array.settings_pauses,
                PAUSES_MS.indexOf(preferences.pauseMs()),
                which -> preferences.setPauseMs(PAUSES_MS.get(which))));
    dialogs.add(
        THREAD_COUNT,
        about ->
            choose(
                R.string.settings_threads,
                R.array.settings_thread_counts,
                THREADS.indexOf(preferences.threads()),
                which -> preferences.setThreads(THREADS.get(which))));
    findViewById(R.id.settings_pause).setOnClickListener(row -> dialogs.open(PAUSE));
    findViewById(R.id.settings_threads).setOnClickListener(row -> dialogs.open(THREAD_COUNT));
    findViewById(R.id.settings_model)
        .setOnClickListener(row -> startActivity(Screens.of(this).place(Place.MODELS)));
    findViewById(R.id.settings_backup)
        .setOnClickListener(row -> startActivity(Screens.of(this).backup()));
    hotwords = findViewById(R.id.settings_hotwords);
    if (state == null) {
      hotwords.setText(preferences.hotwordLines());
    }
    hotwords.addTextChangedListener(new Typed(this::markHotwords));
    hotwordFiles = new HotwordFiles(this, hotwords, dialogs, background);
    findViewById(R.id.settings_hotwords_import)
        .setOnClickListener(button -> hotwordFiles.askForOne());
    findViewById(R.id.settings_hotwords_export).setOnClickListener(button -> hotwordFiles.askHow());
    if (state != null) {
      dialogs.restore(state);
    }
  }

  @Override
  protected void onSaveInstanceState(Bundle state) {
    super.onSaveInstanceState(state);
    dialogs.save(state);
  }

  @Override
  protected void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    hotwordFiles.answered(request, result, data);
  }

  @Override
  protected void onResume() {
    super.onResume();
    String stored = preferences.hotwordLines();
    if (!stored.contentEquals(hotwords.getText())) {
      hotwords.setText(stored); // by another such screen, which the phone's settings open
    }
    showChosen();
  }

  @Override
  protected void onPause() {
    super.onPause();
    preferences.setHotwordLines(hotwords.getText().toString());
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    background.close();
  }

  private void connect(int id, boolean on, Consumer<Boolean> keep) {
    Switch one = findViewById(id);
    one.setSaveEnabled(false);
    one.setChecked(on);
    one.setOnCheckedChangeListener((button, now) -> keep.accept(now));
  }

  /** Sound is kept with its text only. */
  private void keepHistory(boolean keep) {
    preferences.setKeepHistory(keep);
    findViewById(R.id.settings_audio).setEnabled(keep);
  }

  private AlertDialog choose(int title, int labels, int chosen, IntConsumer keep) {
    return new AlertDialog.Builder(this)
        .setTitle(title)
        .setSingleChoiceItems(
            labels,
            chosen,
            (dialog, which) -> {
              keep.accept(which);
              showChosen();
              dialog.dismiss();
            })
        .setNegativeButton(R.string.cancel, null)
        .create();
  }

  private void showChosen() {
    show(R.id.settings_pause_value, R.array.settings_pauses, PAUSES_MS, preferences.pauseMs());
    show(
        R.id.settings_threads_value,
        R.array.settings_thread_counts,
        THREADS,
        preferences.threads());
    background.run(
        () -> BundleStore.of(this).current(), this::showModel, failure -> showModel(null));
  }

  private void showModel(Installed current) {
    TextView value = findViewById(R.id.settings_model_value);
    value.setText(current == null ? getText(R.string.settings_no_model) : current.name());
    model = current;
    markHotwords();
  }

  /** Says which hotwords the model can't spell: it would never listen for them. */
  private void markHotwords() {
    Installed by = model;
    String lines = hotwords.getText().toString();
    findViewById(R.id.settings_hotwords_export)
        .setVisibility(Preferences.hotwords(lines).isEmpty() ? View.GONE : View.VISIBLE);
    background.run(
        () -> unspellable(by, lines), this::showUnspellable, failure -> showUnspellable(List.of()));
  }

  private static List<String> unspellable(Installed model, String lines) {
    return model == null
        ? List.of()
        : Preferences.hotwords(lines).stream()
            .filter(word -> !model.bundle().decoding().canSpell(word))
            .collect(Collectors.toList());
  }

  private void showUnspellable(List<String> words) {
    TextView mark = findViewById(R.id.settings_hotwords_unspellable);
    mark.setVisibility(words.isEmpty() ? View.GONE : View.VISIBLE);
    mark.setText(getString(R.string.settings_hotwords_unspellable, String.join(", ", words)));
  }

  private void show(int id, int labels, List<Integer> values, int value) {
    View view = findViewById(id);
    int index = values.indexOf(value);
    ((TextView) view)
        .setText(
            index < 0 ? Integer.toString(value) : getResources().getStringArray(labels)[index]);
  }
}
