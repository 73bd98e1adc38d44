package org.malgwi.app.history;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.media.AudioManager;
import android.text.Spanned;
import android.text.style.ClickableSpan;
import android.widget.Button;
import android.widget.SeekBar;
import android.widget.TextView;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.R;
import org.malgwi.app.Shots;
import org.malgwi.app.Wait;
import org.malgwi.app.ui.DottedTextView;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.shadows.ShadowAudioManager;
import org.robolectric.shadows.ShadowAudioTrack;

/** What is heard of a transcript, and where. */
@RunWith(RobolectricTestRunner.class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35, qualifiers = "w411dp-h914dp-xxhdpi")
public class TranscriptPlayerTest extends OpenHistory {
  @Test
  @Config(sdk = {34, 35, 36})
  public void aTapOnAWordPlaysIt() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", TALK, true);
    byte[] all = Files.readAllBytes(app.history().audio(id).toPath());
    ByteArrayOutputStream played = new ByteArrayOutputStream();
    ShadowAudioTrack.addAudioDataListener(
        (track, bytes, format) -> {
          synchronized (played) {
            played.writeBytes(bytes);
          }
        });
    ActivityController<TranscriptActivity> screen = transcript(id);
    Spanned text = (Spanned) paragraph(screen.get(), 0).getText();
    assertEquals(TALK, text.toString());
    ClickableSpan[] words = text.getSpans(0, text.length(), ClickableSpan.class);
    assertEquals(15, words.length);
    DottedTextView.Dotted[] unsure = text.getSpans(0, text.length(), DottedTextView.Dotted.class);
    assertEquals(2, unsure.length);
    assertEquals(
        "drifted",
        text.subSequence(text.getSpanStart(unsure[0]), text.getSpanEnd(unsure[0])).toString());
    words[2].onClick(paragraph(screen.get(), 0)); // from 2 to 2.5 s, and a little around it
    byte[] expected = Arrays.copyOfRange(all, 2 * 16 * 1_950, 2 * 16 * 2_600);
    Wait.until(
        "it is played",
        () -> {
          synchronized (played) {
            return played.size() >= expected.length;
          }
        });
    assertArrayEquals(expected, played.toByteArray());
  }

  private static String time(Activity screen) {
    return screen.<TextView>findViewById(R.id.player_time).getText().toString();
  }

  @Test
  public void itIsHeardWhileItIsCorrected() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", TALK, true);
    Activity screen = transcript(id).get();
    CountDownLatch held = new CountDownLatch(1);
    ShadowAudioTrack.addAudioDataListener((track, bytes, format) -> await(held));
    screen.findViewById(R.id.transcript_play).performClick();
    screen.findViewById(R.id.transcript_edit).performClick();
    Button play = screen.findViewById(R.id.transcript_play);
    shadowOf(android.os.Looper.getMainLooper()).idle();
    assertTrue(play.isShown());
    assertFalse("room for the text", screen.findViewById(R.id.player_seek).isShown());
    assertEquals("it plays on", "Stop", play.getText().toString());
    Shots.take(screen, "transcript-edit-player");
    held.countDown();
    Wait.until("it has ended", () -> play.getText().toString().equals("Play"));
  }

  @Test
  public void aPhraseIsHeardAgainAndAgain() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", TALK, true);
    Activity screen = transcript(id).get();
    AtomicLong written = new AtomicLong();
    ShadowAudioTrack.addAudioDataListener(
        (track, bytes, format) -> written.addAndGet(bytes.length));
    screen.findViewById(R.id.player_loop).performClick();
    assertTrue(screen.findViewById(R.id.player_loop).isSelected());
    screen.findViewById(R.id.transcript_play).performClick();
    long all = app.history().audio(id).length();
    Wait.until("more than there is was heard", () -> written.get() > 2 * all);
    screen.findViewById(R.id.player_loop).performClick();
    Button play = screen.findViewById(R.id.transcript_play);
    Wait.until("it ends", () -> play.getText().toString().equals("Play"));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  public void playAndStop() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", TALK, true);
    Activity screen = transcript(id).get();
    Button play = screen.findViewById(R.id.transcript_play);
    assertEquals("Play", play.getText().toString());
    play.performClick();
    assertEquals("Stop", play.getText().toString());
    play.performClick();
    assertEquals("Play", play.getText().toString());
    assertEquals("0:00 / 0:15", time(screen));
    screen.findViewById(R.id.player_on).performClick();
    screen.findViewById(R.id.player_on).performClick();
    assertEquals("0:10 / 0:15", time(screen));
    screen.findViewById(R.id.player_back).performClick();
    assertEquals("0:05 / 0:15", time(screen));
    screen.findViewById(R.id.player_on).performClick();
    screen.findViewById(R.id.player_on).performClick();
    assertTrue("no further than its end", time(screen).startsWith("0:15"));
    screen.findViewById(R.id.player_speed).performClick();
    assertEquals("1.25×", screen.<Button>findViewById(R.id.player_speed).getText().toString());
    Activity silent = transcript(Written.add(app, Source.SPEECH, "", TALK, false)).get();
    assertFalse(isShown(silent, R.id.transcript_player));
    assertNull(paragraph(silent, 0).getMovementMethod());
  }

  /** Each place that a finger passes would begin to play. */
  @Test
  public void whatIsDraggedIsHeardWhereItIsLetGo() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", TALK, true);
    Activity screen = transcript(id).get();
    CountDownLatch held = new CountDownLatch(1);
    ShadowAudioTrack.addAudioDataListener((track, bytes, format) -> await(held));
    screen.findViewById(R.id.transcript_play).performClick();
    ShadowAudioManager audio = shadowOf(app.getSystemService(AudioManager.class));
    Wait.until("it plays", () -> audio.getLastAudioFocusRequest() != null);
    var begun = audio.getLastAudioFocusRequest();
    SeekBar seek = screen.findViewById(R.id.player_seek);
    var finger = shadowOf(seek).getOnSeekBarChangeListener();
    finger.onStartTrackingTouch(seek);
    for (int ms = 1_000; ms <= 9_000; ms += 1_000) {
      seek.setProgress(ms);
      finger.onProgressChanged(seek, ms, true);
    }
    assertEquals("0:09 / 0:15", time(screen));
    assertSame("it plays on", begun, audio.getLastAudioFocusRequest());
    finger.onStopTrackingTouch(seek);
    Wait.until("from there", () -> audio.getLastAudioFocusRequest() != begun);
    assertEquals("0:09 / 0:15", time(screen));
    held.countDown();
    Button play = screen.findViewById(R.id.transcript_play);
    Wait.until("it has ended", () -> play.getText().toString().equals("Play"));
  }
}
