package org.malgwi.app.files;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.ContentProvider;
import android.content.ContentValues;
import android.content.pm.ApplicationInfo;
import android.content.pm.ProviderInfo;
import android.database.Cursor;
import android.database.MatrixCursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.OpenableColumns;
import java.io.File;
import java.io.FileNotFoundException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.malgwi.app.Wait;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;

/** Another app that lends its files. */
public final class Recorder extends ContentProvider {
  private static final String AUTHORITY = "org.example.recorder";

  private final Map<String, File> files = new HashMap<>();
  private volatile Callable<Void> before = () -> null;

  public static Recorder install() {
    ProviderInfo facts = new ProviderInfo();
    facts.authority = AUTHORITY;
    facts.name = Recorder.class.getName();
    facts.packageName = "org.example.recorder";
    facts.applicationInfo = new ApplicationInfo();
    facts.applicationInfo.packageName = facts.packageName;
    facts.applicationInfo.nonLocalizedLabel = "Recorder";
    shadowOf(RuntimeEnvironment.getApplication().getPackageManager()).addOrUpdateProvider(facts);
    return Robolectric.buildContentProvider(Recorder.class).create(AUTHORITY).get();
  }

  /** Does something each time before a recording is opened. */
  public void beforeOpening(Callable<Void> other) {
    before = other;
  }

  /** Lets whoever opens a recording wait, until it is told to answer. */
  Late answerLate() {
    Late late = new Late();
    before =
        () -> {
          late.asked.countDown();
          late.answers.await();
          return null;
        };
    return late;
  }

  /** An app that takes its time. */
  static final class Late {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answers = new CountDownLatch(1);

    void waitUntilAsked() throws InterruptedException {
      assertTrue(asked.await(Wait.MOST_SECONDS, SECONDS));
    }

    void answer() {
      answers.countDown();
    }
  }

  /** Offers a file; null for one that is gone. */
  public Uri offer(String name, File file) {
    files.put(name, file);
    return Uri.parse("content://" + AUTHORITY + "/").buildUpon().appendPath(name).build();
  }

  @Override
  public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
    try {
      before.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    File file = files.get(uri.getLastPathSegment());
    if (file == null) {
      throw new FileNotFoundException("no such recording");
    }
    return ParcelFileDescriptor.open(file, ParcelFileDescriptor.MODE_READ_ONLY);
  }

  @Override
  public Cursor query(Uri uri, String[] columns, String where, String[] values, String order) {
    MatrixCursor cursor =
        new MatrixCursor(new String[] {OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE});
    File file = files.get(uri.getLastPathSegment());
    cursor.addRow(new Object[] {uri.getLastPathSegment(), file == null ? null : file.length()});
    return cursor;
  }

  @Override
  public boolean onCreate() {
    return true;
  }

  @Override
  public String getType(Uri uri) {
    return "audio/x-wav";
  }

  @Override
  public Uri insert(Uri uri, ContentValues values) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int update(Uri uri, ContentValues values, String where, String[] arguments) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int delete(Uri uri, String where, String[] arguments) {
    throw new UnsupportedOperationException();
  }
}
