/**
 * Runs a Malgwi bundle: 16 kHz samples in; text, word times and confidences out.
 *
 * <p>{@link org.malgwi.core.ModelBundle} reads the file, {@link org.malgwi.core.Recognizer} runs it
 * on whole recordings and {@link org.malgwi.core.LiveStream} on live speech. Nothing here imports
 * {@code android.*}: the same classes run on a desktop and on Android 8 (API 26) and later.
 *
 * <p>Nothing here takes or gives null unless it is marked {@link
 * org.jspecify.annotations.Nullable}.
 */
@NullMarked
package org.malgwi.core;

import org.jspecify.annotations.NullMarked;
