package org.malgwi.app.history;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.net.Uri;
import android.os.Build;
import android.widget.Toast;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.malgwi.app.R;
import org.malgwi.app.share.Format;
import org.malgwi.app.share.SharedTranscript;
import org.malgwi.app.share.Sharing;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.Screens;

/** Takes a transcript out of its screen: to the clipboard, another app or a file. */
final class TranscriptActions {
  private static final String NO_SOUND = "no sound";

  /** What the menu's items share; the recording, too. */
  private static final Map<Integer, Format> SHARED =
      Map.of(
          R.id.share_srt, Format.SRT,
          R.id.share_vtt, Format.VTT,
          R.id.share_eaf, Format.EAF,
          R.id.share_textgrid, Format.TEXTGRID,
          R.id.share_audio, Format.WAV);

  /** What they save. */
  private static final Map<Integer, Format> SAVED =
      Map.of(
          R.id.save_text, Format.TEXT,
          R.id.save_srt, Format.SRT,
          R.id.save_vtt, Format.VTT,
          R.id.save_eaf, Format.EAF,
          R.id.save_textgrid, Format.TEXTGRID);

  /** What can be saved; the index is the request's code. */
  private static final List<Format> FORMATS =
      List.of(Format.TEXT, Format.SRT, Format.VTT, Format.EAF, Format.TEXTGRID);

  private final Activity activity;
  private final Dialogs dialogs;
  private final Supplier<Background> background;
  private final Consumer<Exception> failed;

  /**
   * @param background of the screen
   * @param failed is told when something couldn't be written
   */
  TranscriptActions(
      Activity activity,
      Dialogs dialogs,
      Supplier<Background> background,
      Consumer<Exception> failed) {
    this.activity = activity;
    this.dialogs = dialogs;
    this.background = background;
    this.failed = failed;
    dialogs.add(NO_SOUND, about -> noSound());
  }

  /** What a format is called. */
  static int label(Format format) {
    return switch (format) {
      case TEXT -> R.string.transcript_text;
      case SRT -> R.string.transcript_srt;
      case VTT -> R.string.transcript_vtt;
      case EAF -> R.string.transcript_eaf;
      case TEXTGRID -> R.string.transcript_textgrid;
      case WAV -> R.string.transcript_audio;
    };
  }

  /** Does what an item of the menu says, if it shares or saves. */
  void chosen(int item, OpenTranscript one) {
    if (SHARED.containsKey(item)) {
      share(SHARED.get(item), one);
    } else if (SAVED.containsKey(item)) {
      askWhereTo(SAVED.get(item), one);
    }
  }

  /** Copies the text; shares it as a file where it is too long. */
  void copy(OpenTranscript one) {
    if (!Sharing.copy(activity, one.text())) {
      share(Format.TEXT, one);
    } else if (Build.VERSION.SDK_INT < 33) { // from then on the system says so
      Toast.makeText(activity, R.string.copied, Toast.LENGTH_SHORT).show();
    }
  }

  void share(Format format, OpenTranscript one) {
    if (format == Format.WAV && one.audio() == null) {
      dialogs.open(NO_SOUND);
      return;
    }
    background
        .get()
        .run(
            () ->
                format == Format.WAV
                    ? Sharing.audio(activity, one.title(), one.audio())
                    : Sharing.transcript(
                        activity, format, Several.shared(one.entry(), one.text(), one.words())),
            send ->
                activity.startActivity(
                    Intent.createChooser(send, activity.getText(R.string.share))),
            failed);
  }

  private AlertDialog noSound() {
    return new AlertDialog.Builder(activity)
        .setMessage(R.string.transcript_no_sound)
        .setPositiveButton(
            R.string.menu_settings,
            (dialog, button) -> activity.startActivity(Screens.of(activity).settings()))
        .setNegativeButton(R.string.cancel, null)
        .create();
  }

  private void askWhereTo(Format format, OpenTranscript one) {
    Intent create =
        new Intent(Intent.ACTION_CREATE_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType(format.type())
            .putExtra(Intent.EXTRA_TITLE, Sharing.fileName(one.title(), format));
    try {
      activity.startActivityForResult(create, FORMATS.indexOf(format));
    } catch (ActivityNotFoundException e) {
      share(format, one); // no place of its own to save to; another app may have one
    }
  }

  /**
   * What the picker answers. This may be another process than the one that asked where to: nothing
   * is shown yet.
   *
   * @param id of the entry that was to be saved
   */
  void answered(int request, int result, Intent data, long id) {
    if (result != Activity.RESULT_OK
        || request >= FORMATS.size()
        || data == null
        || data.getData() == null) {
      return;
    }
    Format format = FORMATS.get(request);
    Uri to = data.getData();
    History history = History.of(activity);
    background
        .get()
        .run(
            () -> {
              SharedTranscript one =
                  Several.shared(history.get(id), history.text(id), history.words(id));
              Sharing.save(activity, to, out -> format.write(one, out));
              return null;
            },
            nothing -> Toast.makeText(activity, R.string.saved, Toast.LENGTH_SHORT).show(),
            failed);
  }
}
