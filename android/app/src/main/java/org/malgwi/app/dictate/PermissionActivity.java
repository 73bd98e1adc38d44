package org.malgwi.app.dictate;

import android.app.Activity;
import android.os.Bundle;
import org.malgwi.app.listen.RecordPermission;
import org.malgwi.app.problem.Problem;

/**
 * Asks for the permission to record on behalf of the keyboard, which has no activity, and goes;
 * where asking is no longer of use, opens the settings that give it.
 */
public final class PermissionActivity extends Activity {
  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    if (state != null) {
      return; // the question is still there
    }
    if (RecordPermission.granted(this)) {
      finish();
    } else if (RecordPermission.missing(this) == Problem.MICROPHONE_REFUSED) {
      Problem.open(this, Problem.MICROPHONE_REFUSED.remedy(this));
      finish();
    } else {
      RecordPermission.ask(this, 0);
    }
  }

  @Override
  public void onRequestPermissionsResult(int code, String[] permissions, int[] answers) {
    finish();
  }
}
