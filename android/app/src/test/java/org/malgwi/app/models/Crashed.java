package org.malgwi.app.models;

import static org.robolectric.Shadows.shadowOf;

import android.app.ActivityManager;
import android.app.ApplicationExitInfo;
import android.content.Context;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.malgwi.android.internal.Installation;
import org.malgwi.app.Demo;
import org.malgwi.app.platform.Platform.Ending;
import org.robolectric.shadows.ShadowActivityManager;

/** A phone whose last process crashed while it loaded the demo's model. */
public final class Crashed {
  private static final int PID = 1;

  private Crashed() {}

  /** To be called before the application's engine is made. */
  public static Installed before(Context context) throws IOException {
    BundleStore before =
        new BundleStore(
            new File(context.getFilesDir(), "bundles"),
            context.getSharedPreferences("bundles", Context.MODE_PRIVATE),
            new BuiltInAsset(context),
            candidate -> {},
            () -> Long.MAX_VALUE / 4);
    Installed demo =
        before.add(Files.newInputStream(Demo.bundle().toPath()), -1, (stage, share) -> {});
    File folder = new File(context.getFilesDir(), "engine");
    new CrashGuard(folder, Installation.stamp(context), pid -> Ending.CRASHED)
        .begin(demo.id(), PID);
    shadowOf(context.getSystemService(ActivityManager.class))
        .addApplicationExitInfo(
            ShadowActivityManager.ApplicationExitInfoBuilder.newBuilder()
                .setPid(PID)
                .setReason(ApplicationExitInfo.REASON_CRASH_NATIVE)
                .build());
    return demo;
  }
}
