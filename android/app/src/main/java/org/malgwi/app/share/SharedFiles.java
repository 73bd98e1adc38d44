package org.malgwi.app.share;

import android.content.ContentProvider;
import android.content.ContentValues;
import android.content.Context;
import android.content.pm.ProviderInfo;
import android.database.Cursor;
import android.database.MatrixCursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.OpenableColumns;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Lends files to other apps, read-only and only those that an intent grants: {@link #put} writes
 * one below a cache folder of its own, under a random name, and nothing else can be reached.
 */
public final class SharedFiles extends ContentProvider {
  private static final String FOLDER = "shared";
  private static final long KEPT_MS = 24 * 3_600_000L;
  private static final Pattern RANDOM = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern UNSAFE = Pattern.compile("[^\\p{L}\\p{M}\\p{N} ._-]+");
  private static final int LONGEST_NAME = 60;

  /** Writes what is to be shared. */
  @FunctionalInterface
  public interface Content {
    void write(OutputStream out) throws IOException;
  }

  /**
   * Writes a file to be shared; it is kept for a day at least.
   *
   * @param name that the receiver sees, with an ending; what a file system dislikes is replaced
   * @return its address, for an intent with FLAG_GRANT_READ_URI_PERMISSION
   * @throws IOException what {@code content} throws, or a full disk; nothing is left then
   */
  public static Uri put(Context context, String name, Content content) throws IOException {
    File shared = new File(context.getCacheDir(), FOLDER);
    deleteOld(shared);
    File folder = new File(shared, UUID.randomUUID().toString().replace("-", ""));
    if (!folder.mkdirs()) {
      throw new IOException("can't make " + folder);
    }
    File file = new File(folder, fileName(name));
    try (OutputStream out = new FileOutputStream(file)) {
      content.write(out);
    } catch (IOException | RuntimeException e) {
      file.delete();
      folder.delete();
      throw e;
    }
    return new Uri.Builder()
        .scheme("content")
        .authority(context.getPackageName() + ".files")
        .appendPath(folder.getName())
        .appendPath(file.getName())
        .build();
  }

  /** A name without what file systems dislike, not too long; it keeps its ending. */
  public static String fileName(String name) {
    int dot = name.lastIndexOf('.');
    String ending = dot < 0 ? "" : UNSAFE.matcher(name.substring(dot)).replaceAll("");
    String stem = UNSAFE.matcher(dot < 0 ? name : name.substring(0, dot)).replaceAll(" ").trim();
    // A name is left alone when it comes back: what is lent is looked for by it.
    String safe = stem.isEmpty() || stem.startsWith(".") ? "malgwi" + stem : stem;
    if (safe.length() > LONGEST_NAME) {
      boolean splits = Character.isHighSurrogate(safe.charAt(LONGEST_NAME - 1));
      safe = safe.substring(0, splits ? LONGEST_NAME - 1 : LONGEST_NAME).trim();
    }
    return safe + ending;
  }

  private static void deleteOld(File shared) {
    File[] folders = shared.listFiles();
    if (folders == null) {
      return;
    }
    for (File folder : folders) {
      if (System.currentTimeMillis() - folder.lastModified() > KEPT_MS) {
        File[] files = folder.listFiles();
        for (File file : files == null ? new File[0] : files) {
          file.delete();
        }
        folder.delete();
      }
    }
  }

  /** The file that an address stands for. */
  private File file(Uri uri) throws FileNotFoundException {
    List<String> path = uri.getPathSegments();
    if (path.size() == 2
        && RANDOM.matcher(path.get(0)).matches()
        && path.get(1).equals(fileName(path.get(1)))) {
      File file =
          new File(
              new File(new File(getContext().getCacheDir(), FOLDER), path.get(0)), path.get(1));
      if (file.isFile()) {
        return file;
      }
    }
    throw new FileNotFoundException("no shared file of this name; share it again");
  }

  @Override
  public void attachInfo(Context context, ProviderInfo info) {
    super.attachInfo(context, info);
    if (info.exported || !info.grantUriPermissions) {
      throw new SecurityException("this provider must be private and grant single files");
    }
  }

  @Override
  public boolean onCreate() {
    return true;
  }

  @Override
  public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
    if (!"r".equals(mode)) {
      throw new SecurityException("shared files are read-only");
    }
    return ParcelFileDescriptor.open(file(uri), ParcelFileDescriptor.MODE_READ_ONLY);
  }

  @Override
  public Cursor query(
      Uri uri, String[] columns, String selection, String[] arguments, String order) {
    String[] asked =
        columns == null
            ? new String[] {OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE}
            : columns;
    MatrixCursor cursor = new MatrixCursor(asked, 1);
    try {
      File file = file(uri);
      MatrixCursor.RowBuilder row = cursor.newRow();
      for (String column : asked) {
        row.add(
            switch (column) {
              case OpenableColumns.DISPLAY_NAME -> file.getName();
              case OpenableColumns.SIZE -> file.length();
              default -> null;
            });
      }
    } catch (FileNotFoundException e) {
      return cursor; // no row: as for any address that stands for nothing
    }
    return cursor;
  }

  @Override
  public String getType(Uri uri) {
    String name = String.valueOf(uri.getLastPathSegment()).toLowerCase(Locale.ROOT);
    for (Format format : Format.values()) {
      if (name.endsWith("." + format.ending().toLowerCase(Locale.ROOT))) {
        return format.type();
      }
    }
    if (name.endsWith(".zip")) {
      return "application/zip";
    }
    return name.endsWith(".json") ? "application/json" : "application/octet-stream";
  }

  @Override
  public Uri insert(Uri uri, ContentValues values) {
    throw new UnsupportedOperationException("shared files are read-only");
  }

  @Override
  public int update(Uri uri, ContentValues values, String selection, String[] arguments) {
    throw new UnsupportedOperationException("shared files are read-only");
  }

  @Override
  public int delete(Uri uri, String selection, String[] arguments) {
    throw new UnsupportedOperationException("shared files are read-only");
  }
}
