package org.malgwi.core;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** onnxruntime itself: which versions of it are taken, and what all models have in common there. */
final class OnnxRuntime {
  private static final Pattern RELEASE = Pattern.compile("1\\.(\\d{1,4})\\.");

  /** The releases of onnxruntime, 1.x, that JVMs run and that the app is built of. */
  static final int JVM = 28;

  static final int APP = 26;

  private OnnxRuntime() {}

  /** Makes a session of a model. */
  interface Loader {
    OrtSession load(OrtEnvironment environment) throws OrtException, MalgwiException;
  }

  /**
   * Loads a model of a bundle.
   *
   * @param file its name there
   * @throws MalgwiException also for a version of onnxruntime that isn't taken
   */
  static OrtSession load(ModelBundle bundle, String file, Loader loader) throws MalgwiException {
    // Asked before the library is loaded, since a newer one reports as soon as it is.
    checkVersion(packagedVersion());
    try {
      OrtEnvironment environment =
          OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "malgwi");
      checkVersion(environment.getVersion());
      return loader.load(environment);
    } catch (OrtException e) {
      throw new MalgwiException(
          bundle.path()
              + ": onnxruntime can't load "
              + file
              + " ("
              + e.getMessage()
              + "); export it again",
          e);
    } catch (LinkageError e) {
      throw new MalgwiException(
          "onnxruntime has no native library for this processor and system ("
              + e.getMessage()
              + ")",
          e);
    }
  }

  /** Settings for a number of threads that are good on phones. */
  static OrtSession.SessionOptions settings(int threads) throws OrtException {
    OrtSession.SessionOptions settings = new OrtSession.SessionOptions();
    settings.setIntraOpNumThreads(threads);
    settings.setInterOpNumThreads(1);
    // Idle threads that spin are faster by a hair and keep a phone warm.
    settings.addConfigEntry("session.intra_op.allow_spinning", "0");
    // A plan of memory is of one length: for the next one it takes a whole block beside the last.
    settings.setMemoryPatternOptimization(false);
    return settings;
  }

  /** What the jar says of itself; null on Android and where jars were merged without it. */
  private static @Nullable String packagedVersion() {
    Package runtime = OrtEnvironment.class.getPackage();
    return "onnxruntime".equals(runtime.getImplementationTitle())
        ? runtime.getImplementationVersion()
        : null;
  }

  /** Refuses a version that is known to be wrong or to report, and those that nobody has tried. */
  static void checkVersion(@Nullable String version) throws MalgwiException {
    if (version == null) {
      return;
    }
    int release = release(version);
    if (release == JVM || release == APP) {
      return;
    }
    String reason =
        release == 27
            ? "1.27 computes wrong results on some processors"
            : release > JVM
                ? "from 1.29 on it reports to its maker over the network"
                : "nobody has tried Malgwi with it";
    throw new MalgwiException(
        "onnxruntime " + version + ": " + reason + "; take version 1." + JVM + " of it");
  }

  /** Up to 1.26 a cache of KleidiAI's convolutions grows with every input (issue 28231). */
  static boolean kleidiAiLeaks(String version) {
    return release(version) == APP;
  }

  private static int release(String version) {
    Matcher numbers = RELEASE.matcher(version);
    return numbers.lookingAt() ? Integer.parseInt(numbers.group(1)) : -1;
  }

  static void close(OrtSession session) {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
