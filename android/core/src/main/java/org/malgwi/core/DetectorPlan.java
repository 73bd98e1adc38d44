package org.malgwi.core;

/**
 * When the voice detector has heard speech.
 *
 * @param speechFrames blocks of 32 ms that must hold speech
 * @param speechProbability from which a block does, if so many do as the next says
 * @param speechPercent of all blocks: music passes it here and there, whispering all along
 * @param sureProbability from which a block does, however few there are among much else
 * @param levelDbfs the level that quieter sound is brought to; 0 is a full-scale square wave
 */
public record DetectorPlan(
    int speechFrames,
    double speechProbability,
    int speechPercent,
    double sureProbability,
    double levelDbfs) {}
