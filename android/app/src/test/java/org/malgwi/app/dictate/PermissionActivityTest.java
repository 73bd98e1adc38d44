package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Application;
import android.content.pm.PackageManager;
import android.provider.Settings;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.preferences.Preferences;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowActivity;

@RunWith(RobolectricTestRunner.class)
public class PermissionActivityTest {
  private final Application app = RuntimeEnvironment.getApplication();

  private static PermissionActivity open() {
    return Robolectric.buildActivity(PermissionActivity.class).setup().get();
  }

  @Test
  public void whatIsGrantedIsNotAskedFor() {
    shadowOf(app).grantPermissions(Manifest.permission.RECORD_AUDIO);
    PermissionActivity activity = open();
    assertTrue(activity.isFinishing());
    assertNull(shadowOf(activity).getLastRequestedPermission());
  }

  @Test
  public void itAsksAndGoes() {
    PermissionActivity activity = open();
    assertFalse(activity.isFinishing());
    ShadowActivity.PermissionsRequest asked = shadowOf(activity).getLastRequestedPermission();
    assertEquals(Manifest.permission.RECORD_AUDIO, asked.requestedPermissions[0]);
    activity.onRequestPermissionsResult(
        asked.requestCode,
        asked.requestedPermissions,
        new int[] {PackageManager.PERMISSION_DENIED});
    assertTrue(activity.isFinishing());
  }

  @Test
  public void whatIsRefusedForEverIsInTheSettings() {
    new Preferences(app).setMicrophoneAsked();
    PermissionActivity activity = open();
    assertTrue(activity.isFinishing());
    assertEquals(
        Settings.ACTION_APPLICATION_DETAILS_SETTINGS,
        shadowOf(activity).getNextStartedActivity().getAction());
  }
}
