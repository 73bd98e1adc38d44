package org.malgwi.app.models;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.os.Looper;
import android.view.View;
import android.view.ViewGroup;
import android.widget.ScrollView;
import android.widget.TextView;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class ModelCardTest {
  private final App app = (App) RuntimeEnvironment.getApplication();

  private ModelActivity shown(Installed model) throws Exception {
    ModelActivity activity =
        Robolectric.buildActivity(ModelActivity.class, ModelActivity.intent(app, model.id()))
            .setup()
            .get();
    Wait.until("its card", () -> !text(activity).isEmpty());
    return activity;
  }

  private static String text(ModelActivity activity) {
    return activity.<TextView>findViewById(R.id.model_card).getText().toString();
  }

  private void picture(String name) throws Exception {
    ModelActivity activity = shown(Demo.install(app));
    assertTrue(text(activity), text(activity).startsWith("demo\n\nA speech recogniser"));
    assertTrue(text(activity), text(activity).contains("\nfp32: WER 0."));
    shadowOf(Looper.getMainLooper()).idle();
    View title = activity.findViewById(R.id.model_card_title);
    View card = activity.findViewById(R.id.model_card);
    ScrollView scroll = (ScrollView) activity.<ViewGroup>findViewById(R.id.root).getChildAt(1);
    scroll.scrollTo(0, title.getTop());
    assertTrue(card.getHeight() > 0);
    Shots.take(activity, "model-card" + name);
  }

  @Test
  public void picture() throws Exception {
    picture("");
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-night-xxhdpi")
  public void pictureInKoreanAtNight() throws Exception {
    picture("-ko-night");
  }

  @Test
  @Config(qualifiers = "w360dp-h640dp-xxhdpi", fontScale = 2f)
  public void pictureInLargeType() throws Exception {
    picture("-2.0");
  }

  @Test
  public void aDamagedOneSaysSo() throws Exception {
    Installed model = Demo.install(app);
    Files.writeString(new File(model.folder(), "README.md").toPath(), "# another");
    assertEquals(app.getString(R.string.import_damaged), text(shown(model)));
  }

  private static ModelCard card(String text) {
    return ModelCard.of(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  public void longOnesAreCutBetweenLetters() {
    assertEquals(
        new ModelCard("a".repeat(ModelCard.MOST), false), card("a".repeat(ModelCard.MOST)));
    assertEquals(
        new ModelCard("a".repeat(ModelCard.MOST), true), card("a".repeat(ModelCard.MOST + 1)));
    for (String before : new String[] {"", "a", "ab"}) {
      ModelCard card = card(before + "말".repeat(ModelCard.MOST));
      int letters = (ModelCard.MOST - before.length()) / 3;
      assertEquals(new ModelCard(before + "말".repeat(letters), true), card);
    }
  }

  @Test
  public void aLongOneSaysThatItGoesOn() {
    String end = "\n\nThe card goes on; only its beginning is shown here.";
    assertTrue(
        card("# a\n" + "b ".repeat(ModelCard.MOST)).styled(app).toString().endsWith("b" + end));
    assertEquals("a\n\nb", card("# a\n\nb").styled(app).toString());
  }
}
