package org.malgwi.app.backup;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.Context;
import android.content.ContextWrapper;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.concurrent.CountDownLatch;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.app.Wait;
import org.malgwi.app.history.Source;
import org.malgwi.app.history.Written;
import org.robolectric.RobolectricTestRunner;

/** What becomes of the document that a back-up was to be saved to. */
@RunWith(RobolectricTestRunner.class)
public class BackupDocumentsTest extends SavedHistory {
  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private File file;
  private Documents documents;

  @Before
  public void makeDocument() throws IOException {
    file = temporary.newFile("malgwi.zip");
    documents = Documents.install(file);
  }

  private Backups.State saved() throws Exception {
    app.backups().save(Documents.DOCUMENT, null);
    Wait.until("it is over", () -> !(app.backups().state() instanceof Backups.Running));
    return app.backups().state();
  }

  @Test
  public void savedItStaysAndSaysWhatIsInIt() throws Exception {
    fill();
    Files.writeString(file.toPath(), "an older back-up");
    long id = Written.add(app, Source.SPEECH, "", "by milk", false);
    Files.write(root().resolve(id + "/transcript.json"), utf8("{"));
    Backups.State state = saved();
    assertEquals(new Backups.Saved(new BackupWriter.Written(3, 1)), state);
    assertEquals(
        "The back-up is saved. It holds 3 transcripts. 1 that is damaged on this phone isn't in it.",
        BackupActivity.sentence(app, state));
    byte[] bytes = Files.readAllBytes(file.toPath());
    uninstall();
    assertEquals(3, restore(bytes, null).added());
  }

  @Test
  public void whatWasNeverOpenedIsDeletedOnlyWhenEmpty() throws Exception {
    fill();
    documents.refuse("w");
    Files.writeString(file.toPath(), "my thesis");
    assertTrue(saved() instanceof Backups.Failed);
    assertEquals("my thesis", Files.readString(file.toPath()));
    documents.refuse("");
    new BackupDocument(app.getContentResolver(), Documents.DOCUMENT).forgetEmpty();
    assertEquals("my thesis", Files.readString(file.toPath()));
    Files.write(file.toPath(), new byte[0]);
    documents.refuse("r");
    new BackupDocument(app.getContentResolver(), Documents.DOCUMENT).forgetEmpty();
    assertTrue("nobody knows whether it is empty", file.exists());
    documents.refuse("w");
    assertTrue(saved() instanceof Backups.Failed);
    assertFalse(file.exists());
  }

  @Test
  public void halfABackupIsDeleted() throws Exception {
    fill();
    Files.writeString(file.toPath(), "an older back-up");
    shadowOf(app.getContentResolver())
        .registerOutputStream(
            Documents.DOCUMENT,
            new OutputStream() {
              @Override
              public void write(int one) throws IOException {
                throw new IOException("no space left on device");
              }
            });
    assertEquals(BackupProblem.OVERWRITTEN, problem(saved()));
    assertEquals(
        "Writing over the file failed half-way: what was in it is gone, and the new back-up isn't"
            + " whole. Save it again.",
        BackupActivity.sentence(app, app.backups().state()));
    assertFalse(file.exists());
  }

  private static BackupProblem problem(Backups.State state) {
    return ((Backups.Failed) state).problem();
  }

  private static Backups.State saved(Backups backups) throws Exception {
    assertTrue(backups.save(Documents.DOCUMENT, null));
    Wait.until("it is over", () -> !(backups.state() instanceof Backups.Running));
    return backups.state();
  }

  @Test
  public void anOlderBackUpIsWrittenOverOnlyWhereThereIsRoomForBoth() throws Exception {
    fill();
    byte[] older = save(null);
    Files.write(file.toPath(), older);
    long sound = 2L * 2 * 4 * 16_000; // twice four words, a second each
    long needed = sound + 3 * 10_000 + 32_000_000;
    Backups.State state = saved(new Backups(app, history, () -> needed - 1));
    assertEquals(BackupProblem.NO_ROOM, problem(state));
    assertArrayEquals(older, Files.readAllBytes(file.toPath()));
    Written.add(app, Source.SPEECH, "", "one more", false);
    state = saved(new Backups(app, history, () -> needed + 10_000));
    assertEquals(new Backups.Saved(new BackupWriter.Written(4, 0)), state);
    uninstall();
    assertEquals(4, restore(Files.readAllBytes(file.toPath()), null).added());
  }

  @Test
  public void aNewDocumentNeedsNoRoomOnThePhone() throws Exception {
    fill();
    Backups.State state = saved(new Backups(app, history, () -> 0));
    assertEquals(new Backups.Saved(new BackupWriter.Written(3, 0)), state);
  }

  /** It fails before it is whole: what is in the document is as it was. */
  @Test
  public void anOlderBackUpIsntLostForHalfOfANewOne() throws Exception {
    fill();
    Files.writeString(file.toPath(), "an older back-up");
    Context full =
        new ContextWrapper(app) {
          @Override
          public File getCacheDir() {
            return new File(temporary.getRoot(), "no such folder");
          }
        };
    Backups.State state = saved(new Backups(full, history));
    assertEquals(BackupProblem.UNWRITABLE, problem(state));
    assertEquals("an older back-up", Files.readString(file.toPath()));
  }

  /** A document's app that takes no more bytes. */
  private final class Stuck extends OutputStream {
    private final CountDownLatch written = new CountDownLatch(1);

    @Override
    public void write(int one) throws IOException {
      written.countDown();
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        throw new IOException("interrupted", e);
      }
    }

    Stuck register() {
      shadowOf(app.getContentResolver()).registerOutputStream(Documents.DOCUMENT, this);
      return this;
    }
  }

  @Test
  public void cancelledWhileItIsWrittenOverItSaysSo() throws Exception {
    fill();
    Files.writeString(file.toPath(), "an older back-up");
    Stuck stuck = new Stuck().register();
    assertTrue(app.backups().save(Documents.DOCUMENT, null));
    stuck.written.await();
    app.backups().cancel();
    Wait.until("it is over", () -> !(app.backups().state() instanceof Backups.Running));
    assertEquals(BackupProblem.OVERWRITTEN, problem(app.backups().state()));
  }

  @Test
  public void thereIsOneAtATime() throws Exception {
    fill();
    Stuck stuck = new Stuck().register();
    assertTrue(app.backups().save(Documents.DOCUMENT, null));
    stuck.written.await();
    assertFalse(app.backups().save(Documents.DOCUMENT, null));
    assertFalse(app.backups().restore(Documents.DOCUMENT, null));
    app.backups().cancel();
    Wait.until("it is cancelled", () -> app.backups().state() instanceof Backups.Idle);
  }

  @Test
  public void noMoreAreSavedThanCanBeRestored() throws Exception {
    Archive.checkCount(100_000);
    BackupException refused =
        assertThrows(BackupException.class, () -> Archive.checkCount(100_001));
    assertEquals(BackupProblem.TOO_MANY, refused.problem());
    assertEquals("100001 records; expected at most 100000", refused.getMessage());
  }
}
