package org.malgwi.core;

/**
 * One word with its times.
 *
 * @param text as the model spells it
 * @param startMs whole milliseconds from the start of the recording
 * @param endMs the same, one past its last
 * @param confidence 0 to 1, as in {@link Word}
 */
public record TimedWord(String text, long startMs, long endMs, double confidence) {}
