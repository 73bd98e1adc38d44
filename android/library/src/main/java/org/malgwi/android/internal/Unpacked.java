package org.malgwi.android.internal;

import java.io.File;
import org.malgwi.core.ModelBundle;

/**
 * A bundle that lies in a folder, file by file, its hashes verified when it was put there.
 *
 * @param id names its content: equal ids, equal bundles
 * @param folder holds its files
 * @param bundle its facts, already read
 */
public record Unpacked(String id, File folder, ModelBundle bundle) {}
