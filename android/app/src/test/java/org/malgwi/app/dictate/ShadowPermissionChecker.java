package org.malgwi.app.dictate;

import android.content.AttributionSource;
import android.content.Context;
import android.content.PermissionChecker;
import android.content.pm.PackageManager;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;

/** Robolectric has no service of permissions: answers from those that the app was granted. */
@Implements(PermissionChecker.class)
public class ShadowPermissionChecker {
  private static int check(String permission) {
    return RuntimeEnvironment.getApplication().checkSelfPermission(permission)
            == PackageManager.PERMISSION_GRANTED
        ? PermissionChecker.PERMISSION_GRANTED
        : PermissionChecker.PERMISSION_HARD_DENIED;
  }

  @Implementation
  protected static void finishDataDelivery(Context context, String op, AttributionSource source) {}

  @Implementation
  protected static int checkPermissionForPreflight(
      Context context, String permission, AttributionSource source) {
    return check(permission);
  }

  @Implementation
  protected static int checkPermissionForDataDelivery(
      Context context, String permission, int pid, AttributionSource source, String message) {
    return check(permission);
  }

  @Implementation
  protected static int checkPermissionAndStartDataDelivery(
      Context context, String permission, AttributionSource source, String message) {
    return check(permission);
  }
}
