/**
 * No API: what the library is made of and Malgwi's own app is built on, too. It changes without
 * notice, and javadoc leaves it out.
 *
 * <p>Nothing here takes or gives null unless it is marked {@link
 * org.jspecify.annotations.Nullable}.
 */
@NullMarked
package org.malgwi.android.internal;

import org.jspecify.annotations.NullMarked;
