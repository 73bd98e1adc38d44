package org.malgwi.app.models;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Intent;
import android.net.Uri;
import android.provider.Settings;
import android.text.format.Formatter;
import android.view.View;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.android.Refused;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.files.Recorder;
import org.malgwi.app.ui.Place;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;
import org.robolectric.shadows.ShadowToast;

/** Models, one model, and the import, as people meet them. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(qualifiers = "w411dp-h914dp-xxhdpi")
public class ModelScreensTest {
  private static final Uri FILE = Uri.parse("content://files.example/models/mine.malgwi");

  private final App app = (App) RuntimeEnvironment.getApplication();

  private static MainActivity models() {
    Intent intent = new Intent();
    intent.putExtra(MainActivity.EXTRA_PLACE, Place.MODELS.name());
    return Robolectric.buildActivity(MainActivity.class, intent).setup().get();
  }

  private ActivityController<ImportActivity> open(InputStream file) {
    shadowOf(app.getContentResolver()).registerInputStream(FILE, file);
    return confirmed(view());
  }

  private static Intent view() {
    return new Intent(Intent.ACTION_VIEW).setDataAndType(FILE, "application/octet-stream");
  }

  /** Another app asks, and the user says yes. */
  private static ActivityController<ImportActivity> confirmed(Intent intent) {
    ActivityController<ImportActivity> controller =
        Robolectric.buildActivity(ImportActivity.class, intent).setup();
    controller.get().findViewById(R.id.import_confirm).performClick();
    return controller;
  }

  private ActivityController<ImportActivity> open(File file) throws IOException {
    return open(new ByteArrayInputStream(Files.readAllBytes(file.toPath())));
  }

  private static boolean shown(Activity activity, int view) {
    return activity.findViewById(view).isShown();
  }

  private static String text(Activity activity, int view) {
    return activity.<TextView>findViewById(view).getText().toString();
  }

  private static void imported(Activity activity) throws InterruptedException {
    Wait.until("the import is done", () -> shown(activity, R.id.import_done));
  }

  @Test
  public void withoutAModelTheTabOffersToAddOne() throws Exception {
    MainActivity activity = models();
    Wait.until("the message", () -> shown(activity, R.id.models_message));
    Shots.take(activity, "models-empty");
    activity.findViewById(R.id.message_action).performClick();
    Intent next = shadowOf(activity).getNextStartedActivity();
    assertEquals(ImportActivity.class.getName(), next.getComponent().getClassName());
  }

  @Test
  public void theTabListsModelsAndOpensThem() throws Exception {
    Installed demo = Demo.install(app);
    Demo.install(app, Demo.altered());
    MainActivity activity = models();
    Wait.until("the list", () -> shown(activity, R.id.models_scroll));
    ViewGroup list = activity.findViewById(R.id.models_list);
    assertEquals(2, list.getChildCount());
    View used = list.getChildAt(0);
    assertEquals("altered", used.<TextView>findViewById(R.id.model_name).getText().toString());
    assertTrue(used.findViewById(R.id.model_state).isShown());
    View other = list.getChildAt(1);
    assertFalse(other.findViewById(R.id.model_state).isShown());
    String facts = other.<TextView>findViewById(R.id.model_facts).getText().toString();
    String size = Formatter.formatShortFileSize(app, demo.bytes());
    Matcher errors =
        Pattern.compile("English · " + Pattern.quote(size) + " · ([0-9]+(\\.[1-9])?)% word errors")
            .matcher(facts);
    assertTrue(facts, errors.matches());
    double wer = ((Number) demo.bundle().figures().get("wer")).doubleValue();
    assertEquals(100 * wer, Double.parseDouble(errors.group(1)), 0.05 + 1e-9);
    other.performClick();
    Intent next = shadowOf(activity).getNextStartedActivity();
    assertEquals(ModelActivity.class.getName(), next.getComponent().getClassName());
    ModelActivity model = Robolectric.buildActivity(ModelActivity.class, next).setup().get();
    assertEquals("demo", text(model, R.id.title));
    model.findViewById(R.id.model_use).performClick();
    assertEquals(demo, app.bundles().current());
    assertTrue(shown(model, R.id.model_state));
    assertFalse(shown(model, R.id.model_use));
  }

  @Test
  public void aModelIsTestedOnThePhone() throws Exception {
    ModelActivity activity = model(Demo.install(app));
    activity.findViewById(R.id.model_check).performClick();
    assertEquals("Listening to its test clips…", text(activity, R.id.model_check_result));
    Wait.until("the result", () -> activity.findViewById(R.id.model_check).isEnabled());
    assertTrue(
        text(activity, R.id.model_check_result),
        text(activity, R.id.model_check_result)
            .startsWith("Passed: this phone hears all 3 test clips as it should"));
    Wait.until("its card", () -> text(activity, R.id.model_card).startsWith("demo\n"));
  }

  @Test
  public void aModelThatIsDamagedMeanwhileSaysSo() throws Exception {
    Installed demo = Demo.install(app);
    Files.write(new File(demo.folder(), "model.onnx").toPath(), new byte[10]);
    ModelActivity activity = model(demo);
    activity.findViewById(R.id.model_check).performClick();
    Wait.until("the result", () -> activity.findViewById(R.id.model_check).isEnabled());
    assertTrue(
        text(activity, R.id.model_check_result)
            .startsWith("The model couldn’t be run on this phone."));
  }

  @Test
  public void deletingAsksFirst() throws Exception {
    Installed demo = Demo.install(app);
    ModelActivity activity = model(demo);
    activity.findViewById(R.id.model_delete).performClick();
    AlertDialog dialog = (AlertDialog) ShadowAlertDialog.getLatestDialog();
    dialog.getButton(AlertDialog.BUTTON_NEGATIVE).performClick();
    assertEquals(demo, app.bundles().current());
    activity.findViewById(R.id.model_delete).performClick();
    dialog = (AlertDialog) ShadowAlertDialog.getLatestDialog();
    dialog.getButton(AlertDialog.BUTTON_POSITIVE).performClick();
    shadowOf(android.os.Looper.getMainLooper()).idle();
    Wait.until("it is gone", activity::isFinishing);
    assertNull(app.bundles().current());
    // A list that was drawn before may still name it.
    assertTrue(model(demo).isFinishing());
  }

  private static ModelActivity model(Installed installed) {
    Intent intent = ModelActivity.intent(RuntimeEnvironment.getApplication(), installed.id());
    return Robolectric.buildActivity(ModelActivity.class, intent).setup().get();
  }

  @Test
  public void aFileOfAnotherAppBecomesAModel() throws Exception {
    ImportActivity first = open(Demo.bundle()).get();
    imported(first);
    assertTrue(text(first, R.id.import_done_sentence).startsWith("demo is whole"));
    // The only one is used anyway.
    assertFalse(shown(first, R.id.import_use));
    assertEquals("Close", text(first, R.id.import_later));
    ImportActivity second = open(Demo.altered()).get();
    imported(second);
    assertEquals("demo", app.bundles().current().name());
    second.findViewById(R.id.import_use).performClick();
    assertEquals("altered", app.bundles().current().name());
    assertTrue(second.isFinishing());
  }

  @Test
  public void aSharedFileBecomesAModel() throws Exception {
    shadowOf(app.getContentResolver())
        .registerInputStream(
            FILE, new ByteArrayInputStream(Files.readAllBytes(Demo.bundle().toPath())));
    Intent send = new Intent(Intent.ACTION_SEND).setType("application/zip");
    send.putExtra(Intent.EXTRA_STREAM, FILE);
    imported(confirmed(send).get());
    assertEquals("demo", app.bundles().current().name());
  }

  @Test
  public void whatSharesNoFileAsksForOne() {
    Intent send = new Intent(Intent.ACTION_SEND).setType("application/zip");
    send.putExtra(Intent.EXTRA_STREAM, new Intent());
    ImportActivity activity = Robolectric.buildActivity(ImportActivity.class, send).setup().get();
    assertEquals(
        Intent.ACTION_OPEN_DOCUMENT,
        shadowOf(activity).getNextStartedActivityForResult().intent.getAction());
  }

  @Test
  public void aSlowProviderDoesNotHoldTheScreen() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    shadowOf(app.getContentResolver())
        .registerInputStreamSupplier(
            FILE,
            () -> {
              try {
                assertTrue(go.await(Wait.MOST_SECONDS, TimeUnit.SECONDS));
                return Files.newInputStream(Demo.bundle().toPath());
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    ImportActivity activity = confirmed(view()).get();
    Wait.until("it runs", () -> shown(activity, R.id.import_running));
    go.countDown();
    imported(activity);
  }

  @Test
  public void aPickedFileBecomesAModel() throws Exception {
    ImportActivity activity =
        Robolectric.buildActivity(ImportActivity.class, ImportActivity.choose(app)).setup().get();
    Intent picker = shadowOf(activity).getNextStartedActivityForResult().intent;
    assertEquals(Intent.ACTION_OPEN_DOCUMENT, picker.getAction());
    shadowOf(app.getContentResolver())
        .registerInputStream(
            FILE, new ByteArrayInputStream(Files.readAllBytes(Demo.bundle().toPath())));
    shadowOf(activity).receiveResult(picker, Activity.RESULT_OK, new Intent().setData(FILE));
    imported(activity);
  }

  @Test
  public void nothingPickedEndsIt() {
    ImportActivity activity =
        Robolectric.buildActivity(ImportActivity.class, ImportActivity.choose(app)).setup().get();
    Intent picker = shadowOf(activity).getNextStartedActivityForResult().intent;
    shadowOf(activity).receiveResult(picker, Activity.RESULT_CANCELED, null);
    assertTrue(activity.isFinishing());
  }

  @Test
  public void aDamagedFileIsRefusedAndAnotherCanBeChosen() throws Exception {
    byte[] damaged = Files.readAllBytes(Demo.bundle().toPath());
    damaged[damaged.length / 2] ^= 1;
    ImportActivity activity = open(new ByteArrayInputStream(damaged)).get();
    refused(activity, "This model is damaged or was made for another version. Copy it again");
    assertTrue(
        text(activity, R.id.import_details),
        text(activity, R.id.import_details).contains("model.weights"));
    activity.findViewById(R.id.message_action).performClick();
    Intent next = shadowOf(activity).getNextStartedActivityForResult().intent;
    assertEquals(Intent.ACTION_OPEN_DOCUMENT, next.getAction());
    assertEquals(0, app.bundles().all().size());
  }

  private static void refused(Activity activity, String sentence) throws InterruptedException {
    Wait.until("the refusal", () -> shown(activity, R.id.import_refused));
    assertTrue(
        text(activity, R.id.message_sentence),
        text(activity, R.id.message_sentence).startsWith(sentence));
  }

  @Test
  public void aForeignFileIsRefused() throws Exception {
    refused(
        open(new ByteArrayInputStream(new byte[1000])).get(),
        "This isn’t a Malgwi model. Choose a file whose name ends in .malgwi.");
  }

  @Test
  public void aModelThatHearsOtherwiseHereIsRefused() throws Exception {
    refused(open(Demo.otherText()).get(), "This model doesn’t hear its own test clips");
  }

  @Test
  public void aFileThatIsGoneOrNoContentIsSaid() throws Exception {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("gone");
          }
        };
    refused(open(broken).get(), "This file can’t be read.");
    Intent own =
        new Intent(Intent.ACTION_VIEW)
            .setDataAndType(Uri.parse("file:///data/data/org.malgwi.app/x"), "application/zip");
    refused(confirmed(own).get(), "This file can’t be read.");
  }

  @Test
  public void aFullPhoneIsSaidAndLeadsToItsSettings() throws Exception {
    ImportActivity activity = Robolectric.buildActivity(ImportActivity.class).setup().get();
    activity.showRefused(new Refused(Refused.Reason.NO_SPACE, "16 MB are free"));
    refused(activity, "There isn’t enough free space");
    shadowOf(activity).getNextStartedActivity();
    activity.findViewById(R.id.message_action).performClick();
    assertEquals(
        Settings.ACTION_INTERNAL_STORAGE_SETTINGS,
        shadowOf(activity).getNextStartedActivity().getAction());
  }

  /** Gives its bytes when it is allowed to. */
  private static InputStream held(CountDownLatch go) throws IOException {
    return new ByteArrayInputStream(Files.readAllBytes(Demo.bundle().toPath())) {
      @Override
      public synchronized int read(byte[] buffer, int offset, int length) {
        try {
          if (pos > 3_000_000) {
            go.await();
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        return super.read(buffer, offset, length);
      }
    };
  }

  @Test
  public void turningTheScreenDoesNotEndAnImport() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    ActivityController<ImportActivity> controller = open(held(go));
    Wait.until("it runs", () -> shown(controller.get(), R.id.import_running));
    controller.recreate();
    assertTrue(shown(controller.get(), R.id.import_running));
    go.countDown();
    imported(controller.get());
    controller.recreate();
    assertTrue(shown(controller.get(), R.id.import_done));
  }

  @Test
  public void cancelEndsIt() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    ActivityController<ImportActivity> controller = open(held(go));
    File root = new File(app.getFilesDir(), "bundles");
    Wait.until("it copies", () -> root.exists() && root.list().length == 1);
    controller.get().findViewById(R.id.import_cancel).performClick();
    assertTrue(controller.get().isFinishing());
    controller.pause().stop().destroy();
    Wait.until("nothing is left", () -> root.list().length == 0);
    assertEquals(0, app.bundles().all().size());
  }

  @Test
  public void leavingTheScreenDoesNotEndIt() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    ActivityController<ImportActivity> controller = open(held(go));
    Wait.until("it runs", () -> shown(controller.get(), R.id.import_running));
    MainActivity list = models();
    controller.get().finish();
    controller.pause().stop().destroy();
    go.countDown();
    Wait.until(
        "it is said",
        () -> "“demo” was added to the models.".equals(ShadowToast.getTextOfLatestToast()));
    Wait.until("it is in the list", () -> shown(list, R.id.models_scroll));
    assertEquals("demo", app.bundles().all().get(0).name());
  }

  @Test
  public void whatAnotherAppSendsIsAskedAboutFirst() throws Exception {
    Installed demo = Demo.install(app);
    AtomicBoolean opened = new AtomicBoolean();
    Recorder recorder = Recorder.install();
    recorder.beforeOpening(
        () -> {
          opened.set(true);
          return null;
        });
    Uri uri = recorder.offer("mine.malgwi", Demo.altered());
    Intent view = new Intent(Intent.ACTION_VIEW).setDataAndType(uri, "application/octet-stream");
    ImportActivity asking = Robolectric.buildActivity(ImportActivity.class, view).setup().get();
    Wait.until("the question", () -> text(asking, R.id.import_question_file).equals("mine.malgwi"));
    assertEquals(
        "From: Recorder · " + Formatter.formatShortFileSize(app, Demo.altered().length()),
        text(asking, R.id.import_from));
    asking.findViewById(R.id.import_refuse).performClick();
    assertTrue(asking.isFinishing());
    assertFalse("read before it was confirmed", opened.get());
    assertEquals(List.of(demo), app.bundles().all());
  }

  @Test
  public void aCrashIsSaidOnceAndTheModelOffersToForgive() throws Exception {
    Installed demo = Crashed.before(app);
    MainActivity main = Robolectric.buildActivity(MainActivity.class).setup().get();
    AlertDialog dialog = (AlertDialog) ShadowAlertDialog.getLatestDialog();
    assertTrue(dialog.isShowing());
    assertEquals(
        "Malgwi was ended while it loaded “demo”. It will run it in a slower, safer way from now"
            + " on.",
        shadowOf(dialog).getMessage().toString());
    dialog.getButton(AlertDialog.BUTTON_POSITIVE).performClick();
    shadowOf(android.os.Looper.getMainLooper()).idle();
    ModelActivity model =
        Robolectric.buildActivity(ModelActivity.class, shadowOf(main).getNextStartedActivity())
            .setup()
            .get();
    assertTrue(shown(model, R.id.model_crashed));
    Shots.take(model, "model-crashed");
    model.findViewById(R.id.model_forgive).performClick();
    assertFalse(shown(model, R.id.model_crashed));
    assertEquals(0, app.engine().crashes(demo));
    Robolectric.buildActivity(MainActivity.class).setup().get();
    assertSame("said again", dialog, ShadowAlertDialog.getLatestDialog());
  }

  @Test
  @Config(sdk = 35)
  public void picturesLight() throws Exception {
    pictures("light");
  }

  @Test
  @Config(sdk = 35, qualifiers = "w411dp-h914dp-night-xxhdpi")
  public void picturesDark() throws Exception {
    pictures("dark");
  }

  @Test
  @Config(sdk = 35, qualifiers = "ko-rKR-w411dp-h914dp-xxhdpi")
  public void picturesKorean() throws Exception {
    pictures("ko");
  }

  @Test
  @Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi", fontScale = 2f)
  public void picturesLarge() throws Exception {
    pictures("2.0");
  }

  @Test
  @Config(sdk = 35, qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void picturesLandscape() throws Exception {
    pictures("landscape");
  }

  private void pictures(String kind) throws Exception {
    MainActivity empty = models();
    Wait.until("the message", () -> shown(empty, R.id.models_message));
    Shots.take(empty, "models-empty-" + kind);

    CountDownLatch go = new CountDownLatch(1);
    ImportActivity importing = open(held(go)).get();
    Wait.until("some progress", () -> text(importing, R.id.import_stage).length() > 0);
    Shots.take(importing, "import-running-" + kind);
    go.countDown();
    imported(importing);
    ImportActivity refusing = open(new ByteArrayInputStream(new byte[1000])).get();
    Wait.until("the refusal", () -> shown(refusing, R.id.import_refused));
    Shots.take(refusing, "import-refused-" + kind);

    ImportActivity asking = Robolectric.buildActivity(ImportActivity.class, view()).setup().get();
    Shots.take(asking, "import-question-" + kind);
    asking.finish();

    Demo.install(app);
    ImportActivity other = open(Demo.altered()).get();
    imported(other);
    Shots.take(other, "import-done-" + kind);
    app.bundles().delete(app.bundles().all().get(0).id());
    MainActivity one = models();
    Wait.until("the list", () -> shown(one, R.id.models_scroll));
    Shots.take(one, "models-one-" + kind);
    Installed altered = Demo.install(app, Demo.altered());
    MainActivity several = models();
    Wait.until("the list", () -> shown(several, R.id.models_scroll));
    Shots.take(several, "models-several-" + kind);

    ModelActivity model = model(altered);
    Button check = model.findViewById(R.id.model_check);
    check.performClick();
    Wait.until("the result", check::isEnabled);
    Shots.take(model, "model-" + kind);
  }
}
