package org.malgwi.app.ui;

import android.app.AlertDialog;
import android.os.Bundle;
import android.view.View;
import java.util.HashMap;
import java.util.Map;

/**
 * The dialog that a screen has open. When the screen is made anew, since the phone was turned or
 * its window has another size, the dialog is open again, with what was typed into it. It goes when
 * the screen goes. Main thread only.
 */
public final class Dialogs {
  /** Makes a dialog, which isn't shown yet. */
  @FunctionalInterface
  public interface Maker {
    /**
     * Makes it.
     *
     * @param about what it was opened with
     */
    AlertDialog make(Bundle about);
  }

  private static final String NAME = "name";
  private static final String ABOUT = "about";
  private static final String VIEWS = "views";

  private final String key;
  private final Map<String, Maker> makers = new HashMap<>();
  private String name;
  private Bundle about;
  private AlertDialog open;

  /**
   * @param key of its state, among what else the screen keeps
   * @param screen over which it opens
   */
  public Dialogs(String key, View screen) {
    this.key = key;
    screen.addOnAttachStateChangeListener(
        new View.OnAttachStateChangeListener() {
          @Override
          public void onViewAttachedToWindow(View view) {}

          @Override
          public void onViewDetachedFromWindow(View view) {
            close();
          }
        });
  }

  /** Teaches it a dialog; to be called before {@link #restore}. */
  public void add(String its, Maker maker) {
    makers.put(its, maker);
  }

  /** Opens one that was {@link #add added}. */
  public void open(String its) {
    open(its, new Bundle());
  }

  /** Opens one, in place of the one that is open. */
  public void open(String its, Bundle with) {
    make(its, with);
    open.show();
  }

  private void make(String its, Bundle with) {
    close();
    name = its;
    about = with;
    open = makers.get(its).make(with);
  }

  /** Puts the dialog that is open where {@link #restore} finds it. */
  public void save(Bundle state) {
    if (open != null && open.isShowing()) {
      Bundle its = new Bundle();
      its.putString(NAME, name);
      its.putBundle(ABOUT, about);
      its.putBundle(VIEWS, open.onSaveInstanceState());
      state.putBundle(key, its);
    }
  }

  /** Opens the one that was open. */
  public void restore(Bundle state) {
    Bundle its = state.getBundle(key);
    if (its != null) {
      make(its.getString(NAME), its.getBundle(ABOUT));
      open.onRestoreInstanceState(its.getBundle(VIEWS)); // shows it
    }
  }

  /** Closes the one that is open. */
  public void close() {
    if (open != null) {
      open.dismiss();
      open = null;
    }
  }
}
