package org.malgwi.app.listen;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import android.app.Application;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.android.AudioInput;
import org.malgwi.android.Sound;
import org.malgwi.app.Demo;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.models.Lease;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.problem.ProblemException;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Pcm;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class DictationTest {
  private static final LiveStream.Options UNTIL_STOPPED = new LiveStream.Options(0, 0, 300);

  @Rule public final TemporaryFolder folder = new TemporaryFolder();

  private final Application context = RuntimeEnvironment.getApplication();
  private final Spoken spoken = new Spoken();
  private final Heard heard = new Heard();
  private Installed installed;
  private Demo.Clip clip;

  /** Writes down what it is told. */
  private static final class Heard implements Dictation.Listener {
    final List<String> calls = new ArrayList<>();
    final List<Float> levels = new ArrayList<>();
    Dictation.State state;
    Transcript transcript;
    Problem problem;
    String text = "";
    boolean over;

    @Override
    public void onState(Dictation.State now) {
      state = now;
      calls.add(now.name());
    }

    @Override
    public void onLevel(float dbfs) {
      levels.add(dbfs);
    }

    @Override
    public void onSpeech() {
      calls.add("speech");
    }

    @Override
    public void onText(String stable, String moving) {
      text = new LiveStream.Update(stable, moving).text();
      if (!calls.contains("text")) {
        calls.add("text");
      }
    }

    @Override
    public void onFinal(Transcript last) {
      transcript = last;
      end("final");
    }

    @Override
    public void onCancelled() {
      end("cancelled");
    }

    @Override
    public void onProblem(Problem found, Throwable detail) {
      problem = found;
      end("problem");
    }

    private void end(String how) {
      assertTrue("a second end: " + how, !over);
      over = true;
      calls.add(how);
    }
  }

  @Before
  public void install() throws Exception {
    installed = Demo.install(context);
    clip = Demo.golden(0);
  }

  /** A process that ends while onnxruntime loads a model crashes. */
  @After
  public void letTheEngineFinish() throws Exception {
    Engine.of(context).acquire(installed).get().close();
  }

  private Dictation dictation(AudioInput input, LiveStream.Options options, File pcm) {
    return new Dictation(
        context,
        Engine.of(context),
        installed,
        input,
        new Dictation.Options(options, Search.DEFAULT, pcm),
        heard);
  }

  private Transcript transcribed(float[] samples) throws Exception {
    try (Lease lease = Engine.of(context).acquire(installed).get()) {
      return lease.recognizer().transcribe(samples);
    }
  }

  @Test
  public void theFinalIsWhatTranscribeGivesOnTheSameSamples() throws Exception {
    File pcm = new File(folder.getRoot(), "a.pcm");
    Dictation dictation = dictation(spoken, UNTIL_STOPPED, pcm);
    dictation.start();
    spoken.say(clip.samples());
    spoken.quiet(0.5);
    Wait.until("all is recorded", () -> dictation.samples() == clip.samples().length + 8_000);
    dictation.finish();
    Wait.until("the end", () -> heard.over);
    byte[] bytes = Files.readAllBytes(pcm.toPath());
    assertEquals(2L * (clip.samples().length + 8_000), bytes.length);
    assertEquals(transcribed(Pcm.toFloats(bytes, bytes.length)), heard.transcript);
    assertEquals("final", heard.calls.get(heard.calls.size() - 1));
    assertTrue(heard.calls.contains("FINISHING"));
  }

  @Test
  public void theLoudnessIsTold() throws Exception {
    Dictation dictation = dictation(spoken, UNTIL_STOPPED, null);
    dictation.start();
    float[] loud = new float[1_600];
    for (int i = 0; i < loud.length; i++) {
      loud[i] = i % 2 == 0 ? 0.5f : -0.5f;
    }
    spoken.say(loud);
    Wait.until("half of full scale", () -> heard.levels.contains((float) (10 * Math.log10(0.25))));
    dictation.cancel();
    Wait.until("the end", () -> heard.over);
  }

  @Test
  public void aPauseEndsItByItself() throws Exception {
    File pcm = new File(folder.getRoot(), "a.pcm");
    dictation(spoken, new LiveStream.Options(1_000, 0, 100), pcm).start();
    Wait.until("it listens", () -> heard.state == Dictation.State.LISTENING);
    spoken.say(clip.samples());
    spoken.quiet(3);
    Wait.until("the end", () -> heard.over);
    assertEquals(Demo.heard(pcm), heard.transcript.text());
    // A slow machine may tell the last text and the end at once.
    List<String> calls = heard.calls.stream().filter(call -> !call.equals("LOADING")).toList();
    assertEquals("LISTENING", calls.get(0));
    assertEquals(Set.of("speech", "text", "FINISHING"), Set.copyOf(calls.subList(1, 4)));
    assertEquals(List.of("final"), calls.subList(4, calls.size()));
    assertEquals(heard.transcript.text(), heard.text);
  }

  @Test
  public void anotherModelHearsAnotherText() throws Exception {
    installed = Demo.install(context, Demo.altered());
    Dictation dictation = dictation(spoken, UNTIL_STOPPED, null);
    dictation.start();
    spoken.say(clip.samples());
    spoken.end();
    Wait.until("the end", () -> heard.over);
    assertNotEquals(clip.text(), heard.transcript.text());
    assertEquals(Demo.alter(clip.text()), heard.transcript.text());
    assertEquals(0, context.getCacheDir().list((where, name) -> name.endsWith(".pcm")).length);
  }

  @Test
  public void aPauseTakesNoSoundAndLosesNone() throws Exception {
    File pcm = new File(folder.getRoot(), "a.pcm");
    Dictation dictation = dictation(spoken, UNTIL_STOPPED, pcm);
    dictation.start();
    int half = clip.samples().length / 2 / 1_600 * 1_600;
    spoken.say(java.util.Arrays.copyOf(clip.samples(), half));
    Wait.until("the first half", () -> dictation.samples() == half);
    dictation.pause();
    assertEquals(Dictation.State.PAUSED, dictation.state());
    dictation.resume();
    dictation.pause();
    dictation.resume();
    spoken.say(java.util.Arrays.copyOfRange(clip.samples(), half, clip.samples().length));
    Wait.until("the second half", () -> dictation.samples() == clip.samples().length);
    dictation.finish();
    Wait.until("the end", () -> heard.over);
    assertEquals(clip.text(), heard.transcript.text());
    byte[] bytes = Files.readAllBytes(pcm.toPath());
    assertArrayEquals(Pcm.toBytes(clip.samples()), bytes);
  }

  @Test
  public void whatAFileHoldsIsRecognised() throws Exception {
    File pcm = new File(folder.getRoot(), "left.pcm");
    Files.write(pcm.toPath(), Pcm.toBytes(clip.samples()));
    dictation(AudioInput.NOTHING, UNTIL_STOPPED, pcm).start();
    Wait.until("the end", () -> heard.over);
    assertEquals(clip.text(), heard.transcript.text());
    assertEquals(2L * clip.samples().length, pcm.length());
  }

  @Test
  public void hotwordsArePreferredAndUnspellableOnesLeftOut() throws Exception {
    String last = clip.text().substring(clip.text().lastIndexOf(' ') + 1);
    String other = last.substring(0, last.length() - 1) + "z";
    List<String> hotwords = List.of("말귀", other);
    new Dictation(
            context,
            Engine.of(context),
            installed,
            spoken,
            new Dictation.Options(UNTIL_STOPPED, Search.DEFAULT.withHotwords(hotwords), null),
            heard)
        .start();
    spoken.say(clip.samples());
    spoken.end();
    Wait.until("the end", () -> heard.over);
    try (Lease lease = Engine.of(context).acquire(installed).get()) {
      assertEquals(
          lease
              .recognizer()
              .transcribe(pcmOf(clip.samples()), Search.DEFAULT.withHotwords(List.of(other)))
              .text(),
          heard.transcript.text());
    }
  }

  /** What 16 bits make of samples. */
  private static float[] pcmOf(float[] samples) {
    byte[] bytes = Pcm.toBytes(samples);
    return Pcm.toFloats(bytes, bytes.length);
  }

  @Test
  public void nothingIsToldAfterCancel() throws Exception {
    Dictation dictation = dictation(spoken, UNTIL_STOPPED, null);
    dictation.start();
    spoken.say(clip.samples());
    Wait.until("words", () -> !heard.text.isEmpty());
    dictation.cancel();
    int told = heard.calls.size();
    int levels = heard.levels.size();
    dictation.finish();
    Wait.until("the end", () -> heard.over);
    assertEquals("cancelled", heard.calls.get(heard.calls.size() - 1));
    assertEquals(told + 1, heard.calls.size());
    assertEquals(levels, heard.levels.size());
  }

  @Test
  public void cancelBeforeTheModelIsLoaded() throws Exception {
    Dictation dictation = dictation(spoken, UNTIL_STOPPED, null);
    dictation.start();
    dictation.cancel();
    Wait.until("the end", () -> heard.over);
    assertEquals(List.of("cancelled"), heard.calls);
  }

  @Test
  public void oneSecondOfZerosIsABlockedMicrophone() throws Exception {
    Dictation dictation = dictation(spoken, UNTIL_STOPPED, null);
    dictation.start();
    spoken.say(new float[14_400]);
    Wait.until("0.9 s", () -> dictation.samples() == 14_400);
    assertNotEquals(Dictation.State.BLOCKED, dictation.state());
    spoken.say(new float[1_600]);
    Wait.until("blocked", () -> heard.state == Dictation.State.BLOCKED);
    spoken.quiet(0.1);
    Wait.until("free again", () -> heard.state == Dictation.State.LISTENING);
    spoken.silenced = true;
    spoken.quiet(1.5);
    Wait.until(
        "blocked by the system", () -> heard.calls.stream().filter("BLOCKED"::equals).count() == 2);
    dictation.cancel();
    Wait.until("the end", () -> heard.over);
  }

  @Test
  public void aProblemEndsItAndKeepsTheSound() throws Exception {
    File pcm = new File(folder.getRoot(), "a.pcm");
    AudioInput breaks =
        () ->
            new Sound() {
              private int blocks;

              @Override
              public int read(float[] buffer) throws IOException {
                if (++blocks > 3) {
                  throw new ProblemException(Problem.MICROPHONE_LOST, "pulled out");
                }
                return 1_600;
              }

              @Override
              public void stop() {}

              @Override
              public void close() {}
            };
    dictation(breaks, UNTIL_STOPPED, pcm).start();
    Wait.until("the end", () -> heard.over);
    assertEquals(Problem.MICROPHONE_LOST, heard.problem);
    assertEquals(3 * 3_200, pcm.length());
  }

  @Test
  public void anUnwritableFileIsAFullStorage() throws Exception {
    dictation(spoken, UNTIL_STOPPED, new File(folder.getRoot(), "missing/a.pcm")).start();
    Wait.until("the end", () -> heard.over);
    assertEquals(Problem.STORAGE_FULL, heard.problem);
    assertEquals(0, spoken.opened.get());
  }
}
