package org.malgwi.app;

import android.app.Activity;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.view.View;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Pictures of screens, for people to look at. Needs {@code @GraphicsMode(NATIVE)}. */
public final class Shots {
  private Shots() {}

  /** Draws a window to target/shots/NAME.png. */
  public static void take(Activity activity, String name) throws IOException {
    take(activity.getWindow().getDecorView(), name);
  }

  /** Draws a view, laid out, to target/shots/NAME.png. */
  public static void take(View view, String name) throws IOException {
    Bitmap picture =
        Bitmap.createBitmap(view.getWidth(), view.getHeight(), Bitmap.Config.ARGB_8888);
    view.draw(new Canvas(picture));
    File file = new File(System.getProperty("malgwi.shots"), name + ".png");
    if (!file.getParentFile().isDirectory() && !file.getParentFile().mkdirs()) {
      throw new IOException("can't make " + file.getParentFile());
    }
    try (OutputStream out = new FileOutputStream(file)) {
      picture.compress(Bitmap.CompressFormat.PNG, 100, out);
    }
  }
}
