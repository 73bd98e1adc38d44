import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.malgwi.core.LiveStream;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Recognizer;
import org.malgwi.core.Subtitles;
import org.malgwi.core.TimedWord;
import org.malgwi.core.Wav;

/** What an app does with the core, for the cases in java.py; prints one line. */
final class Listening {
  private static final int RATE = 16_000;
  private static final int BLOCK = RATE / 10;

  private Listening() {}

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "subtitles" -> subtitles(args[1]);
      case "end" -> end(args[1], args[2].isEmpty() ? null : args[2], Integer.parseInt(args[3]));
      case "threads" -> threads(args[1], Arrays.copyOfRange(args, 2, args.length));
      default -> open(args[1]);
    }
  }

  /** The lines of the cues of an hour without a space, longest first. */
  private static void subtitles(String text) {
    String srt = Subtitles.srt(List.of(new TimedWord(text, 200, 3_600_000, 0.9)));
    List<String> lines = new ArrayList<>(Arrays.asList(srt.split("\n")));
    lines.removeIf(line -> line.contains("-->"));
    System.out.println(
        lines.stream().mapToInt(line -> line.codePointCount(0, line.length())).max().getAsInt()
            + " characters");
  }

  /** Feeds speech, or none, and 20 s of noise; says when a pause, or no speech at all, was told. */
  private static void end(String model, String file, int decibels) throws Exception {
    float[] speech = file == null ? new float[0] : samples(file);
    float[] sound = Arrays.copyOf(speech, speech.length + 20 * RATE);
    Random random = new Random(1);
    double level = Math.pow(10, decibels / 20.0);
    for (int i = 0; i < sound.length; i++) {
      sound[i] = Math.round((sound[i] + random.nextGaussian() * level) * 32_768) / 32_768f;
    }
    AtomicReference<String> told = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    try (Recognizer recognizer = Recognizer.open(ModelBundle.open(new File(model)), 1);
        LiveStream stream =
            recognizer.stream(
                event -> {
                  if (event instanceof LiveStream.Endpoint end) {
                    long after = end.atMs() - speech.length * 1000L / RATE;
                    told.compareAndSet(null, "pause " + after + " ms");
                  } else if (event instanceof LiveStream.NoSpeech none) {
                    told.compareAndSet(null, "no speech " + none.atMs() + " ms");
                  } else if (event instanceof LiveStream.Failed failed) {
                    told.set("failed: " + failed.cause());
                  }
                  if (event.isTerminal()) {
                    done.countDown();
                  }
                })) {
      for (int at = 0; at < sound.length && told.get() == null; at += BLOCK) {
        stream.feed(Arrays.copyOfRange(sound, at, Math.min(sound.length, at + BLOCK)));
        while (stream.waitingSamples() > RATE) {
          Thread.sleep(5);
        }
      }
      stream.finish();
      done.await();
    }
    System.out.println(told.get() == null ? "nothing" : told);
  }

  /** Recognises from eight threads at once; says how often another transcript came out. */
  private static void threads(String model, String[] files) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (Recognizer recognizer = Recognizer.open(ModelBundle.open(new File(model)), 1)) {
      List<float[]> sounds = new ArrayList<>();
      List<String> alone = new ArrayList<>();
      for (String file : files) {
        sounds.add(samples(file));
        alone.add(recognizer.transcribe(sounds.get(alone.size())).toString());
      }
      List<Future<Boolean>> same = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        int at = i % files.length;
        same.add(
            pool.submit(
                () -> recognizer.transcribe(sounds.get(at)).toString().equals(alone.get(at))));
      }
      int different = 0;
      for (Future<Boolean> one : same) {
        different += one.get() ? 0 : 1;
      }
      System.out.println(different + " of " + same.size() + " different");
    } finally {
      pool.shutdown();
    }
  }

  /** Opens and closes a model again and again; says how many files more are open in the end. */
  private static void open(String model) throws Exception {
    int before = 0;
    for (int i = 0; i < 20; i++) {
      try (Recognizer recognizer = Recognizer.open(new File(model))) {
        recognizer.transcribe(new float[RATE]);
      }
      if (i == 1) {
        before = files();
      }
    }
    System.out.println(files() - before + " files");
  }

  private static int files() {
    return new File("/proc/self/fd").list().length;
  }

  private static float[] samples(String file) throws Exception {
    try (Wav wav = Wav.open(new File(file))) {
      return wav.readAll();
    }
  }
}
