package org.malgwi.app.settings;

import android.app.Activity;

/** The checklist. */
public final class SetupActivity extends Activity {}
