package org.malgwi.core;

/**
 * One word of a transcript, from its first token's first frame to its last token's last frame.
 *
 * @param text as the model spells it
 * @param startFrame counted from 0
 * @param endFrame one past the last frame
 * @param confidence 0 to 1: the geometric mean over tokens of the highest probability in the run
 */
public record Word(String text, int startFrame, int endFrame, double confidence) {}
