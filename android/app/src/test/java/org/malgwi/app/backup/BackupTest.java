package org.malgwi.app.backup;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.malgwi.app.history.History;
import org.malgwi.app.history.Incoming;
import org.malgwi.app.history.Source;
import org.malgwi.app.history.Written;
import org.robolectric.RobolectricTestRunner;

/** A history to a file and back. */
@RunWith(RobolectricTestRunner.class)
public class BackupTest extends SavedHistory {
  @Test
  public void allOfItComesBack() throws Exception {
    fill();
    Map<String, String> before = files();
    assertEquals(6, before.size()); // 3 transcripts, 2 sounds, a draft
    for (char[] password : new char[][] {null, PASSWORD}) {
      byte[] file = save(password);
      uninstall();
      assertEquals(new Incoming.Added(3, 0), restore(file, password));
      assertEquals(before, files());
      assertEquals("Interview 3.m4a", history.search("boat", 9).get(0).title());
      // Once more: all of it is there.
      assertEquals(new Incoming.Added(0, 3), restore(file, password));
      assertEquals(before, files());
    }
  }

  @Test
  public void itIsTheZipThatTheDocsDescribe() throws Exception {
    fill();
    List<Long> ids = history.search("", 9).stream().map(one -> one.id()).sorted().toList();
    Map<String, byte[]> files = unzip(save(null));
    assertEquals(
        List.of(
            "malgwi-backup.json",
            ids.get(0) + "/transcript.json",
            ids.get(0) + "/draft.txt",
            ids.get(0) + "/audio.pcm",
            ids.get(1) + "/transcript.json",
            ids.get(1) + "/audio.pcm",
            ids.get(2) + "/transcript.json",
            "end.json"),
        new ArrayList<>(files.keySet()));
    assertEquals(
        "{\"format\":\"malgwi-backup\",\"format_version\":1,\"records\":["
            + "{\"id\":"
            + ids.get(0)
            + ",\"sound_bytes\":128000},"
            + "{\"id\":"
            + ids.get(1)
            + ",\"sound_bytes\":128000},"
            + "{\"id\":"
            + ids.get(2)
            + ",\"sound_bytes\":0}]}",
        new String(files.get("malgwi-backup.json"), StandardCharsets.UTF_8));
    assertEquals("{\"records\":3}", new String(files.get("end.json"), StandardCharsets.UTF_8));
  }

  @Test
  public void whatIsThereStaysAsItIs() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", true);
    byte[] file = save(null);
    history.correct(id, "Buy milk.");
    long later = Written.add(app, Source.SPEECH, "", "and bread", false);
    assertEquals(new Incoming.Added(0, 1), restore(file, null));
    assertEquals("Buy milk.", history.text(id));
    history.trash(later);
    history.emptyTrash();
    assertEquals(1, history.search("", 9).size());
  }

  /** Two phones can have written something down in the same millisecond. */
  @Test
  public void anotherRecordOfTheSameIdIsAdded() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", true);
    byte[] file = save(null);
    uninstall();
    Path other = Files.createDirectories(root().resolve(Long.toString(id)));
    byte[] text = unzip(file).get(id + "/transcript.json");
    Files.write(
        other.resolve("transcript.json"),
        utf8(new String(text, StandardCharsets.UTF_8).replace("milk", "bread")));
    assertEquals(new Incoming.Added(1, 0), restore(file, null));
    assertEquals("by bread", history.text(id));
    assertEquals("by milk", history.text(id + 1));
    assertEquals(64_000, history.audio(id + 1).length());
    assertEquals(new Incoming.Added(0, 1), restore(file, null));
    // It is there under its later id also when nothing stands before it any more.
    history.trash(id);
    history.emptyTrash();
    assertEquals(new Incoming.Added(0, 1), restore(file, null));
    assertEquals(1, history.search("", 9).size());
  }

  @Test
  public void aTrashedOneComesBackBesideIt() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", false);
    byte[] file = save(null);
    history.trash(id);
    assertEquals(new Incoming.Added(1, 0), restore(file, null));
    history.restore(id);
    assertEquals(2, history.search("milk", 9).size());
  }

  @Test
  public void anEmptyHistory() throws Exception {
    assertEquals(new Incoming.Added(0, 0), restore(save(null), null));
  }

  @Test
  public void damagedOnesAreLeftOutAndCounted() throws Exception {
    fill();
    long id = Written.add(app, Source.SPEECH, "", "by milk", false);
    Files.write(root().resolve(id + "/transcript.json"), utf8("{\"format\":"));
    history.close(); // the next question compares the index with the files
    assertEquals(3, BackupWriter.plan(history).size());
    assertEquals(new BackupWriter.Written(3, 1), written(new ByteArrayOutputStream()));
  }

  private BackupWriter.Written written(ByteArrayOutputStream out) throws IOException {
    return new BackupWriter(history, share -> {}).write(out, null);
  }

  /** Of what went wrong with the files since the index was opened, it knows nothing. */
  @Test
  public void whatCannotBeReadSpoilsNoBackup() throws Exception {
    fill();
    Path text =
        root().resolve(Written.add(app, Source.SPEECH, "", "a", false) + "/transcript.json");
    Files.write(text, utf8("{\"format\":"));
    Files.delete(
        root().resolve(Written.add(app, Source.SPEECH, "", "b", false) + "/transcript.json"));
    Files.write(
        history.audio(Written.add(app, Source.SPEECH, "", "c", true)).toPath(), new byte[2]);
    assertEquals(6, BackupWriter.plan(history).size());
    Path cut = history.audio(history.search("c", 1).get(0).id()).toPath();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BackupWriter writer =
        new BackupWriter(
            history,
            share -> {
              try {
                if (share > 0 && Files.size(cut) == 2) { // once all is planned
                  Files.write(cut, new byte[4]);
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertEquals(new BackupWriter.Written(3, 3), writer.write(out, null));
    uninstall();
    assertEquals(new Incoming.Added(3, 0), restore(out.toByteArray(), null));
  }

  @Test
  public void whatNoRestoreTakesIsNotSaved() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", false);
    history.keepDraft(id, "");
    try (RandomAccessFile draft =
        new RandomAccessFile(root().resolve(id + "/draft.txt").toFile(), "rw")) {
      draft.setLength(Archive.MOST_TEXT + 1);
    }
    assertEquals(new BackupWriter.Written(0, 1), written(new ByteArrayOutputStream()));
    history.keepDraft(id, null);
    Path json = root().resolve(id + "/transcript.json");
    String text = Files.readString(json);
    // As the words of a hundred hours would, it takes more than 64 MB.
    Files.writeString(json, " ".repeat(70 << 20) + text);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertEquals(new BackupWriter.Written(1, 0), written(out));
    uninstall();
    assertEquals(new Incoming.Added(1, 0), restore(out.toByteArray(), null));
    assertEquals("by milk", history.text(id));
  }

  @Test
  public void whatIsDeletedMeanwhileIsLeftOut() throws Exception {
    fill();
    List<Long> ids = history.search("", 9).stream().map(one -> one.id()).sorted().toList();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<Double> shares = new ArrayList<>();
    BackupWriter writer =
        new BackupWriter(
            history,
            share -> {
              shares.add(share);
              try {
                if (shares.size() == 2) { // within the first one
                  history.trash(ids.get(0));
                  history.trash(ids.get(1)); // for good the first one
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertEquals(new BackupWriter.Written(2, 0), writer.write(out, null));
    assertEquals(1, shares.get(shares.size() - 1), 0.2);
    uninstall();
    assertEquals(new Incoming.Added(2, 0), restore(out.toByteArray(), null));
    assertEquals(128_000, history.audio(ids.get(0)).length());
    assertNull(history.get(ids.get(1)));
  }

  @Test
  public void cancelledItLeavesTheHistoryAsItWas() throws Exception {
    fill();
    byte[] file = save(null);
    uninstall();
    long there = Written.add(app, Source.SPEECH, "", "by milk", true);
    Map<String, String> before = files();
    int[] told = {0};
    boolean ended = false;
    for (int last = 1; !ended; last += 3) {
      int at = last;
      told[0] = 0;
      BackupReader reader =
          new BackupReader(
              history,
              () -> PLENTY,
              share -> {
                if (++told[0] == at) {
                  throw new InterruptedIOException("cancelled");
                }
              });
      try {
        assertEquals(new Incoming.Added(3, 0), reader.read(new ByteArrayInputStream(file), null));
        ended = true;
      } catch (InterruptedIOException e) {
        assertEquals(before, files());
      }
    }
    assertEquals(4, history.search("", 9).size());
    assertEquals("by milk", history.text(there));
  }

  /** A process that died in the middle: the next one takes away what it left. */
  @Test
  public void whatADeadProcessLeftIsSweptAway() throws Exception {
    fill();
    File left = root().resolve("restore.unfinished/17").toFile();
    assertTrue(left.mkdirs());
    History next = new History(app);
    assertEquals(3, next.search("", 9).size());
    next.close();
    assertFalse(left.getParentFile().exists());
  }

  @Test
  public void theSoundIsTheSameToTheByte() throws Exception {
    long id = Written.add(app, Source.SPEECH, "", "by milk", true);
    byte[] sound = Files.readAllBytes(history.audio(id).toPath());
    byte[] file = save(PASSWORD);
    uninstall();
    restore(file, PASSWORD);
    assertArrayEquals(sound, Files.readAllBytes(history.audio(id).toPath()));
  }
}
