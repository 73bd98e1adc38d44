package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.content.Intent;
import android.media.AudioFormat;
import android.os.BadParcelableException;
import android.os.ParcelFileDescriptor;
import android.speech.RecognizerIntent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;

@RunWith(RobolectricTestRunner.class)
public class RequestTest {
  private static Intent intent() {
    return new Intent(RecognizerIntent.ACTION_RECOGNIZE_SPEECH);
  }

  private static int pause(Intent intent) {
    return Request.of(intent).pauseMs();
  }

  @Test
  public void anEmptyRequestLeavesAllToUs() {
    Request request = Request.of(intent());
    assertEquals("", request.language());
    assertFalse(request.partials());
    assertEquals(1, request.maxResults());
    assertEquals(0, request.pauseMs());
    assertEquals(List.of(), request.hotwords());
    assertEquals("", request.prompt());
    assertNull(request.audio());
  }

  @Test
  public void everythingAskedForIsRead() throws Exception {
    ParcelFileDescriptor[] pipe = ParcelFileDescriptor.createPipe();
    Request request =
        Request.of(
            intent()
                .putExtra(RecognizerIntent.EXTRA_LANGUAGE, " ko-KR ")
                .putExtra(RecognizerIntent.EXTRA_PARTIAL_RESULTS, true)
                .putExtra(RecognizerIntent.EXTRA_MAX_RESULTS, 3)
                .putExtra(RecognizerIntent.EXTRA_PROMPT, "Say a name")
                .putStringArrayListExtra(
                    RecognizerIntent.EXTRA_BIASING_STRINGS, new ArrayList<>(List.of("malgwi", " ")))
                .putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE, pipe[0])
                .putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE_SAMPLING_RATE, 48_000)
                .putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE_CHANNEL_COUNT, 2));
    assertEquals("ko-KR", request.language());
    assertTrue(request.partials());
    assertEquals(3, request.maxResults());
    assertEquals("Say a name", request.prompt());
    assertEquals(List.of("malgwi"), request.hotwords());
    assertEquals(
        new Request.Audio(pipe[0], AudioFormat.ENCODING_PCM_16BIT, 48_000, 2), request.audio());
    pipe[0].close();
    pipe[1].close();
  }

  @Test
  public void pausesComeAsIntOrLongAndAreBroughtIntoRange() {
    String complete = RecognizerIntent.EXTRA_SPEECH_INPUT_COMPLETE_SILENCE_LENGTH_MILLIS;
    String possibly = RecognizerIntent.EXTRA_SPEECH_INPUT_POSSIBLY_COMPLETE_SILENCE_LENGTH_MILLIS;
    assertEquals(2_000, pause(intent().putExtra(complete, 2_000)));
    assertEquals(2_000, pause(intent().putExtra(complete, 2_000L)));
    assertEquals(900, pause(intent().putExtra(possibly, 900)));
    assertEquals(2_000, pause(intent().putExtra(possibly, 900).putExtra(complete, 2_000)));
    assertEquals(300, pause(intent().putExtra(complete, 1)));
    assertEquals(60_000, pause(intent().putExtra(complete, Long.MAX_VALUE)));
    assertEquals(0, pause(intent().putExtra(complete, -5)));
    assertEquals(0, pause(intent().putExtra(complete, "soon")));
  }

  @Test
  public void numbersAndListsAreLimited() {
    Intent many =
        intent()
            .putExtra(RecognizerIntent.EXTRA_MAX_RESULTS, 1_000_000)
            .putExtra(RecognizerIntent.EXTRA_PROMPT, "p".repeat(10_000))
            .putStringArrayListExtra(
                RecognizerIntent.EXTRA_BIASING_STRINGS,
                new ArrayList<>(Collections.nCopies(10_000, "word")));
    assertEquals(10, Request.of(many).maxResults());
    assertEquals(200, Request.of(many).prompt().length());
    assertEquals(200, Request.of(many).hotwords().size());
    assertEquals(
        1, Request.of(intent().putExtra(RecognizerIntent.EXTRA_MAX_RESULTS, -1)).maxResults());
  }

  @Test
  public void whatCannotBeReadIsRefused() {
    Intent hostile =
        new Intent() {
          @Override
          public String getStringExtra(String name) {
            throw new BadParcelableException("class com.example.Unknown");
          }
        };
    assertThrows(IllegalArgumentException.class, () -> Request.of(hostile));
    Intent otherType = intent().putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE, new Intent());
    assertThrows(IllegalArgumentException.class, () -> Request.of(otherType));
  }
}
