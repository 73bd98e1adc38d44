package org.malgwi.app.models;

import org.malgwi.core.MalgwiException;

/**
 * A model isn't loaded any more for what it did before: it took the app down twice, the second time
 * without KleidiAI and on one thread, or the system ended the app twice running. {@link
 * Engine#forgive} lets it be tried again.
 */
public final class CrashedBefore extends MalgwiException {
  private static final long serialVersionUID = 1L;

  CrashedBefore(Installed installed) {
    super(
        installed.name()
            + " ended the app twice while it was loaded; expected a model that this phone can run."
            + " Use another one, or try this one again after an update");
  }
}
