package org.malgwi.app.backup;

import android.content.ContentProvider;
import android.content.ContentValues;
import android.content.pm.ApplicationInfo;
import android.content.pm.ProviderInfo;
import android.database.Cursor;
import android.net.Uri;
import android.os.Bundle;
import android.os.ParcelFileDescriptor;
import java.io.File;
import java.io.FileNotFoundException;
import org.robolectric.Robolectric;

/** Another app that keeps a document, which it lets be deleted, too. */
public final class Documents extends ContentProvider {
  private static final String AUTHORITY = "org.example.documents";

  /** The only one. */
  public static final Uri DOCUMENT = Uri.parse("content://" + AUTHORITY + "/document/7");

  private File file;
  private String refused = "";

  /** Keeps {@code file} as its document. */
  public static Documents install(File file) {
    ProviderInfo facts = new ProviderInfo();
    facts.authority = AUTHORITY;
    facts.name = Documents.class.getName();
    facts.packageName = "org.example.documents";
    facts.applicationInfo = new ApplicationInfo();
    facts.applicationInfo.packageName = facts.packageName;
    facts.grantUriPermissions = true;
    Documents documents = Robolectric.buildContentProvider(Documents.class).create(facts).get();
    documents.file = file;
    return documents;
  }

  /** Lets it not be opened in this way, "r" or "w", from now on. */
  void refuse(String mode) {
    refused = mode;
  }

  @Override
  public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
    if (!refused.isEmpty() && mode.startsWith(refused)) {
      throw new FileNotFoundException("not now");
    }
    return ParcelFileDescriptor.open(file, ParcelFileDescriptor.parseMode(mode));
  }

  @Override
  public Bundle call(String method, String argument, Bundle extras) {
    if (method.equals("android:deleteDocument") && file.delete()) {
      return new Bundle();
    }
    throw new UnsupportedOperationException(method);
  }

  @Override
  public boolean onCreate() {
    return true;
  }

  @Override
  public Cursor query(Uri uri, String[] columns, String where, String[] values, String order) {
    return null;
  }

  @Override
  public String getType(Uri uri) {
    return "application/zip";
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
