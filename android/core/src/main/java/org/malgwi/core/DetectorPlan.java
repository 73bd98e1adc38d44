package org.malgwi.core;

/**
 * When the voice detector has heard speech.
 *
 * @param speechFrames blocks of 32 ms that must hold speech
 * @param speechProbability from which a block does
 * @param levelDbfs the level that quieter sound is brought to; 0 is a full-scale square wave
 */
public record DetectorPlan(int speechFrames, double speechProbability, double levelDbfs) {}
