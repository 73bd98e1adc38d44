package org.malgwi.app.dictate;

import android.content.Intent;
import android.speech.RecognitionService;

/** What other apps recognise speech with. */
public final class MalgwiRecognitionService extends RecognitionService {
  @Override
  protected void onStartListening(Intent request, Callback caller) {}

  @Override
  protected void onStopListening(Callback caller) {}

  @Override
  protected void onCancel(Callback caller) {}
}
