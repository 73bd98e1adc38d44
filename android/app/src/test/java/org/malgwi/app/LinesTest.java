package org.malgwi.app;

import static org.junit.Assert.assertEquals;

import android.app.Activity;
import android.graphics.text.LineBreakConfig;
import android.widget.TextView;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;

/**
 * Android is asked to end lines of Korean between words.
 *
 * <p>Where they end can't be seen here: Robolectric's Android 14 and 15 break within words all the
 * same (docs/android.md has a line for phones).
 */
@RunWith(RobolectricTestRunner.class)
public class LinesTest {
  @Test
  public void wordsAreAskedToStayWhole() {
    Activity activity = Robolectric.buildActivity(Activity.class).create().get();
    activity.setTheme(R.style.Theme_Malgwi);
    for (int style : new int[] {R.style.Text, R.style.Text_Soft, R.style.Text_Transcript}) {
      TextView view = new TextView(activity);
      view.setTextAppearance(style);
      assertEquals(LineBreakConfig.LINE_BREAK_WORD_STYLE_PHRASE, view.getLineBreakWordStyle());
    }
  }
}
