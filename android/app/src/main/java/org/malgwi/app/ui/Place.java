package org.malgwi.app.ui;

import org.malgwi.app.R;

/** The places of the bar, from its start to its end: below, or at the side of a wide window. */
public enum Place {
  SPEAK(R.string.tab_speak, R.drawable.ic_mic),
  FILES(R.string.tab_files, R.drawable.ic_files),
  HISTORY(R.string.tab_history, R.drawable.ic_history),
  MODELS(R.string.tab_models, R.drawable.ic_models);

  private final int label;
  private final int icon;

  Place(int label, int icon) {
    this.label = label;
    this.icon = icon;
  }

  /** The id of what it is called. */
  public int label() {
    return label;
  }

  /** The id of its picture. */
  public int icon() {
    return icon;
  }
}
