package org.malgwi.core;

import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * What live recognition costs: feeds a WAV file into a stream as a microphone does, in real time.
 * Run by {@code benchmarks/live.py}; arguments: bundle, WAV file at 16 kHz, threads, "sparing" or
 * "usual". Prints one line of JSON.
 */
final class LiveBench {
  private static final int BLOCK = 320;
  private static final double SECOND = 1e9;

  private LiveBench() {}

  /** A run of the model: when it began and ended, and which samples had been fed to it by then. */
  private record Run(long began, long ended, long covered) {}

  /** Remembers its runs. */
  private static final class Watched implements Model {
    private final Model model;
    private final List<Run> runs = new ArrayList<>();
    private long seconds;
    private LongForm recording;

    Watched(Model model) {
      this.model = model;
    }

    @Override
    public FloatBuffer logits(float[] samples, Cancellation cancellation) throws MalgwiException {
      long began = System.nanoTime();
      FloatBuffer found = model.logits(samples, cancellation);
      seconds += samples.length;
      runs.add(new Run(began, System.nanoTime(), recording == null ? 0 : recording.samples()));
      return found;
    }

    @Override
    public String hash() {
      return model.hash();
    }

    @Override
    public void close() {
      model.close();
    }
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    ModelBundle bundle = ModelBundle.open(new File(args[0]));
    Decoding decoding = bundle.decoding();
    float[] samples;
    try (Wav wav = Wav.open(new File(args[1]))) {
      samples = wav.readAll();
    }
    Recognizer.Options options = new Recognizer.Options(Integer.parseInt(args[2]), true);
    Detector detector = new Detector(new OnnxDetector(bundle), decoding.detector());
    Watched model = new Watched(new OnnxModel(bundle, options));
    try (Recognizer recognizer =
        new Recognizer(model, detector, decoding, null, null, "Fake", "en")) {
      recognizer.transcribe(samples); // Java compiles what it has run often
      long before = processorTime();
      Transcript whole = recognizer.transcribe(samples);
      double pass = (processorTime() - before) / SECOND;
      model.runs.clear();
      model.seconds = 0;

      Decoder decoder = new BestPathDecoder(decoding.vocab());
      LongForm recording = new LongForm(model, detector, decoding, decoder, null);
      model.recording = recording;
      CountDownLatch ended = new CountDownLatch(1);
      long[] endedAt = {0};
      Transcript[] text = {null};
      LiveStream stream =
          new LiveStream(
              new Users(() -> {}),
              recording,
              decoding,
              LiveStream.Options.DEFAULT,
              event -> {
                if (event instanceof LiveStream.Final last) {
                  text[0] = last.transcript();
                  endedAt[0] = System.nanoTime();
                  ended.countDown();
                }
              });
      stream.spare("sparing".equals(args[3]));
      before = processorTime();
      long[] fed = new long[samples.length / BLOCK];
      long start = System.nanoTime();
      for (int block = 0; block < fed.length; block++) {
        long at = start + (block + 1L) * BLOCK * (long) SECOND / decoding.grid().sampleRate();
        long wait = at - System.nanoTime();
        if (wait > 0) {
          Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
        }
        fed[block] = System.nanoTime();
        stream.feed(Arrays.copyOfRange(samples, block * BLOCK, (block + 1) * BLOCK));
      }
      long stopped = System.nanoTime();
      stream.finish();
      ended.await();
      double live = (processorTime() - before) / SECOND;
      List<Double> delays = delays(sounding(samples, decoding, whole), fed, model.runs);
      System.out.printf(
          Locale.ROOT,
          "{\"seconds\": %.2f, \"pass_s\": %.3f, \"live_s\": %.3f, \"run_seconds\": %.2f, "
              + "\"runs\": %d, \"median_ms\": %.0f, \"most_ms_of_95\": %.0f, \"stop_ms\": %.1f, "
              + "\"same_text\": %b}%n",
          samples.length / (double) decoding.grid().sampleRate(),
          pass,
          live,
          model.seconds / (double) decoding.grid().sampleRate(),
          model.runs.size(),
          1_000 * delays.get(delays.size() / 2),
          1_000 * delays.get(delays.size() * 95 / 100),
          (endedAt[0] - stopped) / 1e6,
          text[0].text().equals(whole.text()));
    }
  }

  private static long processorTime() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** The blocks in which something is said: less than 25 dB under the loudest of their segment. */
  private static List<Integer> sounding(float[] samples, Decoding decoding, Transcript whole) {
    Segments segments = new Segments(decoding.segments(), decoding.grid());
    List<Segments.Span> spans = new ArrayList<>();
    for (int at = 0; at + BLOCK <= samples.length; at += BLOCK) {
      segments.add(Levels.energy(samples, at, BLOCK));
      for (Segments.Span span = segments.next(); span != null; span = segments.next()) {
        spans.add(span);
      }
    }
    Segments.Span last = segments.open(samples.length);
    if (last != null) {
      spans.add(last);
    }
    List<Integer> found = new ArrayList<>();
    for (Segments.Span span : spans) {
      long ms = decoding.grid().ms(span.firstFrame(), samples.length);
      if (whole.notSpeech().stream().anyMatch(one -> one.startMs() == ms)) {
        continue;
      }
      long peak = 0;
      for (int hop = span.firstFrame(); hop < span.soundEnd(); hop++) {
        peak = Math.max(peak, Levels.energy(samples, hop * BLOCK, BLOCK));
      }
      for (int hop = span.firstFrame(); hop < span.soundEnd(); hop++) {
        if (Levels.energy(samples, hop * BLOCK, BLOCK) * Levels.ratio(25) > peak) {
          found.add(hop);
        }
      }
    }
    return found;
  }

  /** Seconds from each block's being fed to the end of the first run that heard it, in order. */
  private static List<Double> delays(List<Integer> blocks, long[] fed, List<Run> runs) {
    List<Double> delays = new ArrayList<>();
    for (int block : blocks) {
      for (Run run : runs) {
        if (run.covered >= (block + 1L) * BLOCK && run.ended > fed[block]) {
          delays.add((run.ended - fed[block]) / SECOND);
          break;
        }
      }
    }
    delays.sort(null);
    return delays;
  }
}
