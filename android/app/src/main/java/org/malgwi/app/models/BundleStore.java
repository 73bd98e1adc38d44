package org.malgwi.app.models;

import android.content.Context;
import android.content.SharedPreferences;
import android.os.Handler;
import android.os.Looper;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.malgwi.core.Bundle;
import org.malgwi.core.GoldenCheck;
import org.malgwi.core.Language;
import org.malgwi.core.MalgwiException;

/**
 * The bundles on this phone: the one that came with the app, and those that were imported. Each
 * lies unpacked in a folder of its own, named by its content, and got there whole or not at all.
 *
 * <p>Thread-safe. The first call after an installation or update of the app copies the built-in
 * bundle (a second for a large one), whichever call it is; later ones return at once, but for
 * {@link #add}.
 */
public final class BundleStore {
  /** What {@link #add} is at. */
  public enum Stage {
    COPYING,
    CHECKING,
    TRYING
  }

  /** Hears how far {@link #add} is, on its thread. */
  public interface Progress {
    /**
     * It has come this far.
     *
     * @param share of the stage that is done, 0 to 1; negative when that isn't known
     */
    void at(Stage stage, double share);
  }

  /** Runs a bundle's golden clips, and throws when one gives another text. */
  interface Trial {
    void run(Installed candidate) throws MalgwiException;
  }

  /** The bundle inside the app. */
  interface BuiltIn {
    /** Differs between two builds of the app, and between two installations. */
    String stamp();

    /** Its bytes; FileNotFoundException when the app was built without one. */
    InputStream open() throws IOException;
  }

  private static final String CURRENT = "current";
  private static final String BUILT_IN = "built_in";
  private static final String BUILT_IN_STAMP = "built_in_stamp";
  private static final String INCOMING = "incoming-";
  private static final long SPARE = 32_000_000;
  private static final int CHUNK = 1 << 16;

  private final File root;
  private final SharedPreferences settings;
  private final BuiltIn builtIn;
  private final Trial trial;
  private final LongSupplier freeBytes;

  /** One import at a time. Not the lock of the fields: an import takes long. */
  private final Object importing = new Object();

  private List<Installed> bundles;

  /** All of {@link #bundles} is known; read without the lock, which the first call holds long. */
  private volatile boolean ready;

  private volatile Refused builtInRefused;

  /**
   * @param root a folder for this class alone
   * @param settings preferences for this class alone
   * @param freeBytes space that is left where {@code root} lies
   */
  BundleStore(
      File root, SharedPreferences settings, BuiltIn builtIn, Trial trial, LongSupplier freeBytes) {
    this.root = root;
    this.settings = settings;
    this.builtIn = builtIn;
    this.trial = trial;
    this.freeBytes = freeBytes;
  }

  /** The bundles of this app. */
  public static BundleStore open(Context context, Engine engine) {
    File root = new File(context.getFilesDir(), "bundles");
    return new BundleStore(
        root,
        context.getSharedPreferences("bundles", Context.MODE_PRIVATE),
        new BuiltInAsset(context),
        candidate -> {
          for (GoldenCheck check : engine.tryOut(candidate)) {
            expectSameText(check);
          }
        },
        () -> context.getFilesDir().getUsableSpace());
  }

  static void expectSameText(GoldenCheck check) throws Refused {
    if (!check.sameText()) {
      throw new Refused(
          Refused.Reason.OTHER_TEXT,
          check.audio()
              + ": this phone hears \""
              + check.foundText()
              + "\"; expected \""
              + check.expectedText()
              + "\"");
    }
  }

  /** All bundles, the built-in one first, then by name. */
  public synchronized List<Installed> all() {
    if (bundles == null) {
      throwOutLeftovers();
      bundles = scan();
      String stamp = builtIn.stamp();
      if (!stamp.equals(settings.getString(BUILT_IN_STAMP, null))) {
        installBuiltIn(stamp);
      }
      ready = true;
    }
    return bundles;
  }

  /** Why the built-in bundle couldn't be put in its place, when it couldn't. */
  public Optional<Refused> builtInRefused() {
    return Optional.ofNullable(builtInRefused);
  }

  /**
   * Gives {@link #all} to the main thread, at once when it is known, else when it is. A built-in
   * bundle that couldn't be put in its place is tried again.
   */
  public void load(Consumer<List<Installed>> shown) {
    if (ready && builtInRefused == null) {
      shown.accept(all());
      return;
    }
    Handler main = new Handler(Looper.getMainLooper());
    new Thread(
            () -> {
              retryBuiltIn();
              List<Installed> all = all();
              main.post(() -> shown.accept(all));
            },
            "bundles")
        .start();
  }

  private synchronized void retryBuiltIn() {
    if (builtInRefused != null) {
      installBuiltIn(builtIn.stamp());
    }
  }

  /** The bundle that is used when nothing else is asked for; null when there is none at all. */
  public synchronized Installed current() {
    String id = settings.getString(CURRENT, null);
    List<Installed> all = all();
    return all.stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .orElse(all.isEmpty() ? null : all.get(0));
  }

  /** The bundle of this id, while it is there. */
  public Optional<Installed> find(String id) {
    return all().stream().filter(one -> one.id().equals(id)).findFirst();
  }

  /**
   * Makes a bundle the {@link #current} one.
   *
   * @throws IllegalArgumentException when there is none of this id
   */
  public synchronized void use(String id) {
    if (!find(id).isPresent()) {
      throw new IllegalArgumentException("no bundle has the id " + id);
    }
    settings.edit().putString(CURRENT, id).apply();
  }

  /**
   * The bundle for a spoken language: the current one when it speaks it, else the first that does.
   * Regions and scripts don't count: "en-GB" is served by "en" and by "en-US".
   */
  public Optional<Installed> forLanguage(String asked) {
    String language = Language.primary(asked);
    Installed current = current();
    if (current != null && speaks(current, language)) {
      return Optional.of(current);
    }
    return all().stream().filter(one -> speaks(one, language)).findFirst();
  }

  private static boolean speaks(Installed one, String language) {
    return !language.equals(Language.UNKNOWN) && Language.primary(one.language()).equals(language);
  }

  /**
   * Takes in a bundle: copies it, checks every hash and runs its golden clips on this phone. An
   * interrupt of the thread ends it. Not for the main thread.
   *
   * @param size of what {@code in} gives, in bytes; -1 when that isn't known
   * @return the new one, or the one of the same content that was there already
   * @throws Refused when it can't be taken in; nothing of it is left then
   * @throws InterruptedIOException when the thread was interrupted; nothing is left either
   */
  public Installed add(InputStream in, long size, Progress progress)
      throws Refused, InterruptedIOException {
    synchronized (importing) {
      all();
      return take(in, size, progress, trial);
    }
  }

  /**
   * Deletes an imported bundle. Who has loaded it can go on using it.
   *
   * @throws IllegalArgumentException for the built-in one, or an unknown id
   */
  public synchronized void delete(String id) {
    Installed one =
        find(id).orElseThrow(() -> new IllegalArgumentException("no bundle has the id " + id));
    if (one.builtIn()) {
      throw new IllegalArgumentException("the built-in bundle can't be deleted");
    }
    remove(one);
    bundles = scan();
  }

  /** Renamed first, so that a bundle is never there in part. */
  private void remove(Installed one) {
    File gone = new File(root, INCOMING + one.id());
    deleteTree(one.folder().renameTo(gone) ? gone : one.folder());
  }

  private void installBuiltIn(String stamp) {
    builtInRefused = null;
    String before = settings.getString(BUILT_IN, null);
    try (InputStream in = builtIn.open()) {
      // Its clips were run where it was made; the self-test runs them here.
      Installed now = take(in, -1, (stage, share) -> {}, candidate -> {});
      settings.edit().putString(BUILT_IN, now.id()).putString(BUILT_IN_STAMP, stamp).apply();
      bundles = scan();
      find(String.valueOf(before)).filter(old -> !old.builtIn()).ifPresent(this::remove);
    } catch (FileNotFoundException e) {
      settings.edit().remove(BUILT_IN).putString(BUILT_IN_STAMP, stamp).apply();
    } catch (IOException e) {
      // Without the stamp it is tried again; till then the others serve.
      builtInRefused =
          e instanceof Refused refused
              ? refused
              : new Refused(Refused.Reason.UNREADABLE, "the app's own model can't be read", e);
      return;
    }
    bundles = scan();
  }

  private Installed take(InputStream in, long size, Progress progress, Trial trial)
      throws Refused, InterruptedIOException {
    File work = new File(root, INCOMING + System.nanoTime());
    try {
      File files = new File(work, "files");
      if (!files.mkdirs()) {
        throw new Refused(Refused.Reason.NO_SPACE, files + " can't be made");
      }
      File archive = new File(work, "archive.malgwi");
      copy(in, size, archive, progress);
      progress.at(Stage.CHECKING, -1);
      Installed candidate = unpack(archive, files);
      Optional<Installed> same = find(candidate.id());
      if (same.isPresent()) {
        return same.get();
      }
      progress.at(Stage.TRYING, -1);
      tryOut(candidate, trial);
      stopIfInterrupted();
      return moveIn(candidate);
    } finally {
      deleteTree(work);
    }
  }

  private void copy(InputStream in, long size, File archive, Progress progress)
      throws Refused, InterruptedIOException {
    checkSpace(Math.max(size, 0));
    try (OutputStream out = new FileOutputStream(archive)) {
      byte[] buffer = new byte[CHUNK];
      long done = 0;
      int count;
      while ((count = read(in, buffer)) >= 0) {
        if (done == 0 && (count < 2 || buffer[0] != 'P' || buffer[1] != 'K')) {
          throw new Refused(
              Refused.Reason.NO_BUNDLE, "it doesn't begin as a ZIP archive does: no .malgwi file");
        }
        // Once as an archive, once unpacked.
        if (done / CHUNK % 16 == 0) {
          checkSpace(done + count);
        }
        out.write(buffer, 0, count);
        done += count;
        progress.at(Stage.COPYING, size > 0 ? Math.min(1, (double) done / size) : -1);
        stopIfInterrupted();
      }
      if (done == 0) {
        throw new Refused(Refused.Reason.NO_BUNDLE, "the file is empty");
      }
    } catch (Refused | InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new Refused(Refused.Reason.NO_SPACE, archive + " can't be written", e);
    }
  }

  private void checkSpace(long more) throws Refused {
    long free = freeBytes.getAsLong();
    if (free < 2 * more + SPARE) {
      throw new Refused(
          Refused.Reason.NO_SPACE,
          "the archive and its contents need "
              + (2 * more + SPARE) / 1_000_000
              + " MB; "
              + free / 1_000_000
              + " MB are free");
    }
  }

  /** What reading throws is the source's fault, what writing throws is the disk's. */
  private static int read(InputStream in, byte[] buffer) throws Refused, InterruptedIOException {
    try {
      return in.read(buffer);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      stopIfInterrupted();
      // A provider of another app can throw anything.
      throw new Refused(Refused.Reason.UNREADABLE, "reading it failed", e);
    }
  }

  private static void stopIfInterrupted() throws InterruptedIOException {
    if (Thread.interrupted()) {
      throw new InterruptedIOException("the import was cancelled");
    }
  }

  private Installed unpack(File archive, File files) throws Refused {
    try {
      Bundle packed = Bundle.open(archive);
      packed.unpack(files);
      if (!archive.delete()) {
        throw new IOException(archive + " can't be deleted");
      }
      Bundle bundle = Bundle.open(files);
      for (Bundle.Golden clip : bundle.golden()) {
        float[] unused = bundle.samples(clip);
      }
      return installed(files, bundle, digest(new File(files, "bundle.json")));
    } catch (MalgwiException e) {
      throw refusal(e);
    } catch (IOException e) {
      throw new Refused(Refused.Reason.NO_SPACE, "it can't be unpacked", e);
    }
  }

  /** The format's reader names files by their paths here, which mean nothing to people. */
  private Refused refusal(MalgwiException e) {
    boolean full = freeBytes.getAsLong() < SPARE / 8;
    String detail = e.getMessage().replaceAll("\\S*/" + INCOMING + "[^:]*: ", "");
    return new Refused(full ? Refused.Reason.NO_SPACE : Refused.Reason.DAMAGED, detail, e);
  }

  private void tryOut(Installed candidate, Trial trial) throws Refused {
    try {
      trial.run(candidate);
    } catch (Refused e) {
      throw e;
    } catch (MalgwiException e) {
      throw refusal(e);
    }
  }

  private synchronized Installed moveIn(Installed candidate) throws Refused {
    File place = new File(root, candidate.id());
    // Something that isn't a bundle any more may lie there: a whole one would have been found.
    deleteTree(place);
    if (!candidate.folder().renameTo(place)) {
      throw new Refused(Refused.Reason.NO_SPACE, place + " can't be made");
    }
    // What is used doesn't change because something is added.
    Installed used = current();
    settings.edit().putString(CURRENT, (used == null ? candidate : used).id()).apply();
    bundles = scan();
    return find(candidate.id())
        .orElseThrow(() -> new IllegalStateException(place + " can't be opened"));
  }

  /** What an import left behind when the process died. */
  private void throwOutLeftovers() {
    for (File folder : inside(root)) {
      if (folder.getName().startsWith(INCOMING)) {
        deleteTree(folder);
      }
    }
  }

  private List<Installed> scan() {
    List<Installed> found = new ArrayList<>();
    for (File folder : inside(root)) {
      if (folder.getName().startsWith(INCOMING)) {
        continue;
      }
      try {
        found.add(installed(folder, Bundle.open(folder), folder.getName()));
      } catch (MalgwiException e) {
        // Files went missing, which the app didn't do. A new import takes its place.
      }
    }
    found.sort(
        Comparator.comparing((Installed one) -> !one.builtIn())
            .thenComparing(Installed::name)
            .thenComparing(Installed::id));
    return List.copyOf(found);
  }

  private Installed installed(File folder, Bundle bundle, String id) {
    long bytes = new File(folder, "bundle.json").length();
    for (String name : bundle.files()) {
      bytes += new File(folder, name).length();
    }
    return new Installed(id, folder, bundle, id.equals(settings.getString(BUILT_IN, null)), bytes);
  }

  /** bundle.json holds the hashes of all else, so its hash names the content. */
  private static String digest(File info) throws IOException {
    return Sha256.of(new FileInputStream(info)).substring(0, 16);
  }

  private static File[] inside(File folder) {
    File[] files = folder.listFiles();
    return files == null ? new File[0] : files;
  }

  private static void deleteTree(File file) {
    for (File one : inside(file)) {
      deleteTree(one);
    }
    boolean unused = file.delete();
  }
}
