package org.malgwi.app.history;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.app.App;
import org.malgwi.app.Demo;
import org.malgwi.app.models.Installed;
import org.malgwi.core.FrameGrid;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Transcript;
import org.malgwi.core.Word;

/** Puts transcripts into the history without hearing anything. */
public final class Written {
  /** Frames of 20 ms. */
  private static final FrameGrid GRID = new FrameGrid(400, 320, 16_000);

  private static final int MS_PER_SAMPLE = 16;

  private Written() {}

  /**
   * Adds a transcript: word i lasts from i to i + 0.5 s, and every seventh is uncertain.
   *
   * @param sound to keep some, whose samples count up
   */
  public static long add(App app, Source source, String title, String text, boolean sound)
      throws IOException {
    List<Word> words = new ArrayList<>();
    for (String word : Correction.words(text)) {
      int i = words.size();
      words.add(new Word(word, 50 * i, 50 * i + 25, i % 7 == 3 ? 0.3 : 0.9));
    }
    long samples = 1000L * MS_PER_SAMPLE * Math.max(1, words.size());
    Transcript transcript = new Transcript(text, words, List.of(), samples, GRID, false);
    return app.history()
        .add(new NewEntry(source, title, model(app), transcript, sound ? pcm(app, samples) : null));
  }

  /** Adds a transcript of an hour, of which some was left out. */
  static long add(App app, String text, Transcript.Stretch... notSpeech) throws IOException {
    Transcript transcript =
        new Transcript(
            text,
            List.of(),
            List.of(),
            3_600_000L * MS_PER_SAMPLE,
            GRID,
            false,
            List.of(),
            List.of(notSpeech));
    return app.history().add(new NewEntry(Source.FILE, "", model(app), transcript, null));
  }

  /** Adds a transcript of a recording of which one channel was listened to. */
  static long ofChannel(App app, String text, int channel) throws IOException {
    Transcript transcript = new Transcript(text, List.of(), List.of(), 16_000, GRID, false);
    return app.history().add(new NewEntry(Source.FILE, "", model(app), transcript, null, channel));
  }

  private static Installed model(App app) throws IOException {
    return new Installed("id", app.getFilesDir(), ModelBundle.open(Demo.bundle()), false, 0);
  }

  private static File pcm(App app, long samples) throws IOException {
    byte[] bytes = new byte[(int) (2 * samples)];
    for (int i = 0; i < samples; i++) {
      bytes[2 * i] = (byte) i;
      bytes[2 * i + 1] = (byte) (i >> 8);
    }
    File file = File.createTempFile("sound", ".pcm", app.getCacheDir());
    return Files.write(file.toPath(), bytes).toFile();
  }
}
