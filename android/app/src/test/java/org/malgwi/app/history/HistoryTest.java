package org.malgwi.app.history;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.content.ContextWrapper;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.malgwi.app.Demo;
import org.malgwi.app.Wait;
import org.malgwi.app.models.Installed;
import org.malgwi.core.FrameGrid;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.TimedWord;
import org.malgwi.core.Transcript;
import org.malgwi.core.Word;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;

@RunWith(RobolectricTestRunner.class)
public class HistoryTest {
  private static final FrameGrid GRID = new FrameGrid(400, 320, 16_000);

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  private Context context;
  private Installed model;
  private History history;

  @Before
  public void setUp() throws IOException {
    context = RuntimeEnvironment.getApplication();
    model = new Installed("id", temporary.getRoot(), ModelBundle.open(Demo.bundle()), false, 0);
    history = new History(context);
  }

  private long add(String text) throws IOException {
    return add(text, null);
  }

  private long add(String text, File audio) throws IOException {
    List<Word> words = new ArrayList<>();
    for (String word : Correction.words(text)) {
      words.add(new Word(word, 10 * words.size(), 10 * words.size() + 5, 0.5));
    }
    Transcript transcript = new Transcript(text, words, List.of(), 16_000 * 60, GRID, false);
    return history.add(new NewEntry(Source.FILE, "Talk.wav", model, transcript, audio));
  }

  private List<Long> found(String query) {
    return history.search(query, 100).stream().map(Entry::id).toList();
  }

  private File folder(long id) {
    return new File(new File(context.getFilesDir(), "history"), Long.toString(id));
  }

  @After
  public void closeHistory() {
    history.close();
  }

  @Test
  public void aDraftWaitsForNobody() throws Exception {
    long id = add("by milk");
    CountDownLatch indexing = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    History busy = history;
    Thread other =
        new Thread(
            () -> {
              synchronized (busy) {
                indexing.countDown();
                try {
                  over.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            });
    other.start();
    indexing.await();
    Thread leaving =
        new Thread(
            () -> {
              try {
                history.keepDraft(id, "buy milk");
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    leaving.start();
    leaving.join(1000 * Wait.MOST_SECONDS);
    boolean waits = leaving.isAlive();
    over.countDown();
    assertFalse("the main thread would be held", waits);
    assertEquals("buy milk", history.draft(id));
  }

  /** To open a draft that is being written would throw away what was written of it. */
  @Test
  public void anEntryIsNotOpenedWhileItsDraftIsWritten() throws Exception {
    long id = add("by milk");
    history.keepDraft(id, "buy mi");
    File pipe = new File(folder(id), "draft.txt.new"); // where it is written, before it is renamed
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.getPath()).start().waitFor());
    Thread writing =
        new Thread(
            () -> {
              try {
                history.keepDraft(id, "buy milk"); // until somebody reads the pipe
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    Thread opening =
        new Thread(
            () -> {
              try {
                history.open(id).close();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    writing.start();
    Wait.until("it is being written", () -> isIn(writing, "startWrite"));
    opening.start();
    Wait.until(
        "it waits or is through",
        () ->
            opening.getState() == Thread.State.BLOCKED
                || opening.getState() == Thread.State.TERMINATED);
    Thread.State waiting = opening.getState();
    try (InputStream in = Files.newInputStream(pipe.toPath())) {
      assertEquals("buy milk", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    writing.join();
    opening.join();
    assertEquals(Thread.State.BLOCKED, waiting);
  }

  private static boolean isIn(Thread thread, String method) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals(method));
  }

  @Test
  public void whatIsAddedIsThere() throws Exception {
    Path pcm = temporary.newFile().toPath();
    Files.write(pcm, new byte[] {1, 2, 3, 4});
    long id = add("hello world", pcm.toFile());
    Entry entry = history.get(id);
    assertEquals(
        new Entry(
            id,
            Source.FILE,
            "Talk.wav",
            model.name(),
            model.language(),
            60_000,
            "hello world",
            false,
            true),
        entry);
    assertEquals("hello world", history.text(id));
    assertEquals(
        List.of(new TimedWord("hello", 0, 100, 0.5), new TimedWord("world", 200, 300, 0.5)),
        history.words(id));
    assertFalse(Files.exists(pcm)); // moved, not copied
    assertArrayEquals(new byte[] {1, 2, 3, 4}, Files.readAllBytes(history.audio(id).toPath()));
    assertNull(history.audio(add("silent")));
  }

  @Test
  public void searchFindsPartsOfWordsInEveryEntry() throws Exception {
    long one = add("말귀는 말을 글로 옮깁니다");
    long two = add("the Quick brown fox");
    long three = add("the slow brown dog");
    assertEquals(List.of(three, two, one), found(""));
    assertEquals(List.of(one), found("말귀"));
    assertEquals(List.of(two), found("quick BROWN"));
    assertEquals(List.of(three, two), found("row"));
    assertEquals(List.of(three, two, one), found("talk.WAV"));
    assertEquals(List.of(), found("brown cat"));
    assertEquals(List.of(), found("%"));
    assertEquals(List.of(), found("'; DROP TABLE entry; --"));
    assertEquals(2, history.search("", 2).size());
  }

  @Test
  public void theExcerptStandsAroundTheHit() throws Exception {
    add("word ".repeat(200) + "needle " + "word ".repeat(200));
    String excerpt = history.search("needle", 1).get(0).excerpt();
    assertTrue(excerpt, excerpt.contains("needle") && excerpt.length() <= 160);
  }

  @Test
  public void aCorrectionKeepsWhatWasHeard() throws Exception {
    long id = add("hello word");
    history.correct(id, "Hello, world!");
    assertEquals("Hello, world!", history.text(id));
    assertEquals(
        List.of(new TimedWord("Hello,", 0, 100, 1), new TimedWord("world!", 200, 300, 1)),
        history.words(id));
    assertTrue(history.get(id).checked());
    assertEquals(List.of(id), found("world"));
    assertEquals(List.of(), found("hello word x"));
    String file = Files.readString(new File(folder(id), "transcript.json").toPath());
    assertTrue(file, file.contains("\"hello word\""));
  }

  @Test
  public void deletedAndBack() throws Exception {
    long id = add("hello");
    long other = add("other");
    history.trash(id);
    assertEquals(List.of(other), found(""));
    assertNull(history.get(id));
    assertEquals(List.of(id), history.inTrash());
    history.restore(id);
    assertEquals("hello", history.text(id));
    assertEquals(List.of(other, id), found(""));
    assertEquals(List.of(), history.inTrash());
    history.trash(id);
    history.trash(other); // the first is gone for good
    assertThrows(IOException.class, () -> history.restore(id));
    history.emptyTrash();
    assertEquals(0, new File(context.getFilesDir(), "history").list().length);
  }

  @Test
  public void whatIsDeletedDoesNotSurviveTheProcess() throws Exception {
    long id = add("hello");
    history.trash(id);
    assertTrue(new File(context.getFilesDir(), "history/7.unfinished").mkdir());
    history.close();
    history = new History(context);
    assertEquals(List.of(), found(""));
    assertEquals(0, new File(context.getFilesDir(), "history").list().length);
  }

  @Test
  public void theIndexIsMadeAgainFromTheFiles() throws Exception {
    long one = add("one");
    long two = add("two");
    context.deleteDatabase("history.db");
    history.close();
    history = new History(context);
    assertEquals(List.of(two, one), found(""));

    Files.write(
        context.getDatabasePath("history.db").toPath(),
        "this is no database, but some text".repeat(1000).getBytes(StandardCharsets.UTF_8));
    history.close();
    history = new History(context);
    assertEquals(List.of(two), found("two"));
  }

  @Test
  public void theIndexFollowsFilesThatChangedWithoutIt() throws Exception {
    long one = add("one");
    long two = add("two");
    long three = add("three");
    Path json = new File(folder(one), "transcript.json").toPath();
    Files.writeString(json, Files.readString(json).replace("\"one\"", "\"first of all\""));
    Files.writeString(new File(folder(two), "transcript.json").toPath(), "{ damaged");
    Files.delete(new File(folder(three), "transcript.json").toPath());
    history.close();
    history = new History(context);
    assertEquals(List.of(one), found(""));
    assertEquals(List.of(one), found("first"));
    assertTrue(folder(two).isDirectory()); // nothing is thrown away
    assertThrows(IOException.class, () -> history.text(two));
  }

  @Test
  public void aDraftSurvivesUntilItIsSaved() throws Exception {
    long id = add("hello");
    assertNull(history.draft(id));
    history.keepDraft(id, "hello wor");
    assertEquals("hello wor", new History(context).draft(id));
    history.correct(id, "hello world");
    assertNull(history.draft(id));
  }

  @Test
  public void longTexts() throws Exception {
    String text =
        "internationalisation ".repeat(150_000) + "end"; // more than a row that SQLite hands over
    long id = add(text);
    assertEquals(text, history.text(id));
    assertEquals(List.of(id), found("end"));
  }

  @Test
  public void anIndexThatCannotBeWrittenLosesNothing() throws Exception {
    File obstacle = new File(context.getDatabasePath("history.db"), "obstacle");
    assertTrue(obstacle.mkdirs());
    long id = add("hello");
    long other = add("other");
    assertEquals("hello", history.text(id));
    history.correct(id, "hello world");
    history.trash(other);
    assertTrue(obstacle.delete() && obstacle.getParentFile().delete());
    assertEquals(List.of(id), found("hello world"));
    history.restore(other);
    assertEquals(List.of(other, id), found(""));
  }

  @Test
  public void whatCannotBeAddedKeepsItsSound() throws Exception {
    byte[] sound = {1, 2, 3, 4};
    File pcm = Files.write(temporary.newFile().toPath(), sound).toFile();
    File moved =
        new File(pcm.getPath()) {
          /** Once it has moved, something stands where the entry is to be. */
          @Override
          public boolean renameTo(File to) {
            String entry = to.getParent().replace(".unfinished", "");
            return super.renameTo(to) && new File(entry, "obstacle").mkdirs();
          }
        };
    assertThrows(IOException.class, () -> add("hello", moved));
    assertArrayEquals(sound, Files.readAllBytes(pcm.toPath()));
    assertEquals(List.of(), found(""));
  }

  @Test
  public void severalGoTogetherAndThoseThatCannotAreCounted() throws Exception {
    long one = add("one");
    long two = add("two");
    long three = add("three");
    assertEquals(2, history.trash(List.of(7L, one, 8L, three)));
    assertEquals(List.of(two), found(""));
    assertEquals(List.of(one, three), history.inTrash().stream().sorted().toList());
    history.restore(one);
    history.restore(three);
    assertEquals(List.of(three, two, one), found(""));
  }

  @Test
  public void renamedItIsFoundByItsNameAndIsOtherwiseTheSame() throws Exception {
    long id = add("hello world");
    history.correct(id, "Hello, world!");
    history.rename(id, "Anna's greeting");
    assertEquals("Anna's greeting", history.get(id).title());
    assertEquals(List.of(id), found("anna"));
    assertEquals(List.of(), found("talk.wav"));
    assertEquals("Hello, world!", history.text(id));
    assertTrue(history.get(id).checked());
    history.rename(id, "");
    assertEquals("", history.get(id).title());
    assertThrows(IOException.class, () -> history.rename(7, "nobody"));
  }

  /** What is typed while its entry is deleted comes back with it: neither of the two is lost. */
  @Test
  public void aDraftThatIsWrittenWhileItsEntryIsDeleted() throws Exception {
    long id = add("on my way");
    history.close();
    Thread writer = Thread.currentThread();
    CountDownLatch deleting = new CountDownLatch(1);
    CountDownLatch writing = new CountDownLatch(1);
    int[] asked = {0, 0};
    Thread[] deletes = {null};
    Context hooked =
        new ContextWrapper(context) {
          @Override
          public File getFilesDir() {
            if (Thread.currentThread() == deletes[0] && ++asked[0] == 2) {
              deleting.countDown(); // the trash is empty; next it is renamed
              await(writing);
            } else if (deletes[0] != null && Thread.currentThread() == writer && ++asked[1] == 2) {
              writing.countDown(); // its folder was there a moment ago; next it is written
              while (deletes[0].getState() != Thread.State.BLOCKED
                  && deletes[0].getState() != Thread.State.TERMINATED) {
                Thread.onSpinWait();
              }
            }
            return super.getFilesDir();
          }
        };
    history = new History(hooked);
    history.keepDraft(id, "On");
    assertEquals(id, history.get(id).id());
    deletes[0] =
        new Thread(
            () -> {
              try {
                history.trash(id);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    deletes[0].start();
    deleting.await();
    history.keepDraft(id, "On my way!");
    deletes[0].join();
    assertEquals(List.of(id), history.inTrash());
    history.restore(id);
    assertEquals("On my way!", history.draft(id));
    assertEquals("on my way", history.text(id));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  public void aDraftThatIsWrittenAfterItsEntryWasDeleted() throws Exception {
    long id = add("on my way");
    history.trash(id);
    history.keepDraft(id, "On my way!");
    history.restore(id);
    assertEquals("On my way!", history.draft(id));
    history.trash(id);
    history.emptyTrash();
    history.keepDraft(id, "On my way!!");
    assertEquals(List.of(), history.inTrash());
    assertNull(history.draft(id));
  }
}
