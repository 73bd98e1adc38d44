package org.malgwi.app.listen;

import android.content.Context;
import android.os.Handler;
import android.os.Looper;
import android.widget.Toast;
import java.io.IOException;
import org.malgwi.android.AudioInput;
import org.malgwi.android.Sound;
import org.malgwi.app.R;
import org.malgwi.app.preferences.Preferences;

/**
 * The library's microphone. That other apps may be heard, because the system doesn't let this one
 * ask them to be quiet, is said once.
 */
public final class Microphone implements AudioInput {
  private final AudioInput heard;

  public Microphone(Context context) {
    Context app = context.getApplicationContext();
    heard = new org.malgwi.android.Microphone(app, () -> sayOnce(app));
  }

  @Override
  public Sound open() throws IOException {
    return heard.open();
  }

  @Override
  public boolean takesTurns() {
    return heard.takesTurns();
  }

  private static void sayOnce(Context context) {
    Preferences preferences = new Preferences(context);
    if (!preferences.othersHeardSaid()) {
      preferences.setOthersHeardSaid();
      new Handler(Looper.getMainLooper())
          .post(
              () ->
                  Toast.makeText(context, R.string.listen_others_heard, Toast.LENGTH_LONG).show());
    }
  }
}
