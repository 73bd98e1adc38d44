package org.malgwi.app;

import android.app.Activity;
import android.content.Context;
import android.content.Intent;
import android.content.res.ColorStateList;
import android.os.Bundle;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.widget.FrameLayout;
import android.widget.ImageView;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.util.EnumMap;
import java.util.Map;
import org.malgwi.app.files.FilesTab;
import org.malgwi.app.history.HistoryTab;
import org.malgwi.app.models.CrashNotice;
import org.malgwi.app.models.ModelsTab;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.selftest.SelfTestActivity;
import org.malgwi.app.settings.AboutActivity;
import org.malgwi.app.settings.SettingsActivity;
import org.malgwi.app.settings.SetupActivity;
import org.malgwi.app.speak.SpeakTab;
import org.malgwi.app.ui.ActionButton;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Tab;
import org.malgwi.app.ui.TopBar;

/** The four tabs and the bar between them. */
public final class MainActivity extends Activity {
  /** Which place of the bar to open: the name of a {@link Place}. */
  public static final String EXTRA_PLACE = "org.malgwi.app.PLACE";

  /** Opens one of the places, in the app's own task, from wherever {@code context} is. */
  static Intent intent(Context context, Place place) {
    return new Intent(context, MainActivity.class)
        .putExtra(EXTRA_PLACE, place.name())
        .addFlags(
            Intent.FLAG_ACTIVITY_NEW_TASK
                | Intent.FLAG_ACTIVITY_CLEAR_TOP
                | Intent.FLAG_ACTIVITY_SINGLE_TOP);
  }

  private static final String DIALOG = "org.malgwi.app.DIALOG";

  private final Map<Place, Tab> tabs = new EnumMap<>(Place.class);
  private final Map<Place, View> buttons = new EnumMap<>(Place.class);
  private Place place = Place.SPEAK;
  private Dialogs dialogs;
  private boolean resumed;
  private Runnable leaveBack = () -> {};

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.main);
    Edges.keepClear(this, findViewById(R.id.root));
    dialogs = new Dialogs(DIALOG, findViewById(R.id.root));
    CrashNotice.teach(this, dialogs);
    TopBar top = findViewById(R.id.top);
    top.showMenu(R.menu.main, this::open);
    LinearLayout bar = findViewById(R.id.tabs);
    for (Place one : Place.values()) {
      View button = LayoutInflater.from(this).inflate(R.layout.tab, bar, false);
      TextView label = button.findViewById(R.id.tab_label);
      label.setText(one.label());
      ActionButton.limit(label);
      button.<ImageView>findViewById(R.id.tab_icon).setImageResource(one.icon());
      button.setOnClickListener(view -> go(one));
      bar.addView(button);
      buttons.put(one, button);
    }
    show(
        place(
            state == null
                ? getIntent().getStringExtra(EXTRA_PLACE)
                : state.getString(EXTRA_PLACE)));
    if (state != null) {
      tabs.get(place).restore(state);
      dialogs.restore(state);
    } else if (Intent.ACTION_MAIN.equals(getIntent().getAction())) {
      leadThroughSetupOnce();
    }
  }

  /** At the first start; not after an update, when the microphone has been asked for. */
  private void leadThroughSetupOnce() {
    Preferences preferences = new Preferences(this);
    if (!preferences.setupShown() && !preferences.microphoneAsked()) {
      preferences.setSetupShown();
      startActivity(new Intent(this, SetupActivity.class));
    }
  }

  @Override
  protected void onNewIntent(Intent intent) {
    super.onNewIntent(intent);
    setIntent(intent);
    if (intent.hasExtra(EXTRA_PLACE)) {
      go(place(intent.getStringExtra(EXTRA_PLACE)));
    }
  }

  private static Place place(String name) {
    for (Place one : Place.values()) {
      if (one.name().equals(name)) {
        return one;
      }
    }
    return Place.SPEAK;
  }

  /** Changes to a tab. */
  public void go(Place next) {
    if (resumed) {
      tabs.get(place).hidden();
    }
    show(next);
    if (resumed) {
      tabs.get(place).shown();
    }
  }

  /** Goes to the first place, and only from there out of the app. */
  @Override
  @SuppressWarnings("deprecation") // what Android 8 to 12 call
  public void onBackPressed() {
    if (tabs.get(place).back()) {
      return;
    }
    if (place == Place.SPEAK) {
      super.onBackPressed();
    } else {
      go(Place.SPEAK);
    }
  }

  private void show(Place next) {
    place = next;
    leaveBack.run();
    leaveBack = next == Place.SPEAK ? () -> {} : Platform.onBack(this, this::onBackPressed);
    Tab tab =
        tabs.computeIfAbsent(
            next,
            missing ->
                switch (missing) {
                  case SPEAK -> new SpeakTab(this);
                  case FILES -> new FilesTab(this);
                  case HISTORY -> new HistoryTab(this);
                  case MODELS -> new ModelsTab(this);
                });
    this.<TopBar>findViewById(R.id.top).setTitle(next.label());
    FrameLayout content = findViewById(R.id.content);
    content.removeAllViews();
    content.addView(
        tab.view(),
        new FrameLayout.LayoutParams(
            ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.MATCH_PARENT));
    buttons.forEach((one, button) -> mark(button, one == next));
  }

  /** Marks the chosen place by colour, by a shape behind its icon, and for screen readers. */
  private void mark(View button, boolean chosen) {
    int colour = getColor(chosen ? R.color.accent : R.color.text_soft);
    button.setSelected(chosen);
    button.<ImageView>findViewById(R.id.tab_icon).setImageTintList(ColorStateList.valueOf(colour));
    button.<TextView>findViewById(R.id.tab_label).setTextColor(colour);
    button.findViewById(R.id.tab_mark).setBackgroundResource(chosen ? R.drawable.tab_mark : 0);
  }

  private void open(int item) {
    if (item == R.id.setup) {
      startActivity(new Intent(this, SetupActivity.class));
    } else if (item == R.id.settings) {
      startActivity(new Intent(this, SettingsActivity.class));
    } else if (item == R.id.self_test) {
      startActivity(new Intent(this, SelfTestActivity.class));
    } else {
      startActivity(new Intent(this, AboutActivity.class));
    }
  }

  @Override
  protected void onResume() {
    super.onResume();
    resumed = true;
    CrashNotice.showOnce(this, dialogs);
    tabs.get(place).shown();
  }

  @Override
  protected void onPause() {
    super.onPause();
    resumed = false;
    tabs.get(place).hidden();
  }

  @Override
  protected void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    tabs.get(place).answered(request, result, data);
  }

  @Override
  protected void onSaveInstanceState(Bundle state) {
    super.onSaveInstanceState(state);
    state.putString(EXTRA_PLACE, place.name());
    tabs.get(place).save(state);
    dialogs.save(state);
  }
}
