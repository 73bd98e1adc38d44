package org.malgwi.app.history;

import android.view.View;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.malgwi.app.R;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.TopBar;

/**
 * What stands in the place of a transcript that isn't there: it lies in the trash and is offered
 * back, or it is gone. Main thread only.
 */
final class MissingTranscript {
  private final MessageView message;
  private final View content;
  private final TopBar top;
  private final History history;
  private final Supplier<Background> background;
  private final Runnable left;
  private final LongConsumer restored;

  /** Of which something is said or looked for. */
  private long id = TranscriptScreen.NONE;

  /**
   * @param screen of the transcript
   * @param background of the screen
   * @param left is told when the user leaves what is gone
   * @param restored is told which entry is back
   */
  MissingTranscript(
      View screen,
      History history,
      Supplier<Background> background,
      Runnable left,
      LongConsumer restored) {
    this.message = screen.findViewById(R.id.message);
    this.content = screen.findViewById(R.id.transcript_content);
    this.top = screen.findViewById(R.id.top);
    this.history = history;
    this.background = background;
    this.left = left;
    this.restored = restored;
  }

  /** Says what has become of an entry: it may have been deleted before the phone was turned. */
  void lookInTheTrash(long asked) {
    id = asked;
    background
        .get()
        .run(
            () -> history.inTrash().contains(asked),
            there -> {
              if (asked == id && there) {
                sayDeleted(asked);
              } else {
                sayGone(asked);
              }
            },
            failure -> sayGone(asked));
  }

  /** Says that it lies in the trash, and offers it back. */
  void sayDeleted(long its) {
    id = its;
    say(R.drawable.ic_delete, R.string.transcript_deleted, R.string.undo, () -> undo(its));
  }

  private void sayGone(long asked) {
    if (asked == id) {
      say(R.drawable.ic_history, R.string.transcript_gone, R.string.back, left);
    }
  }

  private void say(int icon, int sentence, int action, Runnable onAction) {
    message.show(icon, message.getContext().getText(sentence), action, onAction);
    message.setVisibility(View.VISIBLE);
    content.setVisibility(View.GONE);
    top.hideMenu();
  }

  private void undo(long its) {
    background
        .get()
        .run(
            () -> {
              history.restore(its);
              return null;
            },
            nothing -> restored.accept(its),
            failure -> sayGone(its));
  }

  /** Says nothing, whatever was asked for. */
  void hide() {
    id = TranscriptScreen.NONE;
    message.setVisibility(View.GONE);
  }
}
