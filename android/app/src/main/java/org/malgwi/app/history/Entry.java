package org.malgwi.app.history;

/**
 * One transcript as lists show it. Immutable.
 *
 * @param id milliseconds since 1970 when it was written down, made unique
 * @param title the recording's name; empty where it has none
 * @param model what people call the model that heard it
 * @param language BCP 47 tag of the model; "und" when unknown
 * @param excerpt the beginning of the text, or what stands around the first hit of a search
 * @param checked a person has corrected the text, or saved it as it is
 * @param hasAudio the sound was kept
 */
public record Entry(
    long id,
    Source source,
    String title,
    String model,
    String language,
    long durationMs,
    String excerpt,
    boolean checked,
    boolean hasAudio) {}
