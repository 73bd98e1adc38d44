package org.malgwi.app.selftest;

import org.malgwi.app.R;

/** The parts of the self-test, in their order. */
enum Step {
  HASHES(R.string.selftest_hashes, 3),
  PHONE(R.string.selftest_phone, 1),
  CLIPS(R.string.selftest_clips, 4),
  SPEED(R.string.selftest_speed, 20),
  SUSTAINED(R.string.selftest_sustained, 300),
  MEMORY(R.string.selftest_memory, 60),
  MICROPHONE(R.string.selftest_microphone, 6),
  DECODING(R.string.selftest_decoding, 4),
  SYSTEM(R.string.selftest_system, 1);

  private final int label;
  private final int seconds;

  Step(int label, int seconds) {
    this.label = label;
    this.seconds = seconds;
  }

  /** The id of its name for people. */
  int label() {
    return label;
  }

  /** About how long it takes on a middling phone. */
  int seconds() {
    return seconds;
  }

  /** Its name in reports. */
  String key() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
