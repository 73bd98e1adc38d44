package org.malgwi.app.history;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.AlertDialog;
import android.os.Looper;
import android.widget.EditText;
import android.widget.PopupMenu;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.R;
import org.malgwi.app.Wait;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAlertDialog;
import org.robolectric.shadows.ShadowAudioTrack;
import org.robolectric.shadows.ShadowPopupMenu;

/** What is heard, open and typed when the phone is turned. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-port-xxhdpi")
public class TurnedTranscriptTest extends OpenHistory {
  private ActivityController<TranscriptActivity> screen;

  private void open(boolean sound) throws Exception {
    screen = transcript(Written.add(app, Source.SPEECH, "", TALK, sound));
  }

  private void turn() throws Exception {
    RuntimeEnvironment.setQualifiers("w914dp-h411dp-land-xxhdpi");
    screen.recreate();
    Wait.until("it is there", () -> !said(R.id.transcript_facts).isEmpty());
  }

  private String said(int id) {
    return text(screen.get().findViewById(R.id.root), id);
  }

  private static void choose(Activity activity, int item) {
    activity.findViewById(R.id.more).performClick();
    PopupMenu menu = ShadowPopupMenu.getLatestPopupMenu();
    assertTrue(
        shadowOf(menu).getOnMenuItemClickListener().onMenuItemClick(menu.getMenu().findItem(item)));
  }

  /** The field of the dialog that asks for a title. */
  static EditText title() {
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    assertTrue(dialog.isShowing());
    return dialog.findViewById(R.id.transcript_new_title);
  }

  @Test
  @Config(sdk = {34, 35, 36})
  public void whatPlaysPlaysOnFromWhereItWas() throws Exception {
    open(true);
    Map<Object, ByteArrayOutputStream> tracks = new LinkedHashMap<>();
    CountDownLatch held = new CountDownLatch(1);
    ShadowAudioTrack.addAudioDataListener(
        (track, bytes, format) -> {
          synchronized (tracks) {
            tracks.computeIfAbsent(track, one -> new ByteArrayOutputStream()).writeBytes(bytes);
          }
          await(held);
        });
    screen.get().findViewById(R.id.player_on).performClick(); // to 5 s
    screen.get().findViewById(R.id.transcript_play).performClick();
    Wait.until("it is heard", () -> tracks(tracks) == 1);
    turn();
    assertEquals("Stop", said(R.id.transcript_play));
    assertEquals("0:05 / 0:15", said(R.id.player_time));
    Wait.until("it is heard", () -> tracks(tracks) == 2);
    held.countDown();
    Wait.until("it ends", () -> said(R.id.transcript_play).equals("Play"));
    byte[] all =
        Files.readAllBytes(app.history().audio(app.history().search("", 1).get(0).id()).toPath());
    synchronized (tracks) {
      byte[] heard = tracks.values().stream().skip(1).findFirst().get().toByteArray();
      assertArrayEquals(Arrays.copyOfRange(all, 2 * 16 * 5_000, all.length), heard);
    }
  }

  private static int tracks(Map<Object, ByteArrayOutputStream> tracks) {
    synchronized (tracks) {
      return tracks.size();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  public void whatIsStoppedStaysAtItsPlace() throws Exception {
    open(true);
    screen.get().findViewById(R.id.player_on).performClick();
    screen.get().findViewById(R.id.player_on).performClick();
    screen.get().findViewById(R.id.player_loop).performClick();
    screen.get().findViewById(R.id.player_speed).performClick();
    turn();
    assertEquals("Play", said(R.id.transcript_play));
    assertEquals("0:10 / 0:15", said(R.id.player_time));
    assertTrue(screen.get().findViewById(R.id.player_loop).isSelected());
    assertEquals("1.25×", said(R.id.player_speed));
    screen.pause().stop().destroy();
    screen = transcript(app.history().search("", 1).get(0).id());
    assertEquals("opened anew", "0:00 / 0:15", said(R.id.player_time));
  }

  /** It isn't heard by itself when the app is opened again after its process has ended. */
  @Test
  public void whatPlayedInAnotherProcessIsSilent() throws Exception {
    open(true);
    CountDownLatch held = new CountDownLatch(1);
    ShadowAudioTrack.addAudioDataListener((track, bytes, format) -> await(held));
    screen.get().findViewById(R.id.transcript_play).performClick();
    android.os.Bundle state = new android.os.Bundle();
    screen.pause().stop().saveInstanceState(state).destroy();
    held.countDown();
    long id = app.history().search("", 1).get(0).id();
    screen =
        org.robolectric.Robolectric.buildActivity(
                TranscriptActivity.class, TranscriptActivity.intent(app, id))
            .setup(state);
    Wait.until("it is there", () -> !said(R.id.transcript_facts).isEmpty());
    assertEquals("Play", said(R.id.transcript_play));
  }

  @Test
  @Config(sdk = {34, 35})
  public void theNewTitleStaysAsTyped() throws Exception {
    open(false);
    choose(screen.get(), R.id.rename);
    title().setText("Anna's gree");
    AlertDialog before = ShadowAlertDialog.getLatestAlertDialog();
    turn();
    assertFalse(before.isShowing());
    assertEquals("Anna's gree", title().getText().toString());
    title().append("ting");
    ShadowAlertDialog.getLatestAlertDialog().getButton(AlertDialog.BUTTON_POSITIVE).performClick();
    Wait.until("it is renamed", () -> said(R.id.title).equals("Anna's greeting"));
    turn();
    assertFalse("it was answered", ShadowAlertDialog.getLatestAlertDialog().isShowing());
  }

  @Test
  public void whatIsSaidIsSaidStill() throws Exception {
    open(false);
    choose(screen.get(), R.id.share_audio);
    turn();
    AlertDialog dialog = ShadowAlertDialog.getLatestAlertDialog();
    assertTrue(dialog.isShowing());
    assertEquals(
        "The sound of this transcript wasn't kept. Settings can keep it from now on.",
        shadowOf(dialog).getMessage().toString());
  }

  @Test
  public void theCursorStaysWhereItWas() throws Exception {
    open(false);
    screen.get().findViewById(R.id.transcript_edit).performClick();
    EditText editor = screen.get().findViewById(R.id.transcript_editor);
    editor.setText("the small boat");
    editor.setSelection(4, 9);
    turn();
    EditText turned = screen.get().findViewById(R.id.transcript_editor);
    Wait.until("it is there", turned::isShown);
    assertEquals("the small boat", turned.getText().toString());
    assertEquals(4, turned.getSelectionStart());
    assertEquals(9, turned.getSelectionEnd());
  }

  @Test
  public void whatWasDeletedIsStillOfferedBack() throws Exception {
    open(false);
    screen.get().findViewById(R.id.transcript_edit).performClick();
    screen.get().<EditText>findViewById(R.id.transcript_editor).setText("by hand");
    choose(screen.get(), R.id.delete);
    Wait.until("it is deleted", () -> isShown(screen.get(), R.id.message));
    screen.recreate();
    Wait.until("it is said", () -> isShown(screen.get(), R.id.message));
    assertEquals("The transcript is deleted.", said(R.id.message_sentence));
    screen.get().findViewById(R.id.message_action).performClick();
    EditText editor = screen.get().findViewById(R.id.transcript_editor);
    Wait.until("it is back", editor::isShown);
    shadowOf(Looper.getMainLooper()).idle();
    assertEquals("with what was being written", "by hand", editor.getText().toString());
  }
}
