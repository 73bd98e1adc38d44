/**
 * Runs a Malgwi bundle: 16 kHz samples in; text, word times and confidences out.
 *
 * <p>{@link org.malgwi.core.Bundle} reads the file, {@link org.malgwi.core.Recognizer} runs it on
 * whole recordings and {@link org.malgwi.core.Stream} on live speech. Nothing here imports {@code
 * android.*}: the same classes run on a desktop and on Android 8 (API 26) and later.
 */
package org.malgwi.core;
