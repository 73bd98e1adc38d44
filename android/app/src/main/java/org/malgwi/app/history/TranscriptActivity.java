package org.malgwi.app.history;

import android.app.Activity;
import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import org.malgwi.app.R;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.TopBar;

/**
 * A transcript in a window of its own. One that was opened from the list goes back to it as soon as
 * the window has room for both.
 */
public final class TranscriptActivity extends Activity implements TranscriptScreen.Host {
  static final String EXTRA_ID = "org.malgwi.app.ENTRY";
  private static final String EXTRA_FROM_LIST = "org.malgwi.app.FROM_LIST";

  /** What {@link TranscriptScreen#save} gave. */
  static final String EXTRA_SCREEN = "org.malgwi.app.SCREEN";

  /** Null when this goes back to the list. */
  private TranscriptScreen screen;

  /** Opens entry {@code id} of the history. */
  public static Intent intent(Context context, long id) {
    return new Intent(context, TranscriptActivity.class).putExtra(EXTRA_ID, id);
  }

  /**
   * Opens it from the list. Where the window becomes wide enough for both, the result is OK, and
   * its data has {@link #EXTRA_ID} and {@link #EXTRA_SCREEN}.
   *
   * @param was how its screen stood; null: it wasn't open
   */
  static Intent fromList(Context context, long id, Bundle was) {
    return intent(context, id).putExtra(EXTRA_FROM_LIST, true).putExtra(EXTRA_SCREEN, was);
  }

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    long id = getIntent().getLongExtra(EXTRA_ID, TranscriptScreen.NONE);
    Bundle was = (state == null ? getIntent().getExtras() : state).getBundle(EXTRA_SCREEN);
    if (getIntent().getBooleanExtra(EXTRA_FROM_LIST, false)
        && getResources().getBoolean(R.bool.two_panes)) {
      setResult(RESULT_OK, new Intent().putExtra(EXTRA_ID, id).putExtra(EXTRA_SCREEN, was));
      finish();
      return;
    }
    setContentView(R.layout.transcript);
    screen = findViewById(R.id.root);
    Edges.keepClear(this, screen);
    this.<TopBar>findViewById(R.id.top).showBack(this);
    screen.connect(this, this);
    screen.open(id, was);
  }

  @Override
  protected void onPause() {
    super.onPause();
    if (screen != null) {
      screen.hidden();
    }
  }

  @Override
  protected void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    if (screen != null) {
      screen.answered(request, result, data);
    }
  }

  @Override
  protected void onSaveInstanceState(Bundle state) {
    super.onSaveInstanceState(state);
    if (screen != null) {
      state.putBundle(EXTRA_SCREEN, screen.save());
    }
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    if (screen != null) {
      screen.end();
    }
  }

  @Override
  public void changed() {}

  @Override
  public void deleted() {
    screen.sayDeleted();
  }

  @Override
  public void left() {
    finish();
  }
}
