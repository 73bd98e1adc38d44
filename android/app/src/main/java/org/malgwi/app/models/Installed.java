package org.malgwi.app.models;

import java.io.File;
import java.util.Locale;
import org.malgwi.core.ModelBundle;

/**
 * A bundle that lies in the app's private folder, its hashes verified when it was put there.
 * Immutable.
 *
 * @param id names its content: equal ids, equal bundles
 * @param folder holds its files
 * @param bundle its facts, already read
 * @param builtIn came with the app, so it can't be deleted
 * @param bytes that it takes
 */
public record Installed(String id, File folder, ModelBundle bundle, boolean builtIn, long bytes) {
  /** The bundle in a folder, whose size this adds up. */
  static Installed in(File folder, ModelBundle bundle, String id, boolean builtIn) {
    long bytes = new File(folder, "bundle.json").length();
    for (String name : bundle.files()) {
      bytes += new File(folder, name).length();
    }
    return new Installed(id, folder, bundle, builtIn, bytes);
  }

  /** What people call the model. */
  public String name() {
    return bundle.name();
  }

  /** BCP 47 tag; "und" when unknown. */
  public String language() {
    return bundle.language();
  }

  /** What its language is called in another one; empty when unknown. */
  public String languageIn(Locale other) {
    Locale spoken = Locale.forLanguageTag(language());
    return spoken.getLanguage().isEmpty() ? "" : spoken.getDisplayName(other);
  }

  /** The same content, whenever it was read. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Installed that && that.id.equals(id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }
}
