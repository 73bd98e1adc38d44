package org.malgwi.app.dictate;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.Manifest;
import android.app.Application;
import android.content.AttributionSource;
import android.content.Intent;
import android.os.Bundle;
import android.os.ParcelFileDescriptor;
import android.os.Process;
import android.os.RemoteException;
import android.speech.IRecognitionListener;
import android.speech.IRecognitionService;
import android.speech.IRecognitionSupportCallback;
import android.speech.RecognitionService;
import android.speech.RecognitionSupport;
import android.speech.RecognizerIntent;
import android.speech.SpeechRecognizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.FakeMicrophone;
import org.malgwi.app.Wait;
import org.malgwi.core.Pcm;
import org.malgwi.core.Resampler;
import org.malgwi.core.Samples;
import org.malgwi.core.Search;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;

/**
 * The recognition service through its real Binder, with the demo's model. Clip 1 keeps its text
 * whatever quiet follows it.
 */
@RunWith(RobolectricTestRunner.class)
@Config(shadows = ShadowPermissionChecker.class)
public class RecognitionServiceTest {
  private final Application app = RuntimeEnvironment.getApplication();
  private ServiceController<MalgwiRecognitionService> controller;
  private IRecognitionService service;

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
  private static final class Caller extends IRecognitionListener.Stub {
    private final List<String> calls = new ArrayList<>();
    private final List<String> partials = new ArrayList<>();
    private Bundle results;
    private int error;

    private boolean over() {
      return results != null || error != 0;
    }

    /** The calls in order, each kind of them once. */
    private List<String> order() {
      return calls.stream().distinct().toList();
    }

    private String text() {
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

  private static Intent request() {
    return new Intent(RecognizerIntent.ACTION_RECOGNIZE_SPEECH);
  }

  private static AttributionSource caller() {
    return new AttributionSource.Builder(Process.myUid()).setPackageName("org.malgwi.app").build();
  }

  private Caller start(Intent request) throws RemoteException {
    Caller caller = new Caller();
    service.startListening(request, caller, caller());
    return caller;
  }

  private Caller hear(Intent request) throws Exception {
    Caller caller = start(request);
    Wait.until("results or an error", caller::over);
    return caller;
  }

  @Test
  public void theMicrophonesSpeechBecomesText() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 20);
    Caller caller = hear(request().putExtra(RecognizerIntent.EXTRA_PARTIAL_RESULTS, true));
    assertEquals(clip.text(), caller.text());
    float[] scores = caller.results.getFloatArray(SpeechRecognizer.CONFIDENCE_SCORES);
    assertEquals(1, scores.length);
    assertTrue("" + scores[0], scores[0] > 0 && scores[0] <= 1);
    List<String> order = caller.order();
    assertEquals("ready", order.get(0));
    assertTrue("" + order, order.indexOf("beginning") < order.indexOf("partial"));
    assertEquals(List.of("end", "results"), order.subList(order.size() - 2, order.size()));
    assertFalse(caller.partials.isEmpty());
  }

  @Test
  public void partialTextsAreForThoseWhoAsk() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(1).pcm(), 20);
    assertFalse(hear(request()).calls.contains("partial"));
  }

  @Test
  public void anotherModelHearsAnotherText() throws Exception {
    Demo.install(app, Demo.altered());
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 20);
    Caller caller = hear(request());
    assertNotEquals(clip.text(), caller.text());
    assertEquals(Demo.alter(clip.text()), caller.text());
  }

  @Test
  public void severalTextsAreForThoseWhoAsk() throws Exception {
    Demo.install(app);
    float[] noisy = noisy(Demo.golden(0).samples());
    short[] pcm = new short[noisy.length];
    for (int i = 0; i < noisy.length; i++) {
      pcm[i] = (short) Math.round(32_768 * noisy[i]);
    }
    FakeMicrophone.says(pcm, 20);
    Caller caller = hear(request().putExtra(RecognizerIntent.EXTRA_MAX_RESULTS, 3));
    List<String> texts = caller.results.getStringArrayList(SpeechRecognizer.RESULTS_RECOGNITION);
    assertEquals(3, texts.stream().distinct().count());
    // Of a model that learnt little the best spelling need not be the one of the best tokens.
    Search three = Search.DEFAULT.withNbest(3);
    float[] andQuiet = Arrays.copyOf(noisy, noisy.length + 16_000);
    assertEquals(Demo.heard(andQuiet, three), texts.get(0));
    float[] scores = caller.results.getFloatArray(SpeechRecognizer.CONFIDENCE_SCORES);
    assertTrue(scores.length == 3 && scores[0] >= scores[1] && scores[1] >= scores[2]);
  }

  @Test
  public void biasingStringsArePreferredAndUnknownLettersDoNoHarm() throws Exception {
    Demo.install(app);
    // Each hotword is a word that lacks one of its letters.
    float[] noisy = noisy(Demo.golden(0).samples());
    String plain = Demo.heard(noisy, Search.DEFAULT);
    List<String> hotwords = new ArrayList<>();
    for (String word : plain.split(" ", -1)) {
      for (int i = 0; i < word.length() && word.length() > 3; i++) {
        hotwords.add(word.substring(0, i) + word.substring(i + 1));
      }
    }
    String biased = Demo.heard(noisy, Search.DEFAULT.withHotwords(hotwords));
    assertNotEquals("the hotwords matter", plain, biased);
    assertEquals(plain, recognise(noisy, List.of()));
    hotwords.add(0, "말귀");
    assertEquals(biased, recognise(noisy, hotwords));
  }

  /** A clip in which noise leaves room for doubt. */
  private static float[] noisy(float[] samples) {
    Random random = new Random(1);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = Math.round(32_768 * (samples[i] + 0.02 * random.nextGaussian())) / 32_768f;
    }
    return samples;
  }

  private String recognise(float[] samples, List<String> hotwords) throws Exception {
    ParcelFileDescriptor[] pipe = ParcelFileDescriptor.createPipe();
    Caller caller =
        start(
            request()
                .putExtra(RecognizerIntent.EXTRA_AUDIO_SOURCE, pipe[0])
                .putExtra(
                    RecognizerIntent.EXTRA_SPEECH_INPUT_COMPLETE_SILENCE_LENGTH_MILLIS, 60_000)
                .putStringArrayListExtra(
                    RecognizerIntent.EXTRA_BIASING_STRINGS, new ArrayList<>(hotwords)));
    writeAll(pipe[1], Pcm.toBytes(samples));
    Wait.until("results or an error", caller::over);
    return caller.text();
  }

  @Test
  public void stoppingEndsTheSpeech() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(0);
    FakeMicrophone.Given said = FakeMicrophone.says(clip.pcm(), 0);
    Caller caller =
        start(
            request()
                .putExtra(
                    RecognizerIntent.EXTRA_SPEECH_INPUT_COMPLETE_SILENCE_LENGTH_MILLIS, 60_000));
    Wait.until("the clip's end", () -> said.samples() >= clip.pcm().length);
    service.stopListening(caller);
    Wait.until("results", caller::over);
    assertEquals(clip.text(), caller.text());
  }

  @Test
  public void aQuietRoomIsNoMatch() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(new short[0], 20);
    Caller caller = hear(request());
    assertEquals(SpeechRecognizer.ERROR_NO_MATCH, caller.error);
    assertNull(caller.results);
  }

  @Test
  public void aBlockedMicrophoneIsAnError() throws Exception {
    Demo.install(app);
    FakeMicrophone.saysZeros(60);
    Caller caller = hear(request());
    assertEquals(SpeechRecognizer.ERROR_AUDIO, caller.error);
  }

  @Test
  public void aSecondCallerFindsItBusyAndTheFirstGoesOn() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 20);
    Caller first = start(request());
    Wait.until("the microphone is open", () -> first.calls.contains("ready"));
    Caller second = hear(request());
    assertEquals(SpeechRecognizer.ERROR_RECOGNIZER_BUSY, second.error);
    assertEquals(List.of("error"), second.calls);
    Wait.until("the first one's results", first::over);
    assertEquals(clip.text(), first.text());
    FakeMicrophone.says(clip.pcm(), 20);
    assertEquals("it is free again", clip.text(), hear(request()).text());
  }

  @Test
  public void nothingIsSaidAfterCancel() throws Exception {
    Demo.install(app);
    FakeMicrophone.Given said = FakeMicrophone.says(Demo.golden(1).pcm(), 20);
    Caller cancelled = start(request());
    Wait.until("it listens", () -> cancelled.calls.contains("ready") && said.samples() > 0);
    service.cancel(cancelled, false);
    Wait.until("the looper is empty", () -> true);
    int calls = cancelled.calls.size();
    FakeMicrophone.says(Demo.golden(1).pcm(), 20);
    assertEquals(Demo.golden(1).text(), hear(request()).text());
    assertEquals(calls, cancelled.calls.size());
    assertFalse(cancelled.over());
  }

  @Test
  @Config(shadows = {ShadowPermissionChecker.class, FakeMicrophone.Contended.class})
  public void aRequestWaitsUntilTheOneBeforeHasLetGoOfTheMicrophone() throws Exception {
    Demo.install(app);
    FakeMicrophone.Given said = FakeMicrophone.says(Demo.golden(1).pcm(), 20);
    Caller cancelled = start(request());
    Wait.until("it listens", () -> cancelled.calls.contains("ready") && said.samples() > 0);
    FakeMicrophone.Contended.keep(true);
    service.cancel(cancelled, false);
    FakeMicrophone.says(Demo.golden(1).pcm(), 20);
    Caller next = start(request());
    Wait.until(
        "it waits, or didn't",
        () -> next.over() || captures().anyMatch(Thread.State.WAITING::equals));
    assertEquals(List.of(), next.calls);
    FakeMicrophone.Contended.keep(false);
    Wait.until("results or an error", next::over);
    assertEquals(0, next.error);
    assertEquals(Demo.golden(1).text(), next.text());
  }

  @Test
  public void cancellingBeforeTheModelIsFoundIsHeeded() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(Demo.golden(1).pcm(), 20);
    Caller cancelled = start(request());
    service.cancel(cancelled, false);
    assertEquals(Demo.golden(1).text(), hear(request()).text());
    assertEquals(List.of(), cancelled.calls);
  }

  @Test
  public void withoutThePermissionNothingIsHeard() throws Exception {
    Demo.install(app);
    shadowOf(app).denyPermissions(Manifest.permission.RECORD_AUDIO);
    Caller caller = hear(request());
    assertEquals(SpeechRecognizer.ERROR_INSUFFICIENT_PERMISSIONS, caller.error);
    assertEquals(List.of("error"), caller.calls);
  }

  @Test
  public void withoutAModelItIsTheRecognisersError() throws Exception {
    assertEquals(SpeechRecognizer.ERROR_SERVER, hear(request()).error);
  }

  @Test
  public void theLanguageChoosesTheModel() throws Exception {
    Demo.install(app);
    Demo.Clip clip = Demo.golden(1);
    FakeMicrophone.says(clip.pcm(), 20);
    assertEquals(
        clip.text(), hear(request().putExtra(RecognizerIntent.EXTRA_LANGUAGE, "en-GB")).text());
    assertEquals(
        SpeechRecognizer.ERROR_LANGUAGE_NOT_SUPPORTED,
        hear(request().putExtra(RecognizerIntent.EXTRA_LANGUAGE, "ko-KR")).error);
  }

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

  /** All at once: Robolectric's pipes are files, and end where nothing is written yet. */
  private static void writeAll(ParcelFileDescriptor end, byte[] bytes) throws IOException {
    try (OutputStream out = new ParcelFileDescriptor.AutoCloseOutputStream(end)) {
      out.write(bytes);
    }
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

  @Test
  public void theLanguagesAreTold() throws Exception {
    Demo.install(app);
    List<RecognitionSupport> told = new ArrayList<>();
    service.checkRecognitionSupport(
        request().putExtra(RecognizerIntent.EXTRA_LANGUAGE, "en-GB"),
        caller(),
        new IRecognitionSupportCallback.Stub() {
          @Override
          public void onSupportResult(RecognitionSupport support) {
            told.add(support);
          }

          @Override
          public void onError(int code) {
            throw new AssertionError("error " + code);
          }
        });
    Wait.until("the answer", () -> !told.isEmpty());
    assertEquals(List.of("en", "en-GB"), told.get(0).getInstalledOnDeviceLanguages());
    assertEquals(List.of(), told.get(0).getOnlineLanguages());
  }

  @Test
  public void aServiceThatGoesAwayStopsListening() throws Exception {
    Demo.install(app);
    FakeMicrophone.says(new short[0], 5);
    Caller caller = start(request());
    Wait.until("ready", () -> caller.calls.contains("ready"));
    controller.get().onDestroy();
    Wait.until("the microphone is closed", RecognitionServiceTest::nobodyRecords);
    assertFalse(caller.over());
  }

  private static boolean nobodyRecords() {
    return captures().findAny().isEmpty();
  }

  /** What the threads do that have the microphone, or wait for it. */
  private static Stream<Thread.State> captures() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("malgwi-capture"))
        .map(Thread::getState);
  }
}
