package org.malgwi.app.history;

import android.content.ContentValues;
import android.content.Context;
import android.database.Cursor;
import android.database.sqlite.SQLiteDatabase;
import android.database.sqlite.SQLiteException;
import android.database.sqlite.SQLiteOpenHelper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What searching needs, in SQLite: a copy that {@link History} makes again from its files whenever
 * it is missing, damaged or of another version. Not thread-safe.
 *
 * <p>A hit is a part of a word: Korean endings hide words from a search for whole ones, which is
 * what SQLite's full-text tables offer. Reading the texts of a thousand transcripts takes
 * milliseconds.
 */
final class Index implements AutoCloseable {
  private static final String NAME = "history.db";
  private static final int VERSION = 1;
  private static final int EXCERPT = 160;
  private static final int BEFORE_HIT = 40;

  private final Context context;
  private SQLiteDatabase database;

  /** Opens it; an unreadable one is thrown away for an empty one. */
  Index(Context context) {
    this.context = context;
    try {
      database = open();
    } catch (SQLiteException e) {
      clear();
    }
  }

  /** Begins anew, empty. */
  void clear() {
    close();
    context.deleteDatabase(NAME);
    database = open();
  }

  private SQLiteDatabase open() {
    return new SQLiteOpenHelper(context, NAME, null, VERSION) {
      @Override
      public void onCreate(SQLiteDatabase db) {
        db.execSQL(
            "CREATE TABLE entry (id INTEGER PRIMARY KEY, stamp INTEGER, source TEXT, title TEXT,"
                + " model TEXT, language TEXT, duration INTEGER, checked INTEGER, audio INTEGER,"
                + " folded TEXT, body TEXT)");
      }

      @Override
      public void onUpgrade(SQLiteDatabase db, int before, int now) {
        db.execSQL("DROP TABLE entry");
        onCreate(db);
      }

      @Override
      public void onDowngrade(SQLiteDatabase db, int before, int now) {
        onUpgrade(db, before, now);
      }
    }.getWritableDatabase();
  }

  /** Which version of its file each entry was read from. */
  Map<Long, Long> stamps() {
    Map<Long, Long> stamps = new HashMap<>();
    try (Cursor rows = database.rawQuery("SELECT id, stamp FROM entry", null)) {
      while (rows.moveToNext()) {
        stamps.put(rows.getLong(0), rows.getLong(1));
      }
    }
    return stamps;
  }

  void put(long id, long stamp, Saved saved, boolean hasAudio) {
    ContentValues row = new ContentValues();
    row.put("id", id);
    row.put("stamp", stamp);
    row.put("source", saved.source().name());
    row.put("title", saved.title());
    row.put("model", saved.model());
    row.put("language", saved.language());
    row.put("duration", saved.durationMs());
    row.put("checked", saved.checkedText() != null);
    row.put("audio", hasAudio);
    row.put("folded", fold(saved.title() + "\n" + saved.current()));
    row.put("body", saved.current());
    database.replaceOrThrow("entry", null, row);
  }

  void remove(long id) {
    database.delete("entry", "id = " + id, null);
  }

  /** Newest first: entries that contain every word of {@code query}, or all for an empty one. */
  List<Entry> search(String query, int limit) {
    List<String> arguments = new ArrayList<>();
    List<String> wanted = Correction.words(fold(query));
    StringBuilder where = new StringBuilder();
    for (String word : wanted) {
      arguments.add(word);
      where.append(where.length() == 0 ? " WHERE " : " AND ").append("instr(folded, ?) > 0");
    }
    String excerpt = "substr(body, 1, " + EXCERPT + ")";
    if (!wanted.isEmpty()) {
      arguments.add(0, fold(wanted.get(0)));
      excerpt = "substr(body, max(1, instr(lower(body), ?) - " + BEFORE_HIT + "), " + EXCERPT + ")";
    }
    return entries(excerpt, where + " ORDER BY id DESC LIMIT " + limit, arguments);
  }

  /** The entry, or null when there is none. */
  Entry get(long id) {
    List<Entry> found = entries("substr(body, 1, " + EXCERPT + ")", " WHERE id = " + id, List.of());
    return found.isEmpty() ? null : found.get(0);
  }

  private List<Entry> entries(String excerpt, String rest, List<String> arguments) {
    List<Entry> entries = new ArrayList<>();
    String sql =
        "SELECT id, source, title, model, language, duration, checked, audio, "
            + excerpt
            + " FROM entry"
            + rest;
    try (Cursor row = database.rawQuery(sql, arguments.toArray(new String[0]))) {
      while (row.moveToNext()) {
        entries.add(
            new Entry(
                row.getLong(0),
                Source.valueOf(row.getString(1)),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getString(8),
                row.getInt(6) != 0,
                row.getInt(7) != 0));
      }
    }
    return entries;
  }

  private static String fold(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() {
    if (database != null) {
      database.close();
      database = null;
    }
  }
}
