package org.malgwi.app.settings;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.net.Uri;
import android.os.Bundle;
import android.widget.EditText;
import android.widget.Toast;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.malgwi.app.R;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.share.Format;
import org.malgwi.app.share.SharedFiles;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.core.HotwordText;

/**
 * Takes hotwords from text files, as {@code malgwi transcribe --hotwords-file} does, and gives them
 * away as one. Main thread only.
 */
final class HotwordFiles {
  private static final int IMPORT = 1;
  private static final int SAVE = 2;
  private static final String NAME = "malgwi-words.txt";
  private static final String EXPORT = "export words";
  private static final String SAY = "say of words";

  private final Activity activity;
  private final EditText field;
  private final Dialogs dialogs;
  private final Background background;
  private final Preferences preferences;

  /**
   * @param field holds the words, one a line
   * @param dialogs of the screen
   * @param background of the screen
   */
  HotwordFiles(Activity activity, EditText field, Dialogs dialogs, Background background) {
    this.activity = activity;
    this.field = field;
    this.dialogs = dialogs;
    this.background = background;
    this.preferences = new Preferences(activity);
    dialogs.add(EXPORT, about -> ways());
    dialogs.add(SAY, about -> message(about.getString(SAY)));
  }

  /** Asks for a file whose words are added. */
  void askForOne() {
    // Some apps have no type for a text.
    Intent open =
        new Intent(Intent.ACTION_OPEN_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType("*/*");
    try {
      activity.startActivityForResult(open, IMPORT);
    } catch (ActivityNotFoundException e) {
      say(R.string.settings_hotwords_no_picker, "");
    }
  }

  /** Asks whether to save or to share them. */
  void askHow() {
    dialogs.open(EXPORT);
  }

  private AlertDialog ways() {
    CharSequence[] ways = {activity.getText(R.string.save), activity.getText(R.string.share)};
    return new AlertDialog.Builder(activity)
        .setTitle(R.string.settings_hotwords_export)
        .setItems(ways, (dialog, which) -> give(which == 0))
        .setNegativeButton(R.string.cancel, null)
        .create();
  }

  private void give(boolean save) {
    Intent create =
        new Intent(Intent.ACTION_CREATE_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType(Format.TEXT.type())
            .putExtra(Intent.EXTRA_TITLE, NAME);
    if (save) {
      try {
        activity.startActivityForResult(create, SAVE);
        return;
      } catch (ActivityNotFoundException e) {
        // No place of its own to save to; another app may have one.
      }
    }
    byte[] words = words();
    background.run(
        () -> {
          Uri uri = SharedFiles.put(activity, NAME, out -> out.write(words));
          return Sharing.file(uri, Format.TEXT.type(), NAME);
        },
        send ->
            activity.startActivity(Intent.createChooser(send, activity.getText(R.string.share))),
        failure -> say(R.string.settings_hotwords_not_saved, failure.getMessage()));
  }

  private byte[] words() {
    List<String> words = Preferences.hotwords(field.getText().toString());
    return (String.join("\n", words) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** What the pickers answer. */
  void answered(int request, int result, Intent data) {
    Uri document = result == Activity.RESULT_OK && data != null ? data.getData() : null;
    if (document == null) {
      return;
    }
    if (request == IMPORT) {
      background.run(
          () -> HotwordText.ofFile(name(document), read(document)),
          this::add,
          failure -> say(R.string.settings_hotwords_not_read, failure.getMessage()));
    } else if (request == SAVE) {
      byte[] words = words();
      background.run(
          () -> {
            Sharing.save(activity, document, out -> out.write(words));
            return null;
          },
          nothing -> Toast.makeText(activity, R.string.saved, Toast.LENGTH_SHORT).show(),
          failure -> say(R.string.settings_hotwords_not_saved, failure.getMessage()));
    }
  }

  private static String name(Uri document) {
    String path = String.valueOf(document.getLastPathSegment());
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private byte[] read(Uri document) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (InputStream in = activity.getContentResolver().openInputStream(document)) {
      if (in == null) {
        throw new FileNotFoundException(document.getAuthority() + ": gives no bytes to read");
      }
      byte[] block = new byte[1 << 13];
      int count;
      while ((count = in.read(block)) >= 0) {
        all.write(block, 0, count);
        if (all.size() > Sharing.MOST_BYTES) {
          throw new IOException(tooLong(name(document)));
        }
      }
    }
    return all.toByteArray();
  }

  private static String tooLong(String what) {
    return what + ": over " + Sharing.MOST_BYTES + " bytes; give a file with fewer words";
  }

  /** Adds what isn't there yet, behind what is. */
  private void add(List<String> words) {
    Set<String> all = new LinkedHashSet<>(Preferences.hotwords(field.getText().toString()));
    int before = all.size();
    all.addAll(words);
    int added = all.size() - before;
    String lines = String.join("\n", all) + "\n";
    if (!Sharing.isShort(lines)) { // the screen's state holds them, too
      say(R.string.settings_hotwords_not_read, tooLong("old and new words together"));
      return;
    }
    if (added > 0) {
      field.setText(lines);
      preferences.setHotwordLines(lines); // the screen may have been left meanwhile
    }
    CharSequence said =
        added == 0
            ? activity.getText(R.string.settings_hotwords_none_new)
            : activity
                .getResources()
                .getQuantityString(R.plurals.settings_hotwords_added, added, added);
    Toast.makeText(activity, said, Toast.LENGTH_LONG).show();
  }

  /**
   * @param detail the technical side
   */
  private void say(int sentence, String detail) {
    String more = detail == null || detail.isEmpty() ? "" : "\n\n" + detail;
    Bundle about = new Bundle();
    about.putString(SAY, activity.getString(sentence) + more);
    dialogs.open(SAY, about);
  }

  private AlertDialog message(String said) {
    return new AlertDialog.Builder(activity)
        .setMessage(said)
        .setNegativeButton(R.string.files_close, null)
        .create();
  }
}
