package org.malgwi.app.history;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.view.View;
import org.malgwi.app.R;
import org.malgwi.app.ui.MessageView;

/**
 * The transcript that was opened from the list: beside it where the window is wide enough, else in
 * a window of its own. It stays open when the window becomes narrower or wider. Main thread only.
 */
final class HistoryPane implements TranscriptScreen.Host {
  private static final String ID = "org.malgwi.app.OPEN";
  private static final String SCREEN = "org.malgwi.app.OPEN_SCREEN";
  private static final int OPEN = 8;

  private final Activity activity;
  private final Runnable changed;

  /** Saves what was asked for before the window became another one. */
  private final TranscriptActions actions;

  /** Null where the window has no room for it. */
  private final TranscriptScreen screen;

  private final View pane;
  private final MessageView nothing;

  /** What is to be opened as soon as the list is shown, and how it stood. */
  private long next = TranscriptScreen.NONE;

  private Bundle nextScreen;

  /**
   * @param tab holds the list, and this
   * @param changed is told when an entry is another in the list, too
   * @param actions of the tab
   */
  HistoryPane(Activity activity, View tab, Runnable changed, TranscriptActions actions) {
    this.activity = activity;
    this.changed = changed;
    this.actions = actions;
    pane = tab.findViewById(R.id.history_pane);
    screen = tab.findViewById(R.id.history_transcript);
    nothing = tab.findViewById(R.id.history_nothing_open);
    if (screen != null) {
      screen.connect(activity, this);
      nothing.show(R.drawable.ic_history, activity.getText(R.string.history_nothing_open), 0, null);
      close();
    }
  }

  /** The entry that stands beside the list, or {@link TranscriptScreen#NONE}. */
  long id() {
    return screen == null ? TranscriptScreen.NONE : screen.id();
  }

  /** Opens an entry. */
  void open(long id) {
    if (id != id()) {
      open(id, null);
    }
  }

  private void open(long id, Bundle was) {
    if (screen == null) {
      activity.startActivityForResult(TranscriptActivity.fromList(activity, id, was), OPEN);
    } else {
      screen.open(id, was);
      screen.setVisibility(View.VISIBLE);
      nothing.setVisibility(View.GONE);
    }
  }

  /** Shows none beside the list; what was being written is kept. */
  void close() {
    if (screen != null) {
      screen.close();
      screen.setVisibility(View.GONE);
      nothing.setVisibility(View.VISIBLE);
    }
  }

  /** Makes room for itself, unless there is nothing that could be opened. */
  void makeRoom(boolean isAny) {
    if (pane != null) {
      pane.setVisibility(isAny ? View.VISIBLE : View.GONE);
    }
  }

  /** The list has come to the front. */
  void shown() {
    if (next != TranscriptScreen.NONE) {
      open(next, nextScreen);
      next = TranscriptScreen.NONE;
      nextScreen = null;
    } else if (screen != null) {
      screen.refresh();
    }
  }

  /** Something else is in front. */
  void hidden() {
    if (screen != null) {
      screen.hidden();
      screen.end();
    }
  }

  /** Puts what is open where {@link #restore} finds it. */
  void save(Bundle state) {
    if (next != TranscriptScreen.NONE) { // it was never shown
      state.putLong(ID, next);
      state.putBundle(SCREEN, nextScreen);
    } else if (id() != TranscriptScreen.NONE) {
      state.putLong(ID, id());
      state.putBundle(SCREEN, screen.save());
    }
  }

  /** Takes what {@link #save} put there, before it is {@link #shown}. */
  void restore(Bundle state) {
    next = state.getLong(ID, TranscriptScreen.NONE);
    nextScreen = state.getBundle(SCREEN);
  }

  /**
   * What an activity answers, before this is {@link #shown}: the window may be a new one, in which
   * nothing is open yet, or which has no room for it.
   */
  void answered(int request, int result, Intent data) {
    if (request != OPEN) {
      actions.answered(request, result, data, next == TranscriptScreen.NONE ? id() : next);
    } else if (result == Activity.RESULT_OK && data != null) { // there is room for it by now
      next = data.getLongExtra(TranscriptActivity.EXTRA_ID, TranscriptScreen.NONE);
      nextScreen = data.getBundleExtra(TranscriptActivity.EXTRA_SCREEN);
    }
  }

  @Override
  public void changed() {
    changed.run();
  }

  @Override
  public void deleted() {
    close();
    changed.run(); // which offers it back
  }

  @Override
  public void left() {
    close();
    changed.run();
  }
}
