package org.malgwi.app.listen;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.media.AudioManager;
import android.os.Looper;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.android.Sound;
import org.malgwi.app.FakeMicrophone;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowToast;

@RunWith(RobolectricTestRunner.class)
public class MicrophoneTest {
  @After
  public void tearDown() {
    FakeMicrophone.forget();
  }

  @Test
  public void whomTheSystemLetsNobodyQuietenRecordsAndSaysSoOnce() throws Exception {
    Application context = RuntimeEnvironment.getApplication();
    AudioManager audio = context.getSystemService(AudioManager.class);
    FakeMicrophone.allow();
    FakeMicrophone.says(new short[100], 1);
    shadowOf(audio).setIsMusicActive(true);
    for (int i = 0; i < 2; i++) {
      shadowOf(audio).setNextFocusRequestResponse(AudioManager.AUDIOFOCUS_REQUEST_FAILED);
      try (Sound sound = new Microphone(context).open()) {
        assertTrue(sound.read(new float[1_600]) > 0);
      }
      shadowOf(Looper.getMainLooper()).idle();
      assertEquals(1, ShadowToast.shownToastCount());
    }
    assertTrue(ShadowToast.getTextOfLatestToast().startsWith("Other apps couldn't be asked"));
  }
}
