package org.malgwi.app.files;

import static org.junit.Assert.assertEquals;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.Intent;
import android.net.Uri;
import android.view.View;
import android.widget.ListView;
import android.widget.TextView;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.rules.TemporaryFolder;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.android.controller.ServiceController;

/** What another app shares, up to the Files tab; what the tests of files have in common. */
abstract class SharedRecordings {
  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  App app;
  Recorder recorder;

  @Before
  public void setUp() {
    app = (App) RuntimeEnvironment.getApplication();
    recorder = Recorder.install();
  }

  @After
  public void closeAll() {
    app.history().close();
    app.fileQueue().jobs().forEach(app.fileWork()::cancel);
    app.fileWork().forgetRemoved();
  }

  File file(String name, byte[] content) throws IOException {
    return Files.write(temporary.newFile(name).toPath(), content).toFile();
  }

  Uri golden(int index) throws IOException {
    return recorder.offer("clip" + index + ".wav", file("clip" + index, Demo.goldenWav(index)));
  }

  static Intent send(Uri uri) {
    return new Intent(Intent.ACTION_SEND).setType("audio/wav").putExtra(Intent.EXTRA_STREAM, uri);
  }

  /** What the other app's share sheet starts, up to the Files tab. */
  void share(Intent intent) throws Exception {
    ActivityController<OpenAudioActivity> opening =
        Robolectric.buildActivity(OpenAudioActivity.class, intent).setup();
    Wait.until("it is opened", () -> opening.get().isFinishing());
    Intent next = shadowOf(opening.get()).getNextStartedActivity();
    assertEquals(MainActivity.class.getName(), next.getComponent().getClassName());
    assertEquals("FILES", next.getStringExtra(MainActivity.EXTRA_PLACE));
    opening.destroy();
  }

  /** Starts the service that was asked for, as the system does. */
  ServiceController<FileService> serve() {
    Intent started = shadowOf((Application) app).getNextStartedService();
    assertEquals(FileService.class.getName(), started.getComponent().getClassName());
    return Robolectric.buildService(FileService.class, started).create().startCommand(0, 1);
  }

  void waitForAll() throws Exception {
    Wait.until(
        "all recordings are written down",
        () ->
            app.fileQueue().jobs().stream()
                .noneMatch(
                    job -> job.state() == Job.State.WAITING || job.state() == Job.State.RUNNING));
  }

  Job only() {
    assertEquals(1, app.fileQueue().jobs().size());
    return app.fileQueue().jobs().get(0);
  }

  /** The only row of the tab. */
  static View row(MainActivity activity) {
    shadowOf(android.os.Looper.getMainLooper()).idle();
    ListView list = activity.findViewById(R.id.files_list);
    assertEquals(1, list.getCount());
    return list.getChildAt(0);
  }

  static String text(View row, int id) {
    return row.<TextView>findViewById(id).getText().toString();
  }

  static ActivityController<MainActivity> filesTab() {
    return Robolectric.buildActivity(
            MainActivity.class, new Intent().putExtra(MainActivity.EXTRA_PLACE, "FILES"))
        .setup();
  }
}
