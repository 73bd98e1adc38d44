package org.malgwi.app.problem;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.ComponentName;
import android.content.Intent;
import android.content.IntentFilter;
import android.provider.Settings;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.android.MicrophoneException;
import org.malgwi.app.MainActivity;
import org.malgwi.core.MalgwiException;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class ProblemTest {
  private final Application context = RuntimeEnvironment.getApplication();

  @Test
  public void eachIsSentencesAndAnAction() {
    for (Problem problem : Problem.values()) {
      assertTrue(problem.name(), context.getString(problem.sentence()).endsWith("."));
      assertTrue(problem.name(), context.getString(problem.action()).length() > 3);
      Intent remedy = problem.remedy(context);
      assertTrue(
          problem.name(),
          remedy == null || remedy.getAction() != null || remedy.getComponent() != null);
    }
  }

  @Test
  public void remedies() {
    assertNull(Problem.MICROPHONE_NOT_ALLOWED.remedy(context));
    assertNull(Problem.MICROPHONE_BUSY.remedy(context));
    assertEquals(
        Settings.ACTION_APPLICATION_DETAILS_SETTINGS,
        Problem.MICROPHONE_REFUSED.remedy(context).getAction());
    assertEquals(
        Settings.ACTION_INTERNAL_STORAGE_SETTINGS,
        Problem.STORAGE_FULL.remedy(context).getAction());
    Intent models = Problem.NO_MODEL.remedy(context);
    assertEquals("MODELS", models.getStringExtra(MainActivity.EXTRA_PLACE));
    assertNotNull(models.getComponent());
  }

  @Test
  public void wherePhonesLackAScreenTheAppsSettingsOpen() throws Exception {
    shadowOf(context).checkActivities(true);
    Problem.open(context, Problem.STORAGE_FULL.remedy(context));
    assertNull(shadowOf(context).getNextStartedActivity());
    String details = Settings.ACTION_APPLICATION_DETAILS_SETTINGS;
    ComponentName screen = new ComponentName("com.android.settings", details);
    IntentFilter filter = new IntentFilter(details);
    filter.addCategory(Intent.CATEGORY_DEFAULT);
    filter.addDataScheme("package");
    shadowOf(context.getPackageManager()).addActivityIfNotPresent(screen);
    shadowOf(context.getPackageManager()).addIntentFilterForActivity(screen, filter);
    Problem.open(context, Problem.STORAGE_FULL.remedy(context));
    assertEquals(details, shadowOf(context).getNextStartedActivity().getAction());
  }

  @Test
  public void whatIsBehindAFailure() {
    ProblemException full = new ProblemException(Problem.STORAGE_FULL, "no room");
    assertEquals(Problem.STORAGE_FULL, Problem.of(full));
    assertEquals(Problem.STORAGE_FULL, Problem.of(new CompletionException(full)));
    assertEquals(Problem.MODEL_FAILED, Problem.of(new MalgwiException("damaged")));
    assertEquals(Problem.UNEXPECTED, Problem.of(new IOException("?")));
  }

  @Test
  public void eachReasonOfTheMicrophoneIsAProblemOfItsOwn() {
    Map<MicrophoneException.Reason, Problem> expected =
        Map.of(
            MicrophoneException.Reason.NOT_ALLOWED, Problem.MICROPHONE_NOT_ALLOWED,
            MicrophoneException.Reason.BUSY, Problem.MICROPHONE_BUSY,
            MicrophoneException.Reason.LOST, Problem.MICROPHONE_LOST,
            MicrophoneException.Reason.NONE, Problem.NO_MICROPHONE);
    for (MicrophoneException.Reason reason : MicrophoneException.Reason.values()) {
      assertEquals(expected.get(reason), Problem.of(new MicrophoneException(reason, "?")));
    }
  }
}
