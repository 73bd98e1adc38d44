package org.malgwi.core;

/** One word with its times in whole milliseconds from the start of the recording. */
public record TimedWord(String text, long startMs, long endMs, double confidence) {}
