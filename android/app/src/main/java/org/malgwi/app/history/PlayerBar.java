package org.malgwi.app.history;

import android.content.Context;
import android.util.AttributeSet;
import android.view.LayoutInflater;
import android.view.View;
import android.widget.Button;
import android.widget.ImageButton;
import android.widget.LinearLayout;
import android.widget.SeekBar;
import android.widget.TextView;
import java.text.NumberFormat;
import org.malgwi.app.R;

/**
 * Where a recording plays: to drag, five seconds back and on, slower and faster, again and again.
 */
public final class PlayerBar extends LinearLayout implements Playback.Listener {
  private static final float[] SPEEDS = {1, 1.25f, 1.5f, 0.5f, 0.75f};

  private final SeekBar seek;
  private final TextView time;
  private final Button play;
  private final Button speed;
  private final ImageButton loop;
  private boolean dragging;
  private Playback playback;

  public PlayerBar(Context context, AttributeSet attributes) {
    super(context, attributes);
    setOrientation(VERTICAL);
    LayoutInflater.from(context).inflate(R.layout.player_bar, this, true);
    seek = findViewById(R.id.player_seek);
    time = findViewById(R.id.player_time);
    play = findViewById(R.id.transcript_play);
    speed = findViewById(R.id.player_speed);
    loop = findViewById(R.id.player_loop);
  }

  /** Takes what it shows and directs. */
  void control(Playback what) {
    playback = what;
    play.setOnClickListener(button -> what.playOrStop());
    findViewById(R.id.player_back).setOnClickListener(button -> what.skip(-Playback.SKIP_MS));
    findViewById(R.id.player_on).setOnClickListener(button -> what.skip(Playback.SKIP_MS));
    speed.setOnClickListener(button -> nextSpeed());
    loop.setOnClickListener(button -> loop(!loop.isSelected()));
    seek.setOnSeekBarChangeListener(
        new SeekBar.OnSeekBarChangeListener() {
          @Override
          public void onProgressChanged(SeekBar bar, int progress, boolean byHand) {
            if (byHand && !dragging) { // a key, or a screen reader
              what.seek(progress);
            } else if (byHand) {
              showTime(progress);
            }
          }

          @Override
          public void onStartTrackingTouch(SeekBar bar) {
            dragging = true;
          }

          @Override
          public void onStopTrackingTouch(SeekBar bar) {
            dragging = false;
            what.seek(bar.getProgress());
          }
        });
    showSpeed();
  }

  /** While a text is written the keyboard leaves little room: the place can't be dragged then. */
  void makeRoom(boolean writing) {
    findViewById(R.id.player_place).setVisibility(writing ? View.GONE : View.VISIBLE);
  }

  /** Shows another recording, or that there is none. */
  void showRecording() {
    setVisibility(playback.isThere() ? View.VISIBLE : View.GONE);
    loop.setSelected(playback.isLooping());
    showSpeed();
    seek.setMax((int) Math.min(Integer.MAX_VALUE, playback.lengthMs()));
    moved(playback.placeMs());
  }

  @Override
  public void moved(long ms) {
    if (!dragging) { // what plays on doesn't pull at the finger
      seek.setProgress((int) Math.min(Integer.MAX_VALUE, ms));
      showTime(ms);
    }
  }

  private void showTime(long ms) {
    time.setText(
        getContext()
            .getString(
                R.string.player_time,
                TranscriptView.clock(ms),
                TranscriptView.clock(playback.lengthMs())));
  }

  @Override
  public void playing(boolean playing) {
    play.setText(playing ? R.string.transcript_stop : R.string.transcript_play);
  }

  private void loop(boolean again) {
    loop.setSelected(again);
    playback.setLooping(again);
  }

  private void nextSpeed() {
    int chosen = 0;
    while (chosen < SPEEDS.length - 1 && SPEEDS[chosen] != playback.speed()) {
      chosen++;
    }
    playback.setSpeed(SPEEDS[(chosen + 1) % SPEEDS.length]);
    showSpeed();
  }

  private void showSpeed() {
    String times = NumberFormat.getInstance().format(playback.speed());
    speed.setText(getContext().getString(R.string.player_speed, times));
    speed.setContentDescription(getContext().getString(R.string.player_speed_is, times));
  }
}
