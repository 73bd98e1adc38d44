package org.malgwi.app.ui;

import android.animation.ValueAnimator;
import android.content.Context;
import android.content.res.ColorStateList;
import android.graphics.Canvas;
import android.graphics.Paint;
import android.util.AttributeSet;
import android.widget.ImageButton;
import org.malgwi.app.R;

/**
 * The button that begins and ends listening: a disc of 72 dp with a microphone, or a square while
 * it listens, and around it a ring that grows with the loudness. Where animations are turned off,
 * as they are by the battery saver, the ring stays as it is.
 */
public final class SpeakButton extends ImageButton {
  /** What the ring takes for silence, in dBFS; speech close to a phone is at -30 to -10. */
  private static final float QUIET_DBFS = -60;

  /** How much of the ring is left a tenth of a second after the sound. */
  private static final float DECAY = 0.7f;

  private final Paint disc = new Paint(Paint.ANTI_ALIAS_FLAG);
  private final Paint ring = new Paint(Paint.ANTI_ALIAS_FLAG);
  private final float radius;
  private final float room;
  private boolean listening;
  private float level;

  public SpeakButton(Context context, AttributeSet attributes) {
    super(context, attributes);
    radius = getResources().getDimension(R.dimen.speak_button) / 2;
    room = getResources().getDimension(R.dimen.speak_ring);
    disc.setColor(context.getColor(R.color.accent));
    ring.setColor(context.getColor(R.color.accent));
    ring.setStyle(Paint.Style.STROKE);
    setBackground(null);
    setScaleType(ScaleType.CENTER);
    setImageTintList(ColorStateList.valueOf(context.getColor(R.color.on_accent)));
    setListening(false);
  }

  /** Shows whether a tap begins or ends listening. */
  public void setListening(boolean now) {
    listening = now;
    level = 0;
    setImageResource(now ? R.drawable.ic_stop : R.drawable.ic_mic);
    setContentDescription(getContext().getText(now ? R.string.stop : R.string.speak));
    invalidate();
  }

  /**
   * Shows how loud it is.
   *
   * @param dbfs 0 is full scale
   */
  public void setLevel(float dbfs) {
    float now = Math.max(0, Math.min(1, 1 - dbfs / QUIET_DBFS));
    level = ValueAnimator.areAnimatorsEnabled() ? Math.max(now, DECAY * level) : 0;
    invalidate();
  }

  @Override
  public void setEnabled(boolean enabled) {
    super.setEnabled(enabled);
    setAlpha(enabled ? 1 : 0.38f);
  }

  @Override
  protected void onMeasure(int width, int height) {
    int size = Math.round(2 * (radius + room));
    setMeasuredDimension(resolveSize(size, width), resolveSize(size, height));
  }

  @Override
  protected void drawableStateChanged() {
    super.drawableStateChanged();
    invalidate();
  }

  @Override
  protected void onDraw(Canvas canvas) {
    float x = getWidth() / 2f;
    float y = getHeight() / 2f;
    if (listening) {
      float thin = room / 4;
      float width = thin + level * (room - 2 * thin);
      ring.setStrokeWidth(width);
      ring.setAlpha(0x60);
      canvas.drawCircle(x, y, radius + thin + width / 2, ring);
    }
    disc.setAlpha(isPressed() ? 0xC0 : 0xFF);
    canvas.drawCircle(x, y, radius, disc);
    super.onDraw(canvas);
  }
}
