package org.malgwi.app.settings;

import android.app.Activity;

/** What this is. */
public final class AboutActivity extends Activity {}
