package org.malgwi.app.history;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collections;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.core.TimedWord;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class SavedTest {
  private static final int SOME = Saved.MOST_WORDS / 100;

  @Test
  public void whatFillsTheMemoryIsDamaged() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            throw new OutOfMemoryError("as a text of gigabytes");
          }
        };
    IOException refused = assertThrows(IOException.class, () -> Saved.read(endless));
    assertEquals("more than this app's memory can hold", refused.getMessage());
  }

  /** What the app writes down, back-ups take: BackupTest knows how long a text may be there. */
  @Test
  public void theMostWordsAreShorterThanTheLongestText() throws Exception {
    String word = "열글자가있는긴낱말들"; // three bytes a letter
    long late = 31L * 24 * 3_600_000;
    Saved saved =
        new Saved(
            Source.FILE,
            "",
            "model",
            "ko",
            late,
            (word + " ").repeat(SOME),
            Collections.nCopies(SOME, new TimedWord(word, late, late, 1 / 3.0)),
            0,
            0,
            null);
    long[] bytes = {0};
    saved.write(
        new OutputStream() {
          @Override
          public void write(int one) {
            bytes[0]++;
          }

          @Override
          public void write(byte[] some, int from, int count) {
            bytes[0] += count;
          }
        });
    long most = bytes[0] * (Saved.MOST_WORDS / SOME);
    assertTrue(most + " bytes", most > 64 << 20 && most < 256 << 20);
  }
}
