package org.malgwi.app.models;

import android.app.Activity;
import android.view.LayoutInflater;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.TextView;
import java.util.List;
import org.malgwi.android.Refused;
import org.malgwi.app.R;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.ui.MessageView;
import org.malgwi.app.ui.Tab;

/** The models on this phone: which there are, which is used, and the way to add one. */
public final class ModelsTab implements Tab {
  private final Activity activity;
  private final View view;

  /** What was asked for while the tab was hidden again isn't shown any more. */
  private boolean shown;

  public ModelsTab(Activity activity) {
    this.activity = activity;
    view = LayoutInflater.from(activity).inflate(R.layout.models, null);
    view.findViewById(R.id.models_add).setOnClickListener(button -> add());
  }

  @Override
  public View view() {
    return view;
  }

  @Override
  public void shown() {
    shown = true;
    BundleStore bundles = BundleStore.of(activity);
    bundles.onAdded(() -> bundles.load(this::show));
    bundles.load(this::show);
  }

  @Override
  public void hidden() {
    shown = false;
    BundleStore.of(activity).onAdded(() -> {});
  }

  private void show(List<Installed> all) {
    if (!shown) {
      return;
    }
    Installed current = BundleStore.of(activity).current();
    LinearLayout list = view.findViewById(R.id.models_list);
    list.removeAllViews();
    for (Installed one : all) {
      list.addView(row(list, one, one.equals(current)));
    }
    MessageView message = view.findViewById(R.id.models_message);
    boolean full =
        BundleStore.of(activity)
            .builtInRefused()
            .filter(refused -> refused.reason() == Refused.Reason.NO_SPACE)
            .isPresent();
    message.show(
        full ? R.drawable.ic_warning : R.drawable.ic_models,
        activity.getText(full ? R.string.models_no_space : R.string.models_empty),
        full ? R.string.import_storage : R.string.models_add,
        full ? this::openStorage : this::add);
    message.setVisibility(all.isEmpty() ? View.VISIBLE : View.GONE);
    view.findViewById(R.id.models_scroll).setVisibility(all.isEmpty() ? View.GONE : View.VISIBLE);
  }

  private View row(LinearLayout list, Installed one, boolean current) {
    View row = LayoutInflater.from(activity).inflate(R.layout.model_row, list, false);
    row.<TextView>findViewById(R.id.model_name).setText(one.name());
    row.<TextView>findViewById(R.id.model_facts).setText(new ModelFacts(activity, one).line());
    row.findViewById(R.id.model_state).setVisibility(current ? View.VISIBLE : View.GONE);
    row.setOnClickListener(
        clicked -> activity.startActivity(ModelActivity.intent(activity, one.id())));
    return row;
  }

  private void openStorage() {
    Problem.open(activity, Problem.STORAGE_FULL.remedy(activity));
  }

  private void add() {
    activity.startActivity(ImportActivity.choose(activity));
  }
}
