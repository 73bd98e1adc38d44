package org.malgwi.app.dictate;

import android.inputmethodservice.InputMethodService;

/** The voice keyboard. */
public final class VoiceKeyboard extends InputMethodService {}
