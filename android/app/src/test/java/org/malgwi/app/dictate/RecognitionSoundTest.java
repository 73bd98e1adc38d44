package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;

import android.content.Intent;
import android.os.ParcelFileDescriptor;
import android.speech.RecognizerIntent;
import android.speech.SpeechRecognizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.Wait;
import org.malgwi.core.Pcm;
import org.malgwi.core.Resampler;
import org.malgwi.core.Samples;
import org.malgwi.core.Search;
import org.robolectric.RobolectricTestRunner;

/** Sound that another app brings, in place of the microphone's. */
@RunWith(RobolectricTestRunner.class)
public class RecognitionSoundTest extends BoundService {
  @Test
  public void theCallersOwnSoundIsRecognisedInPlaceOfTheMicrophones() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(1).pcm(), 20);
    Demo.Clip clip = Demo.golden(0);
    ParcelFileDescriptor[] pipe = ParcelFileDescriptor.createPipe();
    Caller caller = start(request().putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE, pipe[0]));
    writeAll(pipe[1], Pcm.toBytes(clip.samples()));
    Wait.until("results or an error", caller::over);
    assertEquals(0, caller.error);
    assertEquals(clip.text(), caller.text());
    assertEquals(
        List.of("end", "results"),
        caller.order().subList(caller.order().size() - 2, caller.order().size()));
  }

  @Test
  public void stereoSoundAtAnotherRateIsConverted() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(0);
    float[] doubled = new float[4 * clip.samples().length];
    for (int i = 0; i < doubled.length; i++) {
      doubled[i] = clip.samples()[i / 4]; // two channels, each sample twice: 32 kHz
    }
    ParcelFileDescriptor[] pipe = ParcelFileDescriptor.createPipe();
    Caller caller =
        start(
            request()
                .putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE, pipe[0])
                .putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE_CHANNEL_COUNT, 2)
                .putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE_SAMPLING_RATE, 32_000));
    writeAll(pipe[1], Pcm.toBytes(doubled));
    Wait.until("results or an error", caller::over);
    float[] twice = new float[2 * clip.samples().length];
    for (int i = 0; i < twice.length; i++) {
      twice[i] = doubled[2 * i];
    }
    assertEquals(Demo.heard(atSixteen(twice, 32_000), Search.DEFAULT), caller.text());
  }

  private static float[] atSixteen(float[] samples, int rate) throws IOException {
    int[] done = {0};
    Samples source =
        block -> {
          int count = Math.min(block.length, samples.length - done[0]);
          System.arraycopy(samples, done[0], block, 0, count);
          done[0] += count;
          return count == 0 ? -1 : count;
        };
    float[] converted = new float[samples.length];
    float[] block = new float[4_096];
    int length = 0;
    Resampler resampler = new Resampler(source, rate);
    for (int count; (count = resampler.read(block)) >= 0; length += count) {
      System.arraycopy(block, 0, converted, length, count);
    }
    byte[] kept = Pcm.toBytes(Arrays.copyOf(converted, length)); // the app keeps 16 bits
    return Pcm.toFloats(kept, kept.length);
  }

  @Test
  public void soundOfAnUnknownKindIsRefused() throws Exception {
    Demo.install(app);
    ParcelFileDescriptor[] pipe = ParcelFileDescriptor.createPipe();
    Intent request = request().putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE, pipe[0]);
    assertEquals(
        SpeechRecognizer.ERROR_CLIENT,
        hear(new Intent(request).putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE_ENCODING, 77)).error);
    assertEquals(
        SpeechRecognizer.ERROR_CLIENT,
        hear(new Intent(request).putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE_SAMPLING_RATE, -1))
            .error);
    pipe[1].close();
  }
}
