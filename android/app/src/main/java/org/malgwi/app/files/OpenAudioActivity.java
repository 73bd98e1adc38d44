package org.malgwi.app.files;

import android.app.Activity;
import android.content.ActivityNotFoundException;
import android.content.ClipData;
import android.content.Context;
import android.content.Intent;
import android.database.Cursor;
import android.net.Uri;
import android.os.Bundle;
import android.os.ParcelFileDescriptor;
import android.os.Parcelable;
import android.provider.OpenableColumns;
import android.view.View;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.app.R;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.Place;
import org.malgwi.app.ui.Screens;

/**
 * Takes recordings in: those that other apps send or show, and, started by {@link #pick}, those
 * that are picked. They are opened before this ends, since the right to open them may end with it;
 * then the Files tab shows how they are written down.
 */
public final class OpenAudioActivity extends Activity {
  private static final String CONTENT = "content";
  private static final String[] KINDS = {"audio/*", "video/*", "application/ogg"};
  private static final int LONGEST_NAME = 100;
  private static final int PICK = 1;

  private final Background background = new Background("open");

  /** Lets the user pick recordings. */
  public static Intent pick(Context context) {
    return new Intent(context, OpenAudioActivity.class);
  }

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.open_audio);
    Edges.keepClear(this, findViewById(R.id.root));
    if (getIntent().getAction() != null) {
      take(sent(getIntent()), false);
    } else if (state == null) {
      showPicker();
    }
  }

  private void showPicker() {
    Intent picker =
        new Intent(Intent.ACTION_OPEN_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType("*/*")
            .putExtra(Intent.EXTRA_MIME_TYPES, KINDS)
            .putExtra(Intent.EXTRA_ALLOW_MULTIPLE, true);
    try {
      startActivityForResult(picker, PICK);
    } catch (ActivityNotFoundException e) {
      say(R.string.files_no_picker);
    }
  }

  @Override
  protected void onActivityResult(int request, int result, Intent data) {
    super.onActivityResult(request, result, data);
    if (request != PICK) {
      return;
    }
    if (result != RESULT_OK || data == null) {
      finish();
    } else {
      List<Uri> picked = fromClip(data);
      if (picked.isEmpty() && data.getData() != null) {
        picked.add(data.getData());
      }
      take(picked, true);
    }
  }

  /** The recordings in an intent of another app, which can hold anything. */
  @SuppressWarnings("deprecation") // the typed ones came with Android 13
  private static List<Uri> sent(Intent intent) {
    List<Uri> found = new ArrayList<>();
    try {
      if (Intent.ACTION_VIEW.equals(intent.getAction())) {
        addUri(intent.getData(), found);
      } else if (Intent.ACTION_SEND_MULTIPLE.equals(intent.getAction())) {
        List<Parcelable> all = intent.getParcelableArrayListExtra(Intent.EXTRA_STREAM);
        for (Object one : all == null ? List.of() : all) {
          addUri(one, found);
        }
      } else {
        addUri(intent.getParcelableExtra(Intent.EXTRA_STREAM), found);
      }
    } catch (RuntimeException e) {
      found.clear(); // extras that can't be unpacked
    }
    return found.isEmpty() ? fromClip(intent) : found;
  }

  private static void addUri(Object one, List<Uri> found) {
    if (one instanceof Uri uri) {
      found.add(uri);
    }
  }

  private static List<Uri> fromClip(Intent intent) {
    List<Uri> found = new ArrayList<>();
    ClipData clip = intent.getClipData();
    for (int i = 0; clip != null && i < clip.getItemCount(); i++) {
      addUri(clip.getItemAt(i).getUri(), found);
    }
    return found;
  }

  private void take(List<Uri> recordings, boolean forGood) {
    if (recordings.isEmpty()) {
      say(R.string.files_nothing_sent);
      return;
    }
    background.run(
        () -> {
          recordings.forEach(uri -> add(uri, forGood));
          return null;
        },
        nothing -> {
          FileService.start(this);
          startActivity(Screens.of(this).place(Place.FILES));
          finish();
        },
        failure -> say(R.string.file_unexpected));
  }

  /** Opens one recording and puts it, or what is wrong with it, into the queue. */
  private void add(Uri uri, boolean forGood) {
    FileQueue queue = FileQueue.of(this);
    String name = name(uri);
    try {
      if (!CONTENT.equals(uri.getScheme())) {
        throw new FileProblemException(
            FileProblem.GONE, name + ": found a " + uri.getScheme() + " address; expected content");
      }
      boolean kept = forGood && keepRight(uri);
      ParcelFileDescriptor file = FileQueue.open(getContentResolver(), uri, name);
      queue.add(name, uri, file, kept);
    } catch (FileProblemException e) {
      queue.addFailed(name, uri, e.problem(), e.getMessage());
    }
  }

  /** Not every app offers that. */
  private boolean keepRight(Uri uri) {
    try {
      getContentResolver().takePersistableUriPermission(uri, Intent.FLAG_GRANT_READ_URI_PERMISSION);
      return true;
    } catch (SecurityException e) {
      return false;
    }
  }

  /** What its app calls it, which can be anything, or throw. */
  private String name(Uri uri) {
    String name = null;
    String[] column = {OpenableColumns.DISPLAY_NAME};
    try (Cursor row = getContentResolver().query(uri, column, null, null, null)) {
      if (row != null && row.moveToFirst() && row.getColumnCount() > 0) {
        name = row.getString(0);
      }
    } catch (RuntimeException e) {
      name = null;
    }
    if (name == null) {
      name = uri.getLastPathSegment();
    }
    String shown = name == null ? "" : name.replaceAll("[\\p{Cntrl}\\p{Cf}]", " ").trim();
    if (shown.isEmpty()) {
      return getString(R.string.files_nameless);
    }
    return shown.length() <= LONGEST_NAME ? shown : shown.substring(0, LONGEST_NAME);
  }

  private void say(int sentence) {
    findViewById(R.id.opening).setVisibility(View.GONE);
    MessageView message = findViewById(R.id.message);
    message.setVisibility(View.VISIBLE);
    message.show(R.drawable.ic_warning, getString(sentence), R.string.files_open, this::showPicker);
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    background.close();
  }
}
