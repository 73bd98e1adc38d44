package org.malgwi.embedding;

import static org.junit.Assert.assertEquals;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.os.Looper;
import android.view.ViewGroup;
import android.widget.TextView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowAudioRecord;

/**
 * Run by {@code EmbeddingTest} in a process of its own, where all but this class is shrunk: the app
 * hears the clip {@code malgwi.clip}, a WAV file, as {@code malgwi.expected}.
 */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class HearsAClip {
  private static final int WAV_HEADER = 44;
  private static final long MOST_MS = 300_000;

  private volatile boolean allGiven;

  @Test
  public void it() throws Exception {
    shadowOf(RuntimeEnvironment.getApplication())
        .grantPermissions(Manifest.permission.RECORD_AUDIO);
    byte[] wav = Files.readAllBytes(Path.of(System.getProperty("malgwi.clip")));
    ShortBuffer pcm =
        ByteBuffer.wrap(wav, WAV_HEADER, wav.length - WAV_HEADER)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asShortBuffer();
    ShadowAudioRecord.setSourceProvider(record -> new Source(pcm));
    try (ActivityController<EmbeddingActivity> app =
        Robolectric.buildActivity(EmbeddingActivity.class).setup()) {
      ViewGroup content = app.get().findViewById(android.R.id.content);
      ViewGroup page = (ViewGroup) content.getChildAt(0);
      TextView text = (TextView) page.getChildAt(0);
      boolean tapped = false;
      for (long ms = 0; ms < MOST_MS && !isEnd(text.getText().toString()); ms += 10) {
        shadowOf(Looper.getMainLooper()).idle();
        if (allGiven && !tapped) {
          tapped = page.getChildAt(1).performClick();
        }
        Thread.sleep(10);
      }
      assertEquals("final: " + System.getProperty("malgwi.expected"), text.getText().toString());
    }
  }

  private static boolean isEnd(String shown) {
    return shown.startsWith("final") || shown.startsWith("failed");
  }

  /** The clip in the place of the microphone; nothing more comes after it. */
  private final class Source implements ShadowAudioRecord.AudioRecordSource {
    private final ShortBuffer pcm;

    Source(ShortBuffer pcm) {
      this.pcm = pcm;
    }

    @Override
    public int readInShortArray(short[] out, int offset, int count, boolean blocking) {
      int most = Math.min(count, pcm.remaining());
      pcm.get(out, offset, most);
      allGiven = !pcm.hasRemaining();
      return most;
    }
  }
}
