package org.malgwi.app.selftest;

import android.app.Activity;
import android.content.ClipData;
import android.content.Context;
import android.content.Intent;
import android.content.res.ColorStateList;
import android.net.Uri;
import android.os.Bundle;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.view.WindowManager;
import android.widget.ImageView;
import android.widget.ProgressBar;
import android.widget.Switch;
import android.widget.TextView;
import android.widget.Toast;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.app.R;
import org.malgwi.app.listen.RecordPermission;
import org.malgwi.app.models.BundleStore;
import org.malgwi.app.models.Installed;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.share.SharedFiles;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.TopBar;

/**
 * The self-test's screen: what it will do, how far it is, what it found. It runs while this is in
 * front; a turned screen doesn't end it, leaving does.
 */
public final class SelfTestActivity extends Activity {
  private static final int ASK = 1;

  private Running running;
  private int mostSeconds;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.selftest);
    Edges.keepClear(this, findViewById(R.id.root));
    TopBar top = findViewById(R.id.top);
    top.setTitle(R.string.menu_self_test);
    top.showBack(this);
    findViewById(R.id.selftest_start).setOnClickListener(button -> ask());
    findViewById(R.id.selftest_again).setOnClickListener(button -> cancel());
    findViewById(R.id.selftest_cancel).setOnClickListener(button -> cancel());
    running = (Running) getLastNonConfigurationInstance();
    if (running != null) {
      running.listen(this::show);
    } else {
      BundleStore.of(this).load(all -> showBefore(!all.isEmpty()));
    }
  }

  private void showBefore(boolean model) {
    if (model) {
      only(R.id.selftest_before);
      return;
    }
    only(R.id.selftest_message);
    Problem problem = Problem.NO_MODEL;
    this.<MessageView>findViewById(R.id.selftest_message)
        .show(
            R.drawable.ic_models,
            getText(problem.sentence()),
            problem.action(),
            () -> Problem.open(this, problem.remedy(this)));
  }

  private void only(int part) {
    for (int one :
        new int[] {
          R.id.selftest_before, R.id.selftest_running, R.id.selftest_done, R.id.selftest_message
        }) {
      findViewById(one).setVisibility(one == part ? View.VISIBLE : View.GONE);
    }
    if (part == R.id.selftest_running) {
      getWindow().addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON);
    } else {
      getWindow().clearFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON);
    }
  }

  /** Without the microphone the rest is tested all the same. */
  private void ask() {
    if (RecordPermission.granted(this)) {
      start();
    } else {
      RecordPermission.ask(this, ASK);
    }
  }

  @Override
  public void onRequestPermissionsResult(int request, String[] permissions, int[] results) {
    super.onRequestPermissionsResult(request, permissions, results);
    if (running == null) {
      start();
    }
  }

  private void start() {
    Installed installed = BundleStore.of(this).current();
    if (installed == null) {
      showBefore(false);
      return;
    }
    boolean sustained = this.<Switch>findViewById(R.id.selftest_long).isChecked();
    running = new Running(getApplicationContext(), installed, sustained);
    running.listen(this::show);
  }

  private void cancel() {
    if (running != null) {
      running.cancel();
      running = null;
    }
    mostSeconds = 0;
    only(R.id.selftest_before);
  }

  private void show(Running.State state) {
    if (state.report() != null) {
      show(state.report());
      return;
    }
    only(R.id.selftest_running);
    this.<TextView>findViewById(R.id.selftest_step).setText(state.step().label());
    int left = state.secondsLeft();
    this.<TextView>findViewById(R.id.selftest_left)
        .setText(getResources().getQuantityString(R.plurals.selftest_left, left, left));
    mostSeconds = Math.max(mostSeconds, left);
    ProgressBar bar = findViewById(R.id.selftest_bar);
    bar.setMax(Math.max(1, mostSeconds));
    bar.setProgress(mostSeconds - left);
  }

  void show(Report report) {
    only(R.id.selftest_done);
    Look whole = Look.of(report.verdict());
    TextView verdict = findViewById(R.id.selftest_verdict);
    verdict.setText(whole.sentence());
    verdict.setCompoundDrawablesRelativeWithIntrinsicBounds(whole.icon(), 0, 0, 0);
    verdict.setCompoundDrawableTintList(ColorStateList.valueOf(getColor(whole.colour())));
    ViewGroup steps = findViewById(R.id.selftest_steps);
    steps.removeAllViews();
    for (Step step : Step.values()) {
      if (report.verdict(step) != null) {
        steps.addView(row(steps, step, Look.of(report.verdict(step))));
      }
    }
    this.<TextView>findViewById(R.id.selftest_text).setText(report.text());
    findViewById(R.id.selftest_share).setOnClickListener(button -> share(report));
  }

  private static View row(ViewGroup steps, Step step, Look look) {
    View row =
        LayoutInflater.from(steps.getContext()).inflate(R.layout.selftest_step, steps, false);
    ImageView icon = row.findViewById(R.id.step_icon);
    icon.setImageResource(look.icon());
    icon.setImageTintList(ColorStateList.valueOf(steps.getContext().getColor(look.colour())));
    row.<TextView>findViewById(R.id.step_name).setText(step.label());
    row.<TextView>findViewById(R.id.step_verdict).setText(look.word());
    return row;
  }

  /** How a verdict is shown: never by its colour alone. */
  private record Look(int icon, int colour, int word, int sentence) {
    static Look of(Report.Verdict verdict) {
      return switch (verdict) {
        case PASS ->
            new Look(
                R.drawable.ic_check,
                R.color.accent,
                R.string.selftest_step_pass,
                R.string.selftest_pass);
        case WARN ->
            new Look(
                R.drawable.ic_warning,
                R.color.text_soft,
                R.string.selftest_step_warn,
                R.string.selftest_warn);
        case FAIL ->
            new Look(
                R.drawable.ic_warning,
                R.color.error,
                R.string.selftest_step_fail,
                R.string.selftest_fail);
      };
    }
  }

  private void share(Report report) {
    try {
      startActivity(Intent.createChooser(intent(this, report), getText(R.string.selftest_share)));
    } catch (IOException e) {
      Toast.makeText(this, R.string.selftest_share_failed, Toast.LENGTH_LONG).show();
    }
  }

  /** Shares the report as JSON and as text, two files. */
  private static Intent intent(Context context, Report report) throws IOException {
    ArrayList<Uri> files = new ArrayList<>();
    for (String[] one :
        List.of(
            new String[] {"malgwi-self-test.txt", report.text()},
            new String[] {"malgwi-self-test.json", report.json()})) {
      byte[] content = one[1].getBytes(StandardCharsets.UTF_8);
      files.add(SharedFiles.put(context, one[0], out -> out.write(content)));
    }
    Intent send = new Intent(Intent.ACTION_SEND_MULTIPLE).setType("text/plain");
    send.putExtra(Intent.EXTRA_SUBJECT, "Malgwi self-test: " + report.verdict());
    send.putParcelableArrayListExtra(Intent.EXTRA_STREAM, files);
    send.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION);
    ClipData clip = ClipData.newRawUri("malgwi-self-test", files.get(0));
    clip.addItem(new ClipData.Item(files.get(1)));
    send.setClipData(clip);
    return send;
  }

  @Override
  public Object onRetainNonConfigurationInstance() {
    return running;
  }

  /** Measured in the background it would say nothing of the app in front. */
  @Override
  protected void onStop() {
    super.onStop();
    if (running != null && !running.isDone() && !isChangingConfigurations()) {
      cancel();
    }
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    if (running != null) {
      running.listen(null);
    }
  }
}
