package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final String TEXT = "hello world ".repeat(4).trim();
  private static final float[] SAMPLES = FakeModel.speak(TEXT, 2);

  /** 47 letters of 3 hops each; windows of 16,000 samples every 12,800. */
  private static final int WINDOWS = 4;

  /** A window's entry: key, count, 49 frames of 13 tokens, checksum. */
  private static final int ENTRY = 32 + 4 + 49 * 13 * 4 + 4;

  @TempDir private File folder;
  private File journal;

  @BeforeEach
  void name() {
    journal = new File(folder, "journal");
  }

  /** What the model ran; the text is always the same. */
  private List<Integer> run(FakeModel model, float[] samples) throws IOException {
    Recognizer recognizer = new Recognizer(model, FakeModel.DECODING);
    Transcript transcript = recognizer.transcribe(samples(samples), Search.DEFAULT, journal);
    assertEquals(recognizer.transcribe(samples).frameTokens(), transcript.frameTokens());
    return model.lengths.subList(0, model.lengths.size() - WINDOWS);
  }

  private List<Integer> run() throws IOException {
    return run(new FakeModel(), SAMPLES);
  }

  private static Samples samples(float[] all) {
    ByteBuffer left = ByteBuffer.allocate(4 * all.length);
    left.asFloatBuffer().put(all);
    return buffer -> {
      int count = Math.min(buffer.length, left.remaining() / 4);
      for (int i = 0; i < count; i++) {
        buffer[i] = left.getFloat();
      }
      return count == 0 ? -1 : count;
    };
  }

  /** A process that ends after two windows. */
  private void interrupted() {
    Samples whole = samples(Arrays.copyOf(SAMPLES, 29_200));
    Recognizer recognizer = new Recognizer(new FakeModel(), FakeModel.DECODING);
    Samples broken =
        buffer -> {
          int count = whole.read(buffer);
          if (count < 0) {
            throw new IOException("the process ends");
          }
          return count;
        };
    assertThrows(IOException.class, () -> recognizer.transcribe(broken, Search.DEFAULT, journal));
    assertEquals(2 * ENTRY, journal.length());
  }

  @Test
  void noWindowIsRunTwice() throws IOException {
    interrupted();
    List<Integer> lengths = run();
    assertEquals(WINDOWS - 2, lengths.size());
    assertEquals(16_000, lengths.get(0));
    assertEquals(List.of(), run());
    // The last window has 6,800 samples, which are 21 frames.
    assertEquals(3 * ENTRY + ENTRY - (49 - 21) * 13 * 4, journal.length());
    // At most: an entry for every half of a gap of 960 samples, which ends no earlier than it
    // begins,
    // and 142 frames, of which windows inside a segment run a quarter twice.
    assertEquals(
        95 * 40 + 177 * 13 * 4,
        new Recognizer(new FakeModel(), FakeModel.DECODING).journalBytes(SAMPLES.length));
  }

  @Test
  void anotherSearchReadsItToo() throws IOException {
    run();
    FakeModel model = new FakeModel();
    Search search = Search.DEFAULT.withHotwords(List.of("hello"));
    Transcript transcript =
        new Recognizer(model, FakeModel.DECODING).transcribe(samples(SAMPLES), search, journal);
    assertEquals(TEXT, transcript.text());
    assertEquals(List.of(), model.lengths);
  }

  @Test
  void fromTheFirstOtherSampleOnItIsReplaced() throws IOException {
    run();
    float[] other = SAMPLES.clone();
    other[14_000] += 0.001f; // in the windows from 0 and from 12,800 on
    assertEquals(WINDOWS, run(new FakeModel(), other).size());
    other[30_000] += 0.001f; // in the window from 25,600 on
    assertEquals(WINDOWS - 2, run(new FakeModel(), other).size());
    assertEquals(List.of(), run(new FakeModel(), other));
  }

  @Test
  void anotherModelDoesNotReadIt() throws IOException {
    run();
    assertEquals(WINDOWS, run(new FakeModel(true), SAMPLES).size());
  }

  @Test
  void aCutFileCountsUpToTheCut() throws IOException {
    run();
    byte[] whole = Files.readAllBytes(journal.toPath());
    for (int length : new int[] {0, 1, 35, 36, 40, ENTRY - 1, ENTRY, ENTRY + 39, 2 * ENTRY + 41}) {
      Files.write(journal.toPath(), Arrays.copyOf(whole, length));
      assertEquals(WINDOWS - length / ENTRY, run().size(), "cut to " + length);
      assertArrayEquals(whole, Files.readAllBytes(journal.toPath()));
    }
  }

  @Test
  void aDamagedEntryIsRunAgain() throws IOException {
    run();
    byte[] whole = Files.readAllBytes(journal.toPath());
    for (int at : new int[] {0, 31, 32, 33, 35, 36, 1_000, ENTRY - 1}) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = whole.clone();
        damaged[ENTRY + at] ^= (byte) (1 << bit);
        Files.write(journal.toPath(), damaged);
        assertEquals(WINDOWS - 1, run().size(), "byte " + at + ", bit " + bit);
        assertArrayEquals(whole, Files.readAllBytes(journal.toPath()));
      }
    }
  }

  @Test
  void whereNoFileCanBeTheTextIsTheSame() throws IOException {
    assertTrue(journal.mkdir());
    assertEquals(WINDOWS, run().size());
  }

  @Test
  void aFullDiskEndsTheJournalOnly() throws IOException {
    File full = new File("/dev/full");
    assumeTrue(full.exists());
    journal = full;
    assertEquals(WINDOWS, run().size());
  }
}
