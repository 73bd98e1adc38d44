/**
 * A Malgwi bundle in an Android app: {@link org.malgwi.android.SpeechModel} opens one of the app's
 * assets, listens to the microphone and writes down recordings.
 *
 * <p>What it is made of can be used alone: {@link org.malgwi.android.Microphone} and {@link
 * org.malgwi.android.MediaSamples} (the phone's decoders). The model itself is {@code
 * org.malgwi.core}'s. What lies in {@code org.malgwi.android.internal} is no API.
 *
 * <p>Nothing here takes or gives null unless it is marked {@link
 * org.jspecify.annotations.Nullable}.
 */
@NullMarked
package org.malgwi.android;

import org.jspecify.annotations.NullMarked;
