package org.malgwi.app.backup;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.app.ForegroundServiceStartNotAllowedException;
import android.app.Notification;
import android.app.NotificationManager;
import android.content.Intent;
import android.net.Uri;
import android.os.Bundle;
import android.os.Looper;
import android.view.View;
import android.widget.EditText;
import android.widget.TextView;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.App;
import org.malgwi.app.MainActivity;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.history.Source;
import org.malgwi.app.history.Written;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;

@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class BackupScreensTest {
  private static final Uri DOCUMENT = Uri.parse("content://org.example.files/document/7");

  private App app;

  @Before
  public void setUp() throws IOException {
    app = (App) RuntimeEnvironment.getApplication();
  }

  @After
  public void tearDown() throws InterruptedException {
    Wait.until("it is over", () -> !(app.backups().state() instanceof Backups.Running));
    app.history().close();
  }

  private void fill() throws IOException {
    Written.add(app, Source.FILE, "Interview 3.m4a", "the small boat drifted", true);
    Written.add(app, Source.SPEECH, "", "by milk and bred", true);
  }

  private ActivityController<BackupActivity> open() throws Exception {
    ActivityController<BackupActivity> screen =
        Robolectric.buildActivity(BackupActivity.class).setup();
    Wait.until("it is counted", () -> !text(screen.get(), R.id.backup_facts).isEmpty());
    return screen;
  }

  private static String text(Activity activity, int id) {
    return activity.<TextView>findViewById(id).getText().toString();
  }

  private static void type(Activity activity, int id, String text) {
    activity.<EditText>findViewById(id).setText(text);
  }

  private static boolean isShown(Activity activity, int id) {
    return activity.findViewById(id).isShown();
  }

  /** Answers what the system's picker was asked for. */
  private static Intent pick(Activity activity, int button) {
    activity.findViewById(button).performClick();
    Intent asked = shadowOf(activity).getNextStartedActivityForResult().intent;
    shadowOf(activity).receiveResult(asked, Activity.RESULT_OK, new Intent().setData(DOCUMENT));
    return asked;
  }

  private static String end(Activity activity) throws Exception {
    Wait.until(
        "it is over",
        () -> isShown(activity, R.id.backup_end) || isShown(activity, R.id.backup_locked));
    return isShown(activity, R.id.backup_end) ? text(activity, R.id.message_sentence) : "locked";
  }

  private byte[] saved(char[] password) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new BackupWriter(app.history(), share -> {}).write(out, password);
    return out.toByteArray();
  }

  private void offer(byte[] file) {
    shadowOf(app.getContentResolver())
        .registerInputStreamSupplier(DOCUMENT, () -> new ByteArrayInputStream(file));
  }

  private void forgetAll() throws IOException {
    app.history()
        .search("", 99)
        .forEach(
            one -> {
              try {
                app.history().trash(one.id());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    app.history().emptyTrash();
  }

  @Test
  @Config(sdk = {34, 35, 36})
  public void savedWithAPasswordAndRestored() throws Exception {
    fill();
    BackupActivity screen = open().get();
    assertEquals("2 transcripts, 256 kB of sound", text(screen, R.id.backup_facts));
    assertFalse(isShown(screen, R.id.backup_again));
    Shots.take(screen, "backup");
    type(screen, R.id.backup_password, "open sesame");
    type(screen, R.id.backup_again, "open sesam");
    screen.findViewById(R.id.backup_save).performClick();
    assertTrue(isShown(screen, R.id.backup_differ));
    assertNull(shadowOf(screen).getNextStartedActivity());
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(screen, "backup-differ");
    type(screen, R.id.backup_again, "open sesame");
    assertFalse(isShown(screen, R.id.backup_differ));
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    shadowOf(app.getContentResolver()).registerOutputStream(DOCUMENT, saved);
    Intent create = pick(screen, R.id.backup_save);
    assertEquals(Intent.ACTION_CREATE_DOCUMENT, create.getAction());
    assertTrue(
        create.getStringExtra(Intent.EXTRA_TITLE),
        create
            .getStringExtra(Intent.EXTRA_TITLE)
            .matches("malgwi-\\d{4}-\\d{2}-\\d{2}\\.malgwi-backup"));
    assertEquals(
        BackupService.class.getName(),
        shadowOf(app).getNextStartedService().getComponent().getClassName());
    assertEquals("The back-up is saved. It holds 2 transcripts.", end(screen));
    assertEquals("", text(screen, R.id.backup_password));
    Shots.take(screen, "backup-saved");
    screen.findViewById(R.id.message_action).performClick();
    assertTrue(screen.isFinishing());

    forgetAll();
    offer(saved.toByteArray());
    screen = open().get();
    assertEquals("There is nothing to back up yet.", text(screen, R.id.backup_facts));
    assertFalse(isShown(screen, R.id.backup_save));
    assertEquals(Intent.ACTION_OPEN_DOCUMENT, pick(screen, R.id.backup_restore).getAction());
    assertEquals("locked", end(screen));
    assertFalse(isShown(screen, R.id.backup_wrong));
    type(screen, R.id.backup_key, "open barley");
    screen.findViewById(R.id.backup_open).performClick();
    BackupActivity other = screen;
    Wait.until("it is wrong", () -> isShown(other, R.id.backup_wrong));
    Shots.take(screen, "backup-wrong-password");
    assertEquals("", text(screen, R.id.backup_key));
    type(screen, R.id.backup_key, "open sesame");
    screen.findViewById(R.id.backup_open).performClick();
    Wait.until("it is restored", () -> isShown(other, R.id.backup_end));
    assertEquals("2 transcripts were added.", end(screen));
    assertEquals(2, app.history().search("", 9).size());
    screen.findViewById(R.id.message_action).performClick();
  }

  @Test
  public void whatWasThereIsCounted() throws Exception {
    fill();
    offer(saved(null));
    BackupActivity screen = open().get();
    app.history().trash(app.history().search("boat", 1).get(0).id());
    app.history().emptyTrash();
    pick(screen, R.id.backup_restore);
    assertEquals("1 transcript was added. 1 was there already and stays as it was.", end(screen));
    Shots.take(screen, "backup-restored");
  }

  @Test
  public void anotherFileIsNoBackUp() throws Exception {
    offer("hello world, how are you".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    BackupActivity screen = open().get();
    pick(screen, R.id.backup_restore);
    assertEquals("This is no back-up of Malgwi. Choose a file that was saved as one.", end(screen));
    assertEquals("it doesn't begin as a back-up does", text(screen, R.id.backup_details));
    Shots.take(screen, "backup-none");
    screen.findViewById(R.id.message_action).performClick();
    assertTrue(isShown(screen, R.id.backup_choose));
  }

  @Test
  public void aPlaceThatCantBeWrittenTo() throws Exception {
    fill();
    BackupActivity screen = open().get();
    offerFull(new byte[0]); // the picker has made it
    pick(screen, R.id.backup_save);
    assertTrue(end(screen).startsWith("The back-up couldn't be saved there."));
    assertEquals("No space left on device", text(screen, R.id.backup_details));
  }

  /** The document holds something, and fails when it is written over. */
  private void overwrite() {
    offerFull("an older back-up".getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** The document holds so much, and takes no more. */
  private void offerFull(byte[] content) {
    offer(content);
    shadowOf(app.getContentResolver())
        .registerOutputStream(
            DOCUMENT,
            new OutputStream() {
              @Override
              public void write(int one) throws IOException {
                throw new IOException("No space left on device");
              }
            });
  }

  /** A document's app that is slow, so that it can be cancelled, left, and turned. */
  private static final class Slow extends InputStream {
    private final CountDownLatch go = new CountDownLatch(1);
    private final InputStream in;
    private int left;

    Slow(byte[] file) {
      in = new ByteArrayInputStream(file);
      left = file.length / 2;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int most) throws IOException {
      if (left <= 0) {
        try {
          go.await();
        } catch (InterruptedException e) {
          throw new IOException("interrupted", e);
        }
      }
      int count = in.read(bytes, from, Math.min(most, 1_000));
      left -= count;
      return count;
    }
  }

  private Slow slow() throws IOException {
    fill();
    Slow slow = new Slow(saved(null));
    forgetAll();
    shadowOf(app.getContentResolver()).registerInputStream(DOCUMENT, slow);
    return slow;
  }

  private static boolean isUnderWay(Activity activity) {
    return isShown(activity, R.id.backup_running)
        && !activity.<android.widget.ProgressBar>findViewById(R.id.backup_bar).isIndeterminate();
  }

  @Test
  public void cancelledItLeavesNothing() throws Exception {
    slow();
    BackupActivity screen = open().get();
    pick(screen, R.id.backup_restore);
    Wait.until("it is under way", () -> isUnderWay(screen));
    assertEquals("Restoring the back-up…", text(screen, R.id.backup_stage));
    Shots.take(screen, "backup-running");
    screen.findViewById(R.id.backup_cancel).performClick();
    Wait.until("it is cancelled", () -> isShown(screen, R.id.backup_choose));
    assertEquals(0, app.history().search("", 9).size());
    assertFalse(new java.io.File(app.getFilesDir(), "history/restore.unfinished").exists());
  }

  @Test
  @Config(sdk = {34, 35})
  public void itGoesOnWhenItsScreenIsLeft() throws Exception {
    Slow slow = slow();
    ActivityController<BackupActivity> screen = open();
    pick(screen.get(), R.id.backup_restore);
    ServiceController<BackupService> service =
        Robolectric.buildService(BackupService.class).create().startCommand(0, 1);
    Wait.until("it is under way", () -> isUnderWay(screen.get()));
    assertNotEquals(0, shadowOf(service.get()).getLastForegroundNotificationId());
    screen.pause().stop().destroy();
    slow.go.countDown();
    Wait.until("it is over", () -> shadowOf(service.get()).isStoppedBySelf());
    assertEquals(2, app.history().search("", 9).size());
    NotificationManager notifications = app.getSystemService(NotificationManager.class);
    Notification told = shadowOf(notifications).getAllNotifications().get(0);
    assertEquals("2 transcripts were added.", shadowOf(told).getContentText().toString());
    service.destroy();
    BackupActivity again = open().get();
    assertEquals("2 transcripts were added.", end(again));
    assertEquals(0, shadowOf(notifications).size());
  }

  /** The system's time for such services is up: it goes on as long as the process does. */
  @Test
  public void withoutTheServiceItGoesOn() throws Exception {
    Slow slow = slow();
    BackupActivity screen = open().get();
    pick(screen, R.id.backup_restore);
    ServiceController<BackupService> service =
        Robolectric.buildService(BackupService.class).create().startCommand(0, 1);
    service.get().onTimeout(1, 1);
    assertTrue(shadowOf(service.get()).isStoppedBySelf());
    service.destroy();
    slow.go.countDown();
    assertEquals("2 transcripts were added.", end(screen));
  }

  /** No notification stays behind that nobody takes away. */
  @Test
  @Config(sdk = {34, 35})
  public void refusedTheServiceItGoesOn() throws Exception {
    Slow slow = slow();
    BackupActivity screen = open().get();
    pick(screen, R.id.backup_restore);
    ServiceController<BackupService> service =
        Robolectric.buildService(BackupService.class).create();
    shadowOf(service.get())
        .setThrowInStartForeground(
            new ForegroundServiceStartNotAllowedException("not from the background"));
    service.startCommand(0, 1);
    assertTrue(shadowOf(service.get()).isStoppedBySelf());
    Wait.until("it is under way", () -> isUnderWay(screen));
    assertEquals(0, shadowOf(app.getSystemService(NotificationManager.class)).size());
    slow.go.countDown();
    assertEquals("2 transcripts were added.", end(screen));
    service.destroy();
  }

  /** The picker can outlive the process; what was typed can't: nothing is saved without it. */
  @Test
  public void aPasswordThatIsGoneIsNotLeftOut() throws Exception {
    fill();
    ActivityController<BackupActivity> before = open();
    type(before.get(), R.id.backup_password, "open sesame");
    type(before.get(), R.id.backup_again, "open sesame");
    before.get().findViewById(R.id.backup_save).performClick();
    Intent asked = shadowOf(before.get()).getNextStartedActivityForResult().intent;
    Bundle state = new Bundle();
    before.pause().stop().saveInstanceState(state).destroy();
    BackupActivity screen = Robolectric.buildActivity(BackupActivity.class).setup(state).get();
    assertEquals("", text(screen, R.id.backup_password));
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    shadowOf(app.getContentResolver()).registerOutputStream(DOCUMENT, saved);
    // As the system does: to the new one, by the number of the request.
    screen.onActivityResult(1, Activity.RESULT_OK, new Intent(asked).setData(DOCUMENT));
    assertTrue(end(screen).startsWith("What you had typed is gone"));
    assertEquals(0, saved.size());
  }

  /** As when the dark theme begins, or the size of type is changed. */
  @Test
  public void aPasswordThatIsBeingTypedStays() throws Exception {
    fill();
    ActivityController<BackupActivity> screen = open();
    type(screen.get(), R.id.backup_password, "open sesame");
    type(screen.get(), R.id.backup_again, "open ses");
    screen.recreate();
    assertEquals("open sesame", text(screen.get(), R.id.backup_password));
    assertEquals("open ses", text(screen.get(), R.id.backup_again));
    assertTrue(isShown(screen.get(), R.id.backup_again));
    Bundle state = new Bundle();
    screen.pause().stop().saveInstanceState(state);
    assertFalse("it is in no saved state", state.toString().contains("open"));
  }

  @Test
  public void aSecondOneIsRefusedVisibly() throws Exception {
    Slow slow = slow();
    BackupActivity screen = open().get();
    pick(screen, R.id.backup_restore);
    Wait.until("it is under way", () -> isUnderWay(screen));
    screen.onActivityResult(2, Activity.RESULT_OK, new Intent().setData(DOCUMENT));
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    assertEquals(
        "Another back-up is being saved or restored. This one wasn't begun: wait until that one has"
            + " ended, then try again.",
        shadowOf(dialog).getMessage().toString());
    dialog.dismiss();
    slow.go.countDown();
    assertEquals("2 transcripts were added.", end(screen));
  }

  @Test
  public void moreThanABackUpCanHoldIsSaidBefore() throws Exception {
    fill();
    BackupActivity screen = open().get();
    assertTrue(isShown(screen, R.id.backup_save));
    screen.showFacts(Collections.nCopies(100_001, new Archive.Planned(1, 0)));
    assertEquals(
        "100001 transcripts, 0 B of sound\nA back-up can hold 100,000 transcripts at most. Delete"
            + " some that you no longer need, then save one.",
        text(screen, R.id.backup_facts));
    assertFalse(isShown(screen, R.id.backup_save));
    assertTrue("a restore can do no harm", isShown(screen, R.id.backup_restore));
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(screen, "backup-too-many");
    screen.showFacts(Collections.nCopies(100_000, new Archive.Planned(1, 0)));
    assertTrue(isShown(screen, R.id.backup_save));
  }

  @Test
  public void theEmptyHistoryAndItsMenuLeadHere() throws Exception {
    MainActivity main =
        Robolectric.buildActivity(
                MainActivity.class, new Intent().putExtra(MainActivity.EXTRA_PLACE, "HISTORY"))
            .setup()
            .get();
    Wait.until("it is there", () -> isShown(main, R.id.history_empty));
    View empty = main.findViewById(R.id.history_empty);
    empty.findViewById(R.id.message_action).performClick();
    assertEquals(
        BackupActivity.class.getName(),
        shadowOf(main).getNextStartedActivity().getComponent().getClassName());
  }

  private void pictures(String name) throws Exception {
    fill();
    ActivityController<BackupActivity> screen = open();
    type(screen.get(), R.id.backup_password, "open sesame");
    shadowOf(Looper.getMainLooper()).idle();
    Shots.take(screen.get(), "backup-" + name);
    offer(new byte[0]);
    pick(screen.get(), R.id.backup_restore);
    end(screen.get());
    Shots.take(screen.get(), "backup-none-" + name);
    screen.get().findViewById(R.id.message_action).performClick();
    offer(saved("x".toCharArray()));
    pick(screen.get(), R.id.backup_restore);
    Wait.until("it is locked", () -> isShown(screen.get(), R.id.backup_locked));
    Shots.take(screen.get(), "backup-locked-" + name);
    screen.get().findViewById(R.id.backup_refuse).performClick();
    overwrite();
    type(screen.get(), R.id.backup_again, "open sesame");
    pick(screen.get(), R.id.backup_save);
    end(screen.get());
    Shots.take(screen.get(), "backup-overwritten-" + name);
  }

  @Test
  @Config(qualifiers = "w411dp-h914dp-night-xxhdpi")
  public void dark() throws Exception {
    pictures("dark");
  }

  @Test
  @Config(qualifiers = "ko-rKR-w411dp-h914dp-xxhdpi")
  public void korean() throws Exception {
    pictures("ko");
  }

  @Test
  @Config(fontScale = 2f)
  public void large() throws Exception {
    pictures("2.0");
  }

  @Test
  @Config(qualifiers = "w914dp-h411dp-land-xxhdpi")
  public void landscape() throws Exception {
    pictures("land");
  }

  @Test
  @Config(qualifiers = "ar-ldrtl-w411dp-h914dp-xxhdpi")
  public void rightToLeft() throws Exception {
    pictures("rtl");
  }
}
