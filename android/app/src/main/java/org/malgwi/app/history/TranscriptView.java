package org.malgwi.app.history;

import android.content.Context;
import android.os.Bundle;
import android.text.SpannableStringBuilder;
import android.text.Spanned;
import android.text.TextPaint;
import android.text.method.LinkMovementMethod;
import android.text.style.BackgroundColorSpan;
import android.text.style.ClickableSpan;
import android.util.AttributeSet;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.widget.BaseAdapter;
import android.widget.ListView;
import android.widget.TextView;
import java.io.File;
import java.util.List;
import java.util.Locale;
import org.malgwi.app.R;
import org.malgwi.app.ui.DottedTextView;
import org.malgwi.core.TimedWord;

/**
 * A transcript to read: a tap on a word plays it, and words that the recogniser isn't sure of stand
 * on a dotted line. Only the paragraphs on the screen exist as views, so hours of text scroll as
 * easily as one line. Main thread only.
 */
public final class TranscriptView extends ListView {
  /** Under this confidence a word is marked. */
  private static final double SURE = 0.5;

  private static final int NONE = -1;

  private List<TimedWord> words = List.of();
  private List<Integer> starts = List.of();
  private final Playback playback;
  private Playback.Listener bar;
  private int spoken = NONE;

  public TranscriptView(Context context, AttributeSet attributes) {
    super(context, attributes);
    playback = new Playback(context, new Heard());
    setDivider(null);
    setSelector(android.R.color.transparent);
    setClipToPadding(false);
    setAdapter(new ParagraphAdapter());
  }

  /**
   * Shows a text.
   *
   * @param text in which line breaks, if it has any, begin paragraphs
   * @param words those of {@code text}, in its order, one for each stretch without white space
   * @param pcm the sound (as {@link NewEntry#audio}); null where there is none to play
   */
  public void show(String text, List<TimedWord> words, File pcm) {
    this.words = words;
    this.starts = Paragraphs.starts(text, words);
    this.spoken = NONE;
    playback.open(pcm, words);
    ((BaseAdapter) getAdapter()).notifyDataSetChanged();
  }

  /** Lets a bar direct what is heard, and hear of it. */
  void putUnder(PlayerBar its) {
    bar = its;
    its.control(playback);
  }

  /** Stops what is playing. */
  public void stop() {
    playback.stop();
  }

  /** Whether more than a word that was tapped is playing. */
  boolean isPlayingOn() {
    return playback.isPlayingOn();
  }

  /**
   * Where it stands in the recording, for {@link #restore}.
   *
   * @param playsOn whether it is to play there
   */
  Bundle save(boolean playsOn) {
    return playback.save(playsOn);
  }

  /** Goes where it stood, after {@link #show}; nowhere for null. */
  void restore(Bundle was) {
    if (was != null) {
      playback.restore(was);
    }
  }

  @Override
  protected void onDetachedFromWindow() {
    super.onDetachedFromWindow();
    stop();
  }

  /** Marks the word that is heard. */
  private final class Heard implements Playback.Listener {
    @Override
    public void moved(long ms) {
      if (playback.isPlaying()) {
        mark(Playback.wordAt(words, ms));
      }
      if (bar != null) {
        bar.moved(ms);
      }
    }

    @Override
    public void playing(boolean playing) {
      if (!playing) {
        mark(NONE);
      }
      if (bar != null) {
        bar.playing(playing);
      }
    }
  }

  private void mark(int index) {
    if (index != spoken) {
      spoken = index;
      ((BaseAdapter) getAdapter()).notifyDataSetChanged();
    }
  }

  private int end(int paragraph) {
    return paragraph + 1 < starts.size() ? starts.get(paragraph + 1) : words.size();
  }

  private CharSequence paragraph(int index) {
    SpannableStringBuilder text = new SpannableStringBuilder();
    for (int i = starts.get(index); i < end(index); i++) {
      TimedWord word = words.get(i);
      int from = text.append(text.length() == 0 ? "" : " ").length();
      text.append(word.text());
      span(text, from, new SpokenWord(i));
      if (word.confidence() < SURE) {
        span(text, from, new DottedTextView.Dotted());
      }
      if (i == spoken) {
        span(text, from, new BackgroundColorSpan(getContext().getColor(R.color.accent_soft)));
      }
    }
    return text;
  }

  private static void span(SpannableStringBuilder text, int from, Object what) {
    text.setSpan(what, from, text.length(), Spanned.SPAN_EXCLUSIVE_EXCLUSIVE);
  }

  /** A word that plays when it is tapped; it looks like any other. */
  private final class SpokenWord extends ClickableSpan {
    private final int index;

    SpokenWord(int index) {
      this.index = index;
    }

    @Override
    public void onClick(View widget) {
      playback.playWord(words.get(index));
    }

    @Override
    public void updateDrawState(TextPaint paint) {}
  }

  private final class ParagraphAdapter extends BaseAdapter {
    @Override
    public int getCount() {
      return starts.size();
    }

    @Override
    public Object getItem(int position) {
      return starts.get(position);
    }

    @Override
    public long getItemId(int position) {
      return position;
    }

    @Override
    public boolean isEnabled(int position) {
      return false;
    }

    @Override
    public View getView(int position, View old, ViewGroup parent) {
      View row =
          old != null
              ? old
              : LayoutInflater.from(getContext()).inflate(R.layout.paragraph, parent, false);
      TextView time = row.findViewById(R.id.paragraph_time);
      time.setVisibility(starts.size() > 1 ? View.VISIBLE : View.GONE);
      time.setText(clock(words.get(starts.get(position)).startMs()));
      TextView text = row.findViewById(R.id.paragraph_text);
      text.setText(paragraph(position));
      text.setMovementMethod(playback.isThere() ? LinkMovementMethod.getInstance() : null);
      return row;
    }
  }

  /** Minutes and seconds, with hours where there are any. */
  public static String clock(long ms) {
    long seconds = ms / 1000;
    return seconds < 3600
        ? String.format(Locale.getDefault(), "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.getDefault(), "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
