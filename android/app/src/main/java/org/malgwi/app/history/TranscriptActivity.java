package org.malgwi.app.history;

import android.app.Activity;
import android.content.Context;
import android.content.Intent;

/** One transcript of the history: read, listen, correct, share. */
public final class TranscriptActivity extends Activity {
  private static final String EXTRA_ID = "org.malgwi.app.ENTRY";

  /** Opens entry {@code id} of the history. */
  public static Intent intent(Context context, long id) {
    return new Intent(context, TranscriptActivity.class).putExtra(EXTRA_ID, id);
  }
}
