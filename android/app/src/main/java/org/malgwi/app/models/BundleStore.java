package org.malgwi.app.models;

import android.content.Context;
import android.content.SharedPreferences;
import android.os.Handler;
import android.os.Looper;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.malgwi.android.Refused;
import org.malgwi.android.internal.Folders;
import org.malgwi.android.internal.Intake;
import org.malgwi.android.internal.Unpacked;
import org.malgwi.core.GoldenCheck;
import org.malgwi.core.Language;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;

/**
 * The bundles on this phone: the one that came with the app, and those that were imported. Each
 * lies unpacked in a folder of its own, named by its content, and got there whole or not at all.
 *
 * <p>Thread-safe. The first call after an installation or update of the app copies the built-in
 * bundle (a second for a large one), whichever call it is; later ones return at once, but for
 * {@link #add}.
 */
public final class BundleStore {
  /** Holds the only one of this process: the application. */
  public interface Owner {
    BundleStore bundles();
  }

  /** The one of this process. */
  public static BundleStore of(Context context) {
    return ((Owner) context.getApplicationContext()).bundles();
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

  private volatile Runnable onAdded = () -> {};

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
      if (!stamp.equals(settings.getString(BUILT_IN_STAMP, null)) || isBuiltInLost()) {
        installBuiltIn(stamp);
      }
      ready = true;
    }
    return bundles;
  }

  /** Calls {@code listener}, and no other, on the main thread after a bundle was added. */
  void onAdded(Runnable listener) {
    onAdded = listener;
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
   * The bundle that people know by a name and a language, which is all that a transcript says of
   * the model that heard it: the current one if it is called that, else the first that is.
   */
  public Optional<Installed> named(String name, String language) {
    Predicate<Installed> sameName =
        one -> one.name().equals(name) && one.language().equals(language);
    Optional<Installed> current = Optional.ofNullable(current()).filter(sameName);
    return current.isPresent() ? current : all().stream().filter(sameName).findFirst();
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
  public Installed add(InputStream in, long size, Intake.Progress progress)
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
    Folders.delete(one.folder().renameTo(gone) ? gone : one.folder());
  }

  /** Files went missing, and nobody could add it again: it is in the app. */
  private boolean isBuiltInLost() {
    return settings.contains(BUILT_IN) && bundles.stream().noneMatch(Installed::builtIn);
  }

  /** To its end: an interrupt is meant for the import that happened to ask first, and ends that. */
  private void installBuiltIn(String stamp) {
    boolean interrupted = false;
    boolean done = false;
    while (!done) {
      try {
        putBuiltInInPlace(stamp);
        done = true;
      } catch (InterruptedIOException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void putBuiltInInPlace(String stamp) throws InterruptedIOException {
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
    } catch (InterruptedIOException e) {
      throw e;
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

  private Installed take(InputStream in, long size, Intake.Progress progress, Trial trial)
      throws Refused, InterruptedIOException {
    try (Intake intake =
        new Intake(new File(root, INCOMING + System.nanoTime()), freeBytes, progress)) {
      Unpacked unpacked = intake.unpack(in, size);
      Installed candidate =
          Installed.in(unpacked.folder(), unpacked.bundle(), unpacked.id(), false);
      Optional<Installed> same = find(candidate.id());
      if (same.isPresent()) {
        return same.get();
      }
      intake.tryOut(() -> trial.run(candidate));
      return moveIn(candidate);
    }
  }

  private synchronized Installed moveIn(Installed candidate) throws Refused {
    File place = new File(root, candidate.id());
    // Something that isn't a bundle any more may lie there: a whole one would have been found.
    Folders.delete(place);
    if (!candidate.folder().renameTo(place)) {
      throw new Refused(Refused.Reason.NO_SPACE, place + " can't be made");
    }
    // What is used doesn't change because something is added, unless it is what was chosen to be.
    Installed used = current();
    boolean chosen = candidate.id().equals(settings.getString(CURRENT, null));
    settings.edit().putString(CURRENT, (used == null || chosen ? candidate : used).id()).apply();
    bundles = scan();
    new Handler(Looper.getMainLooper()).post(() -> onAdded.run());
    return find(candidate.id())
        .orElseThrow(() -> new IllegalStateException(place + " can't be opened"));
  }

  /** What an import left behind when the process died. */
  private void throwOutLeftovers() {
    for (File folder : Folders.inside(root)) {
      if (folder.getName().startsWith(INCOMING)) {
        Folders.delete(folder);
      }
    }
  }

  private List<Installed> scan() {
    List<Installed> found = new ArrayList<>();
    for (File folder : Folders.inside(root)) {
      if (folder.getName().startsWith(INCOMING)) {
        continue;
      }
      try {
        String id = folder.getName();
        boolean ours = id.equals(settings.getString(BUILT_IN, null));
        found.add(Installed.in(folder, ModelBundle.open(folder), id, ours));
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
}
