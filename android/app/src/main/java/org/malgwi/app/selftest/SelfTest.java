package org.malgwi.app.selftest;

import android.content.Context;
import android.content.pm.PackageInfo;
import android.content.pm.PackageManager;
import android.os.Build;
import android.os.SystemClock;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.malgwi.android.MediaSamples;
import org.malgwi.android.internal.Sha256;
import org.malgwi.app.dictate.Chosen;
import org.malgwi.app.models.Engine;
import org.malgwi.app.models.Installed;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.core.GoldenCheck;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Recognizer;

/**
 * The app's own proof, for phones that nobody here has: that this phone computes what Python
 * computes, how fast, and what its microphone and decoders do. Runs on the caller's thread, which
 * an interrupt ends.
 */
final class SelfTest {
  /** Hears how far it is, on its thread. */
  interface Progress {
    /** This step begins; all will have ended in about so many seconds. */
    void at(Step step, int secondsLeft);
  }

  /** All but those of the long test. */
  private static final List<Step> SHORT =
      List.of(
          Step.HASHES,
          Step.PHONE,
          Step.CLIPS,
          Step.SPEED,
          Step.MICROPHONE,
          Step.DECODING,
          Step.SYSTEM);

  private static final int[] THREADS = {1, 2, 4};
  private static final int RUNS = 12;
  private static final int SILENCE = 3 * 16_000;
  private static final int STRETCH_SECONDS = 30;

  /** The longest shift that an encoder or decoder adds: 0.1 s. */
  private static final int LONGEST_DELAY = 1_600;

  /** Above it, two recordings are the same sound, however it was packed. */
  private static final double ALIKE = 0.9;

  private final Context context;
  private final Installed installed;
  private final Engine engine;
  private final Preferences preferences;
  private final List<Step> steps;
  private final Progress progress;
  private final Report report = new Report();

  /**
   * @param isLong also computes for five minutes, to see what heat does, and for one more, to see
   *     whether memory grows
   */
  SelfTest(Context context, Installed installed, boolean isLong, Progress progress) {
    this(context, installed, isLong ? List.of(Step.values()) : SHORT, progress);
  }

  /** Takes these steps. */
  SelfTest(Context context, Installed installed, List<Step> steps, Progress progress) {
    this.context = context;
    this.installed = installed;
    this.engine = Engine.of(context);
    this.preferences = new Preferences(context);
    this.progress = progress;
    this.steps = steps;
  }

  /** About how long all of it takes. */
  int seconds() {
    return seconds(steps);
  }

  private static int seconds(List<Step> steps) {
    return steps.stream().mapToInt(Step::seconds).sum();
  }

  /**
   * Takes all steps; what fails in one is noted, and the next begins.
   *
   * @throws InterruptedException when the thread was interrupted
   */
  Report run() throws InterruptedException {
    engine.trim();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      progress.at(step, seconds(steps.subList(i, steps.size())));
      try {
        take(step);
      } catch (IOException | RuntimeException e) {
        report.judge(
            step, Report.Verdict.FAIL, e.getClass().getSimpleName() + ": " + e.getMessage());
      }
      stopIfInterrupted();
    }
    return report;
  }

  static void stopIfInterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("the self-test was cancelled");
    }
  }

  private void take(Step step) throws IOException, InterruptedException {
    switch (step) {
      case HASHES -> hashes();
      case PHONE -> PhoneFacts.report(context, report);
      case CLIPS -> clips();
      case SPEED -> speed();
      case SUSTAINED -> sustained();
      case MEMORY -> memory();
      case MICROPHONE -> MicrophoneProbe.report(context, report);
      case DECODING -> decoding();
      case SYSTEM -> system();
    }
  }

  @SuppressWarnings("deprecation") // the whole number, for Android 8
  private void hashes() throws IOException {
    Step section = Step.HASHES;
    try {
      PackageInfo app = context.getPackageManager().getPackageInfo(context.getPackageName(), 0);
      report.put(section, "app", app.packageName);
      report.put(section, "app_version", app.versionName + " (" + app.versionCode + ")");
    } catch (PackageManager.NameNotFoundException e) {
      throw new IllegalStateException("an app knows itself", e);
    }
    File apk = new File(context.getPackageCodePath());
    report.put(section, "app_sha256", apk.isFile() ? Sha256.of(new FileInputStream(apk)) : null);
    report.put(section, "onnxruntime_sha256", library(apk));
    report.put(section, "bundle", installed.name());
    report.put(section, "bundle_built_in", installed.builtIn());
    File info = new File(installed.folder(), "bundle.json");
    report.put(section, "bundle_json_sha256", Sha256.of(new FileInputStream(info)));
    report.put(section, "bundle_bytes", installed.bytes());
    // Every other file's hash stands in bundle.json.
    installed.bundle().verify();
  }

  /** The library stays inside the APK, uncompressed. */
  private static String library(File apk) throws IOException {
    if (!apk.isFile()) {
      return null;
    }
    try (ZipFile zip = new ZipFile(apk)) {
      for (String abi : Build.SUPPORTED_ABIS) {
        ZipEntry entry = zip.getEntry("lib/" + abi + "/libonnxruntime.so");
        if (entry != null) {
          return Sha256.of(zip.getInputStream(entry));
        }
      }
      return null;
    }
  }

  private void clips() throws IOException {
    Step section = Step.CLIPS;
    long start = SystemClock.elapsedRealtimeNanos();
    try (Recognizer recognizer = engine.open(installed, engine.options(installed))) {
      report.put(section, "load_ms_cold", milliseconds(start));
      if (installed.bundle().golden().isEmpty()) {
        report.judge(section, Report.Verdict.WARN, "the model brings no clips to test it by");
      }
      for (GoldenCheck check : GoldenCheck.all(installed.bundle(), recognizer)) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("expected_text", check.expectedText());
        facts.put("found_text", check.foundText());
        facts.put("agreement", Timing.round(check.agreement(), 4));
        facts.put("first_difference", check.firstDifference());
        facts.put("expected_tokens", check.expectedTokens().toString());
        facts.put("found_tokens", check.foundTokens().toString());
        report.put(section, check.audio(), facts);
        if (!check.sameText()) {
          report.judge(section, Report.Verdict.FAIL, check.audio() + " gave another text");
        } else if (check.isDoubtful()) {
          report.judge(section, Report.Verdict.WARN, check.audio() + " gave many other tokens");
        }
      }
    }
  }

  /** Since {@code start}: reading and hashing the file, loading, and a first run of a second. */
  private static long milliseconds(long start) {
    return Math.round((SystemClock.elapsedRealtimeNanos() - start) / 1e6);
  }

  private void speed() throws IOException, InterruptedException {
    Step section = Step.SPEED;
    List<float[]> clips = samples();
    boolean kleidiAi = engine.options(installed).kleidiAi();
    report.put(section, "kleidiai_allowed", kleidiAi);
    PhoneFacts.reportLoad(context, report, section, "before");
    Map<Integer, Double> medians = new LinkedHashMap<>();
    for (int threads : THREADS) {
      if (threads > Runtime.getRuntime().availableProcessors()) {
        continue;
      }
      long start = SystemClock.elapsedRealtimeNanos();
      try (Recognizer recognizer =
          engine.open(installed, new Recognizer.Options(threads, kleidiAi))) {
        report.put(section, "load_ms_warm_" + threads, milliseconds(start));
        List<Double> factors = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
          factors.add(factor(recognizer, clips.get(i % clips.size())));
          stopIfInterrupted();
        }
        double median = Timing.quantile(factors, 0.5);
        medians.put(threads, median);
        report.put(section, "real_time_factor_median_" + threads, Timing.round(median, 5));
        report.put(
            section,
            "real_time_factor_p95_" + threads,
            Timing.round(Timing.quantile(factors, 0.95), 5));
      }
    }
    PhoneFacts.reportLoad(context, report, section, "after");
    int fastest = Timing.fastest(medians);
    report.put(section, "threads_kept", fastest);
    preferences.setThreads(fastest);
    if (medians.get(fastest) >= 1) {
      report.judge(section, Report.Verdict.WARN, "slower than speech");
    }
  }

  private List<float[]> samples() throws IOException {
    List<float[]> clips = new ArrayList<>();
    for (ModelBundle.Golden clip : installed.bundle().golden()) {
      clips.add(installed.bundle().samples(clip));
    }
    if (clips.isEmpty()) {
      // Silence takes as long as speech does.
      clips.add(new float[SILENCE]);
    }
    return clips;
  }

  private static double factor(Recognizer recognizer, float[] samples) throws IOException {
    long start = SystemClock.elapsedRealtimeNanos();
    recognizer.transcribe(samples);
    double seconds = (SystemClock.elapsedRealtimeNanos() - start) / 1e9;
    return seconds * 16_000 / samples.length;
  }

  private void sustained() throws IOException, InterruptedException {
    Step section = Step.SUSTAINED;
    List<float[]> clips = samples();
    PhoneFacts.reportLoad(context, report, section, "before");
    List<Double> medians = new ArrayList<>();
    try (Recognizer recognizer = engine.open(installed, engine.options(installed))) {
      int stretches = Step.SUSTAINED.seconds() / STRETCH_SECONDS;
      int after = seconds(steps.subList(steps.indexOf(Step.SUSTAINED) + 1, steps.size()));
      for (int stretch = 0; stretch < stretches; stretch++) {
        long end = SystemClock.elapsedRealtime() + STRETCH_SECONDS * 1000L;
        List<Double> factors = new ArrayList<>();
        while (SystemClock.elapsedRealtime() < end) {
          factors.add(factor(recognizer, clips.get(factors.size() % clips.size())));
          stopIfInterrupted();
        }
        medians.add(Timing.round(Timing.quantile(factors, 0.5), 5));
        report.put(section, "real_time_factor_each_30_s", List.copyOf(medians));
        int left = (stretches - 1 - stretch) * STRETCH_SECONDS;
        progress.at(Step.SUSTAINED, left + after);
      }
    }
    PhoneFacts.reportLoad(context, report, section, "after");
    report.put(
        section,
        "last_to_first",
        Timing.round(medians.get(medians.size() - 1) / medians.get(0), 3));
  }

  private void memory() throws IOException, InterruptedException {
    int after = seconds(steps.subList(steps.indexOf(Step.MEMORY) + 1, steps.size()));
    try (Recognizer recognizer = engine.open(installed, engine.options(installed))) {
      new MemorySoak(samples(), recognizer::transcribe, PhoneFacts::memory)
          .run(
              report,
              Step.MEMORY,
              done ->
                  progress.at(
                      Step.MEMORY,
                      after
                          + Step.MEMORY.seconds() * (MemorySoak.CLIPS - done) / MemorySoak.CLIPS));
    }
  }

  private void decoding() throws IOException, InterruptedException {
    Step section = Step.DECODING;
    float[] expected = decoded("wav");
    try (Recognizer recognizer = engine.open(installed, engine.options(installed))) {
      String text = recognizer.transcribe(expected).text();
      report.put(section, "spoken", "open the curtains in the garage");
      report.put(section, "expected_text", text);
      for (String ending : List.of("m4a", "mp3", "ogg")) {
        stopIfInterrupted();
        decode(recognizer, ending, expected, text);
      }
    }
  }

  private void decode(Recognizer recognizer, String ending, float[] expected, String text) {
    Step section = Step.DECODING;
    Map<String, Object> facts = new LinkedHashMap<>();
    report.put(section, ending, facts);
    try {
      float[] found = decoded(ending);
      double likeness = Timing.likeness(expected, found, LONGEST_DELAY);
      String foundText = recognizer.transcribe(found).text();
      facts.put("samples", found.length);
      facts.put("likeness", Timing.round(likeness, 4));
      facts.put("found_text", foundText);
      if (!foundText.equals(text)) {
        // A model of another language makes a guess of it, which a shade of sound can change.
        report.judge(
            section,
            likeness < ALIKE ? Report.Verdict.FAIL : Report.Verdict.WARN,
            ending + " gave another text");
      }
    } catch (IOException | RuntimeException e) {
      report.judge(section, Report.Verdict.FAIL, ending + " can't be decoded: " + e.getMessage());
    }
  }

  /** The shipped clip in one of its forms, at 16 kHz. */
  private float[] decoded(String ending) throws IOException {
    File file = File.createTempFile("selftest", "." + ending, context.getCacheDir());
    try {
      try (InputStream asset = context.getAssets().open("selftest/clip." + ending);
          OutputStream out = Files.newOutputStream(file.toPath())) {
        byte[] buffer = new byte[1 << 14];
        int count;
        while ((count = asset.read(buffer)) >= 0) {
          out.write(buffer, 0, count);
        }
      }
      try (FileInputStream in = new FileInputStream(file);
          MediaSamples samples = MediaSamples.open(in.getFD(), "clip." + ending, () -> {})) {
        // The clip lasts two seconds; a decoder that doesn't end mustn't fill the memory.
        float[] all = new float[16_000 * 10];
        float[] block = new float[4_096];
        int done = 0;
        int count;
        while ((count = samples.read(block)) >= 0 && done + count <= all.length) {
          System.arraycopy(block, 0, all, done, count);
          done += count;
        }
        return Arrays.copyOf(all, done);
      }
    } finally {
      boolean unused = file.delete();
    }
  }

  private void system() {
    Step section = Step.SYSTEM;
    report.put(section, "recogniser_chosen", Chosen.recogniser(context).name());
    report.put(section, "keyboard_enabled", Chosen.keyboardEnabled(context));
    report.put(section, "keyboard_chosen", Chosen.keyboardSelected(context));
    report.put(section, "model_crashes", engine.crashes(installed));
    report.put(section, "last_exits", Platform.exitReasons(context, 5));
  }
}
