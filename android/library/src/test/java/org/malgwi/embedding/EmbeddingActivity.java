package org.malgwi.embedding;

import android.app.Activity;
import android.os.Bundle;
import android.widget.Button;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.io.IOException;
import org.malgwi.android.Listening;
import org.malgwi.android.SpeechModel;
import org.malgwi.core.Transcript;

/**
 * Somebody else's app: it listens as soon as its model is there until its button is tapped, and
 * shows what it heard.
 */
public final class EmbeddingActivity extends Activity implements Listening.Listener {
  private TextView text;
  private volatile SpeechModel model;
  private volatile Listening listening;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    text = new TextView(this);
    Button stop = new Button(this);
    stop.setOnClickListener(button -> listening.finish());
    LinearLayout page = new LinearLayout(this);
    page.addView(text);
    page.addView(stop);
    setContentView(page);
    new Thread(this::open, "opening").start();
  }

  private void open() {
    try {
      model = SpeechModel.open(this, "demo.malgwi");
      listening = model.listen(this);
    } catch (IOException | RuntimeException | LinkageError e) {
      runOnUiThread(() -> onFailed(e));
    }
  }

  @Override
  public void onText(String stable, String moving) {
    text.setText(stable + "|" + moving);
  }

  @Override
  public void onFinal(Transcript transcript) {
    text.setText("final: " + transcript.text());
  }

  @Override
  public void onCancelled() {
    text.setText("cancelled");
  }

  @Override
  public void onFailed(Throwable why) {
    text.setText("failed: " + why);
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    if (listening != null) {
      listening.cancel();
    }
    if (model != null) {
      model.close();
    }
  }
}
