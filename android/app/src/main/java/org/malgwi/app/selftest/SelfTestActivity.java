package org.malgwi.app.selftest;

import android.app.Activity;

/** The app's own proof. */
public final class SelfTestActivity extends Activity {}
