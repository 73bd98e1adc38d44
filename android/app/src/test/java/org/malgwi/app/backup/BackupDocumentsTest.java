package org.malgwi.app.backup;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
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
    Backups.forgetEmpty(app.getContentResolver(), Documents.DOCUMENT);
    assertEquals("my thesis", Files.readString(file.toPath()));
    Files.write(file.toPath(), new byte[0]);
    documents.refuse("r");
    Backups.forgetEmpty(app.getContentResolver(), Documents.DOCUMENT);
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
    assertTrue(saved() instanceof Backups.Failed);
    assertFalse(file.exists());
  }
}
