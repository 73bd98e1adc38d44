package org.malgwi.app.settings;

import android.app.Activity;

/** What the user can set. */
public final class SettingsActivity extends Activity {}
