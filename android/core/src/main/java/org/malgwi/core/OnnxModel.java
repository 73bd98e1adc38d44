package org.malgwi.core;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** The model of a bundle in onnxruntime. Thread-safe until closed. */
final class OnnxModel implements Model {
  private static final String METADATA_KEY = "malgwi.decoding";

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Decoding decoding;
  private final String hash;

  /**
   * Loads the model, its hashes verified, and compares it with what bundle.json says. From an
   * archive the model goes through a temporary folder, from a folder straight, into native memory:
   * never through the Java heap.
   */
  OnnxModel(ModelBundle bundle, Recognizer.Options options) throws MalgwiException {
    this.decoding = bundle.decoding();
    this.hash = bundle.modelHash();
    this.session =
        OnnxRuntime.load(
            bundle, Container.MODEL, environment -> load(environment, bundle, options));
    this.environment = OrtEnvironment.getEnvironment();
    try {
      checkShapes();
      checkMetadata(bundle.decodingKeys());
    } catch (OrtException | MalgwiException e) {
      close();
      throw new MalgwiException(bundle.path() + ": " + e.getMessage() + "; export it again", e);
    }
  }

  private static OrtSession load(
      OrtEnvironment environment, ModelBundle bundle, Recognizer.Options options)
      throws OrtException, MalgwiException {
    File inFolder = bundle.modelFile();
    if (inFolder != null) {
      for (String name : bundle.modelFiles()) {
        bundle.verifyOnce(name);
      }
      return load(environment, inFolder, options);
    }
    File folder = null;
    try {
      folder = Files.createTempDirectory("malgwi-").toFile();
      for (String name : bundle.modelFiles()) {
        try (OutputStream out = new FileOutputStream(new File(folder, name))) {
          bundle.copy(name, out);
        }
      }
      return load(environment, new File(folder, Container.MODEL), options);
    } catch (MalgwiException e) {
      throw e;
    } catch (IOException e) {
      throw new MalgwiException(
          "no temporary file can be written (" + e.getMessage() + "); free some space", e);
    } finally {
      if (folder != null) {
        forget(folder, bundle.modelFiles());
      }
    }
  }

  /**
   * Deletes what onnxruntime doesn't need after loading, since what it has mapped stays mapped; but
   * on Windows, where a mapped file can't be deleted until the process ends.
   */
  private static void forget(File folder, List<String> names) {
    boolean gone = true;
    for (String name : names) {
      gone &= !new File(folder, name).exists() || new File(folder, name).delete();
    }
    if (!gone || !folder.delete()) {
      folder.deleteOnExit();
      names.forEach(name -> new File(folder, name).deleteOnExit());
    }
  }

  private static OrtSession load(OrtEnvironment environment, File model, Recognizer.Options options)
      throws OrtException {
    int threads = options.threads(Cores.here(), Runtime.getRuntime().availableProcessors());
    try (OrtSession.SessionOptions settings = OnnxRuntime.settings(threads)) {
      if (!options.kleidiAi() || OnnxRuntime.kleidiAiLeaks(environment.getVersion())) {
        settings.addConfigEntry("mlas.disable_kleidiai", "1");
      }
      return environment.createSession(model.getPath(), settings);
    }
  }

  private void checkShapes() throws OrtException, MalgwiException {
    checkShape(session.getInputInfo(), decoding.input(), 2, -1);
    checkShape(session.getOutputInfo(), decoding.output(), 3, decoding.vocab().size());
  }

  private static void checkShape(
      Map<String, NodeInfo> nodes, String name, int rank, int lastDimension)
      throws MalgwiException {
    NodeInfo node = nodes.get(name);
    if (nodes.size() != 1 || node == null) {
      throw new MalgwiException(
          "the model's inputs or outputs are " + nodes.keySet() + "; expected " + name);
    }
    if (!(node.getInfo() instanceof TensorInfo tensor)
        || tensor.type != OnnxJavaType.FLOAT
        || tensor.getShape().length != rank
        || tensor.getShape()[rank - 1] != lastDimension) {
      throw new MalgwiException(
          "the model's "
              + name
              + " is "
              + node.getInfo()
              + "; expected FLOAT of rank "
              + rank
              + (lastDimension < 0 ? ", free length" : " with " + lastDimension + " tokens"));
    }
  }

  private void checkMetadata(Map<?, ?> expected) throws OrtException, MalgwiException {
    String text = session.getMetadata().getCustomMetadata().get(METADATA_KEY);
    String where = "the model's metadata " + METADATA_KEY;
    if (text == null) {
      throw new MalgwiException(where + " is missing");
    }
    Map<?, ?> found = new Fields(Json.parse(text, where), where).all();
    Set<String> keys = new TreeSet<>();
    expected.keySet().forEach(key -> keys.add((String) key));
    found.keySet().forEach(key -> keys.add((String) key));
    for (String key : keys) {
      boolean inBoth = expected.containsKey(key) && found.containsKey(key);
      if (!inBoth || !same(expected.get(key), found.get(key))) {
        throw new MalgwiException(
            "decoding key " + key + " differs between bundle.json and the model's metadata");
      }
    }
  }

  /** -60 and -60.0 are one number. */
  private static boolean same(@Nullable Object a, @Nullable Object b) {
    return (a instanceof Number x && b instanceof Number y)
        ? x.doubleValue() == y.doubleValue()
        : Objects.equals(a, b);
  }

  @Override
  public FloatBuffer logits(float[] samples, Cancellation cancellation) throws MalgwiException {
    long[] shape = {1, samples.length};
    try (OrtSession.RunOptions options = new OrtSession.RunOptions();
        OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(samples), shape)) {
      // What goes wrong is thrown; onnxruntime needn't print it too.
      options.setLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      Runnable interrupt = () -> terminate(options);
      cancellation.begin(interrupt);
      try (OrtSession.Result result =
          session.run(Map.of(decoding.input(), input), Set.of(decoding.output()), options)) {
        OnnxTensor output = (OnnxTensor) result.get(0);
        checkResult(output.getInfo().getShape());
        return output.getFloatBuffer();
      } finally {
        // Before the options are closed, so that nobody terminates a run that has none.
        cancellation.end(interrupt);
      }
    } catch (OrtException e) {
      if (cancellation.isCancelled()) {
        throw (CancellationException) new CancellationException().initCause(e);
      }
      throw new MalgwiException(
          "onnxruntime failed on " + samples.length + " samples (" + e.getMessage() + ")", e);
    }
  }

  private void checkResult(long[] shape) throws MalgwiException {
    if (shape.length != 3 || shape[0] != 1 || shape[2] != decoding.vocab().size()) {
      throw new MalgwiException(
          "the model gave logits of shape "
              + java.util.Arrays.toString(shape)
              + "; expected 1,"
              + " frames, "
              + decoding.vocab().size()
              + ". Export it again");
    }
  }

  private static void terminate(OrtSession.RunOptions options) {
    try {
      options.setTerminate(true);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String hash() {
    return hash;
  }

  @Override
  public void close() {
    OnnxRuntime.close(session);
  }
}
