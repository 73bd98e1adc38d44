package org.malgwi.app.dictate;

import static org.junit.Assert.assertTrue;

import android.app.Application;
import android.content.AttributionSource;
import android.content.Intent;
import android.os.Bundle;
import android.os.ParcelFileDescriptor;
import android.os.Process;
import android.os.RemoteException;
import android.speech.IRecognitionListener;
import android.speech.IRecognitionService;
import android.speech.RecognitionService;
import android.speech.RecognizerIntent;
import android.speech.SpeechRecognizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.Wait;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;

/**
 * The recognition service through its real Binder, as another app has it; what its tests have in
 * common.
 */
@Config(shadows = ShadowPermissionChecker.class)
abstract class BoundService {
  final Application app = RuntimeEnvironment.getApplication();
  ServiceController<MalgwiRecognitionService> controller;
  IRecognitionService service;

  @Before
  public void bind() {
    FakeMicrophone.allow();
    controller = Robolectric.buildService(MalgwiRecognitionService.class).create();
    service =
        IRecognitionService.Stub.asInterface(
            controller.get().onBind(new Intent(RecognitionService.SERVICE_INTERFACE)));
  }

  @After
  public void unbind() {
    controller.destroy();
    FakeMicrophone.forget();
  }

  /** What another app is told. */
  static final class Caller extends IRecognitionListener.Stub {
    final List<String> calls = new ArrayList<>();
    final List<String> partials = new ArrayList<>();
    Bundle results;
    int error;

    boolean over() {
      return results != null || error != 0;
    }

    /** The calls in order, each kind of them once. */
    List<String> order() {
      return calls.stream().distinct().toList();
    }

    String text() {
      return results.getStringArrayList(SpeechRecognizer.RESULTS_RECOGNITION).get(0);
    }

    @Override
    public void onReadyForSpeech(Bundle parameters) {
      calls.add("ready");
    }

    @Override
    public void onBeginningOfSpeech() {
      calls.add("beginning");
    }

    @Override
    public void onRmsChanged(float rms) {
      assertTrue("" + rms, rms >= -2 && rms <= 10);
      calls.add("rms");
    }

    @Override
    public void onBufferReceived(byte[] buffer) {}

    @Override
    public void onEndOfSpeech() {
      calls.add("end");
    }

    @Override
    public void onError(int code) {
      calls.add("error");
      error = code;
    }

    @Override
    public void onResults(Bundle bundle) {
      calls.add("results");
      results = bundle;
    }

    @Override
    public void onPartialResults(Bundle bundle) {
      calls.add("partial");
      partials.add(bundle.getStringArrayList(SpeechRecognizer.RESULTS_RECOGNITION).get(0));
    }

    @Override
    public void onSegmentResults(Bundle bundle) {}

    @Override
    public void onEndOfSegmentedSession() {}

    @Override
    public void onLanguageDetection(Bundle bundle) {}

    @Override
    public void onEvent(int type, Bundle parameters) {}
  }

  static Intent request() {
    return new Intent(RecognizerIntent.ACTION_RECOGNIZE_SPEECH);
  }

  static AttributionSource caller() {
    return new AttributionSource.Builder(Process.myUid()).setPackageName("org.malgwi.app").build();
  }

  Caller start(Intent request) throws RemoteException {
    Caller caller = new Caller();
    service.startListening(request, caller, caller());
    return caller;
  }

  Caller hear(Intent request) throws Exception {
    Caller caller = start(request);
    Wait.until("results or an error", caller::over);
    return caller;
  }

  /** All at once: Robolectric's pipes are files, and end where nothing is written yet. */
  static void writeAll(ParcelFileDescriptor end, byte[] bytes) throws IOException {
    try (OutputStream out = new ParcelFileDescriptor.AutoCloseOutputStream(end)) {
      out.write(bytes);
    }
  }
}
