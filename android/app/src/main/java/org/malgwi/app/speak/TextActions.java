package org.malgwi.app.speak;

import android.app.Activity;
import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.view.View;
import android.widget.PopupMenu;
import android.widget.Toast;
import java.util.List;
import org.malgwi.app.R;
import org.malgwi.app.share.Format;
import org.malgwi.app.share.SharedTranscript;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.ui.Background;

/** Takes the text out of the Speak tab: to the clipboard, another app or a file. */
final class TextActions {
  private static final int SAVE = 100;
  private static final List<Format> FORMATS = List.of(Format.TEXT, Format.SRT, Format.VTT);
  private static final int[] LABELS = {
    R.string.speak_as_text, R.string.speak_as_srt, R.string.speak_as_vtt
  };

  /** Does what the user chose with a format. */
  @FunctionalInterface
  private interface Use {
    void of(Format format);
  }

  private final Activity activity;
  private final Speech speech;
  private Background background;

  TextActions(Activity activity, Speech speech) {
    this.activity = activity;
    this.speech = speech;
  }

  /** Copies the text; shares it as a file where it is too long. */
  void copy() {
    if (!Sharing.copy(activity, speech.result().text())) {
      share(Format.TEXT);
    } else if (android.os.Build.VERSION.SDK_INT < 33) {
      tell(R.string.copied); // later ones say so themselves
    }
  }

  void chooseShare(View anchor) {
    choose(anchor, this::share);
  }

  void chooseSave(View anchor) {
    choose(anchor, this::save);
  }

  private void choose(View anchor, Use use) {
    PopupMenu menu = new PopupMenu(activity, anchor);
    for (int i = 0; i < FORMATS.size(); i++) {
      menu.getMenu().add(0, i, i, LABELS[i]);
    }
    menu.setOnMenuItemClickListener(
        item -> {
          use.of(FORMATS.get(item.getItemId()));
          return true;
        });
    menu.show();
  }

  private void share(Format format) {
    Said result = speech.result();
    background()
        .run(
            () -> Sharing.transcript(activity, format, shared(result)),
            send -> activity.startActivity(Intent.createChooser(send, null)),
            failure -> tell(R.string.problem_storage_full));
  }

  private static SharedTranscript shared(Said said) {
    return new SharedTranscript("", said.text(), said.words(), said.endMs());
  }

  private void save(Format format) {
    Intent create =
        new Intent(Intent.ACTION_CREATE_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType(format.type())
            .putExtra(Intent.EXTRA_TITLE, Sharing.fileName("", format));
    try {
      activity.startActivityForResult(create, SAVE + FORMATS.indexOf(format));
    } catch (ActivityNotFoundException e) {
      share(format); // no place of its own to save to; another app may have one
    }
  }

  /** Writes to the place that the user chose. */
  void answered(int request, int result, Intent data) {
    Said text = speech.result();
    int format = request - SAVE;
    if (format < 0
        || format >= FORMATS.size()
        || result != Activity.RESULT_OK
        || data == null
        || text == null) {
      return;
    }
    background()
        .run(
            () -> {
              Sharing.save(
                  activity, data.getData(), out -> FORMATS.get(format).write(shared(text), out));
              return null;
            },
            done -> tell(R.string.saved),
            failure -> tell(R.string.speak_not_saved));
  }

  private void tell(int sentence) {
    Toast.makeText(activity, sentence, Toast.LENGTH_SHORT).show();
  }

  private Background background() {
    if (background == null) {
      background = new Background("malgwi-text");
    }
    return background;
  }

  /** What was begun is finished. */
  void close() {
    if (background != null) {
      background.close();
      background = null;
    }
  }
}
