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

  private TranscriptScreen screen;

  /** Nothing is opened here, since the window has room for the list, too. */
  private boolean goesBack;

  /** How the screen stood before this window. */
  private Bundle was;

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
    was = (state == null ? getIntent().getExtras() : state).getBundle(EXTRA_SCREEN);
    goesBack =
        getIntent().getBooleanExtra(EXTRA_FROM_LIST, false)
            && getResources().getBoolean(R.bool.two_panes);
    setContentView(R.layout.transcript);
    screen = findViewById(R.id.root);
    Edges.keepClear(this, screen);
    this.<TopBar>findViewById(R.id.top).showBack(this);
    screen.connect(this, this);
    if (!goesBack) {
      screen.open(id(), was);
    }
  }

  private long id() {
    return getIntent().getLongExtra(EXTRA_ID, TranscriptScreen.NONE);
  }

  /** Goes back only here: where to save it may have been asked for, and is answered before. */
  @Override
  protected void onResume() {
    super.onResume();
    if (goesBack) {
      setResult(RESULT_OK, new Intent().putExtra(EXTRA_ID, id()).putExtra(EXTRA_SCREEN, was));
      finish();
    }
  }

  @Override
  protected void onPause() {
    super.onPause();
    screen.hidden();
  }

  @Override
  protected void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    screen.answered(request, result, data, id());
  }

  @Override
  protected void onSaveInstanceState(Bundle state) {
    super.onSaveInstanceState(state);
    state.putBundle(EXTRA_SCREEN, goesBack ? was : screen.save());
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    screen.end();
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
