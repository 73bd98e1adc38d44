package org.malgwi.app.files;

import android.app.Activity;
import android.app.AlertDialog;
import android.content.Intent;
import android.os.Bundle;
import android.view.LayoutInflater;
import android.view.View;
import android.view.ViewGroup;
import android.widget.BaseAdapter;
import android.widget.Button;
import android.widget.ImageButton;
import android.widget.ListView;
import android.widget.ProgressBar;
import android.widget.TextView;
import java.util.List;
import org.malgwi.app.R;
import org.malgwi.app.history.TranscriptActivity;
import org.malgwi.app.platform.Platform;
import org.malgwi.app.preferences.Preferences;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.ui.Dialogs;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.Tab;

/** The recordings that are being written down, and those that were. */
public final class FilesTab implements Tab {
  private static final String DIALOG = "org.malgwi.app.FILES_DIALOG";
  private static final String DETAILS = "details";

  private final Activity activity;
  private final View view;
  private final Dialogs dialogs;
  private final FileQueue queue;
  private final FileWork work;
  private final Rows rows = new Rows();
  private final Runnable refresh = this::refresh;
  private List<Job> jobs = List.of();

  public FilesTab(Activity activity) {
    this.activity = activity;
    this.queue = FileQueue.of(activity);
    this.work = FileWork.of(activity);
    view = LayoutInflater.from(activity).inflate(R.layout.files_tab, null, false);
    dialogs = new Dialogs(DIALOG, view);
    dialogs.add(DETAILS, about -> details(about.getString(DETAILS)));
    view.findViewById(R.id.files_open)
        .setOnClickListener(button -> activity.startActivity(OpenAudioActivity.pick(activity)));
    view.<MessageView>findViewById(R.id.files_empty)
        .show(R.drawable.ic_files, activity.getText(R.string.files_empty), 0, () -> {});
    view.findViewById(R.id.files_continue_all).setOnClickListener(button -> resumeAll());
    view.findViewById(R.id.files_clear).setOnClickListener(button -> work.clearFinished());
    view.findViewById(R.id.files_undo).setOnClickListener(button -> undo());
    ListView list = view.findViewById(R.id.files_list);
    list.setEmptyView(view.findViewById(R.id.files_empty));
    list.setAdapter(rows);
  }

  @Override
  public View view() {
    return view;
  }

  @Override
  public void shown() {
    queue.listen(refresh);
    FileService.seen(activity);
    if (any(Job.State.WAITING) && !work.isRunning()) {
      FileService.start(activity);
    }
    refresh();
  }

  @Override
  public void hidden() {
    queue.unlisten(refresh);
    if (!activity.isChangingConfigurations()) {
      work.forgetRemoved();
    }
  }

  @Override
  public void save(Bundle state) {
    dialogs.save(state);
  }

  @Override
  public void restore(Bundle state) {
    dialogs.restore(state);
  }

  private boolean any(Job.State state) {
    return queue.jobs().stream().anyMatch(job -> job.state() == state);
  }

  private void refresh() {
    jobs = queue.jobs();
    rows.notifyDataSetChanged();
    long paused = jobs.stream().filter(job -> job.state() == Job.State.PAUSED).count();
    view.findViewById(R.id.files_continue_all).setVisibility(paused > 1 ? View.VISIBLE : View.GONE);
    long done = jobs.stream().filter(job -> job.state() == Job.State.DONE).count();
    view.findViewById(R.id.files_clear).setVisibility(done > 1 ? View.VISIBLE : View.GONE);
    List<Job> removed = queue.removed();
    view.findViewById(R.id.files_removed)
        .setVisibility(removed.isEmpty() ? View.GONE : View.VISIBLE);
    if (!removed.isEmpty()) {
      int count = removed.size();
      view.<TextView>findViewById(R.id.files_removed_name)
          .setText(
              count == 1
                  ? activity.getString(R.string.files_removed, removed.get(0).name())
                  : activity
                      .getResources()
                      .getQuantityString(R.plurals.files_removed_several, count, count));
    }
    Preferences preferences = new Preferences(activity);
    if (any(Job.State.RUNNING)
        && !preferences.notificationsAsked()
        && Platform.mustAskToNotify(activity)) {
      preferences.setNotificationsAsked();
      activity.requestPermissions(new String[] {android.Manifest.permission.POST_NOTIFICATIONS}, 0);
    }
  }

  private void resume(Job job) {
    queue.change(job.id(), one -> one.in(Job.State.WAITING));
    FileService.start(activity);
  }

  private void resumeAll() {
    queue.resumeAll();
    FileService.start(activity);
  }

  private void undo() {
    queue.restore();
    if (any(Job.State.WAITING) && !work.isRunning()) {
      FileService.start(activity);
    }
  }

  private void mend(Job job) {
    Intent remedy = job.problem().remedy(activity);
    if (remedy == null) {
      resume(job);
      return;
    }
    if (job.problem().isOfTheFile()) {
      work.cancel(job); // another one takes its place
    } else {
      queue.change(job.id(), one -> one.in(Job.State.PAUSED)); // to go on once that is done
    }
    Problem.open(activity, remedy);
  }

  private void open(Job job) {
    if (job.state() == Job.State.DONE && job.entry() >= 0) {
      activity.startActivity(TranscriptActivity.intent(activity, job.entry()));
    } else if (job.state() == Job.State.FAILED) {
      Bundle about = new Bundle();
      about.putString(DETAILS, job.detail());
      dialogs.open(DETAILS, about);
    }
  }

  private AlertDialog details(String detail) {
    return new AlertDialog.Builder(activity)
        .setTitle(R.string.files_details)
        .setMessage(detail)
        .setPositiveButton(R.string.files_close, null)
        .create();
  }

  private CharSequence state(Job job) {
    return switch (job.state()) {
      case WAITING -> activity.getText(R.string.files_waiting);
      case RUNNING -> progress(job);
      case PAUSED -> activity.getText(R.string.files_paused);
      case DONE ->
          activity.getText(job.entry() < 0 ? R.string.files_no_speech : R.string.files_done);
      case FAILED -> activity.getText(job.problem().sentence());
    };
  }

  private CharSequence progress(Job job) {
    if (job.share() < 0) {
      return activity.getText(R.string.files_running);
    }
    String percent = activity.getString(R.string.files_percent, (int) (100 * job.share()));
    if (job.secondsLeft() < 0) {
      return percent;
    }
    int seconds = (int) job.secondsLeft();
    int minutes = (seconds + 59) / 60;
    String left =
        seconds < 60
            ? activity.getResources().getQuantityString(R.plurals.files_seconds, seconds, seconds)
            : activity.getResources().getQuantityString(R.plurals.files_minutes, minutes, minutes);
    return activity.getString(R.string.files_percent_left, percent, left);
  }

  private final class Rows extends BaseAdapter {
    @Override
    public int getCount() {
      return jobs.size();
    }

    @Override
    public Job getItem(int position) {
      return jobs.get(jobs.size() - 1 - position); // newest first
    }

    @Override
    public long getItemId(int position) {
      return getItem(position).id();
    }

    @Override
    public boolean hasStableIds() {
      return true;
    }

    @Override
    public View getView(int position, View old, ViewGroup parent) {
      View row =
          old != null
              ? old
              : LayoutInflater.from(activity).inflate(R.layout.file_row, parent, false);
      Job job = getItem(position);
      boolean failed = job.state() == Job.State.FAILED;
      row.<TextView>findViewById(R.id.file_name).setText(job.name());
      TextView state = row.findViewById(R.id.file_state);
      state.setText(state(job));
      state.setTextColor(activity.getColor(failed ? R.color.error : R.color.text_soft));
      state.setCompoundDrawablesRelativeWithIntrinsicBounds(
          failed ? R.drawable.ic_warning_small : 0, 0, 0, 0);
      ProgressBar progress = row.findViewById(R.id.file_progress);
      progress.setVisibility(job.state() == Job.State.RUNNING ? View.VISIBLE : View.GONE);
      progress.setIndeterminate(job.share() < 0);
      progress.setProgress((int) (1000 * Math.max(0, job.share())));
      Button action = row.findViewById(R.id.file_action);
      action.setVisibility(failed || job.state() == Job.State.PAUSED ? View.VISIBLE : View.GONE);
      if (failed) {
        action.setText(job.problem().action());
        action.setOnClickListener(button -> mend(job));
      } else {
        action.setText(R.string.files_continue);
        action.setOnClickListener(button -> resume(job));
      }
      boolean over = failed || job.state() == Job.State.DONE;
      ImageButton remove = row.findViewById(R.id.file_remove);
      remove.setContentDescription(
          activity.getString(over ? R.string.files_remove : R.string.files_cancel, job.name()));
      remove.setOnClickListener(button -> work.cancel(job));
      row.setOnClickListener(touched -> open(job));
      row.setClickable(over && (failed || job.entry() >= 0));
      return row;
    }
  }
}
