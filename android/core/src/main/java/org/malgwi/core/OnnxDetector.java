package org.malgwi.core;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.ValueInfo;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The voice detector of a bundle in onnxruntime: Silero's. Thread-safe until closed. */
final class OnnxDetector implements Detector.Network {
  private static final Set<String> INPUTS = Set.of("input", "h", "c");
  private static final String PROBABILITIES = "speech_probs";
  private static final Set<String> OUTPUTS = Set.of(PROBABILITIES, "hn", "cn");
  private static final long[] STATE = {1, 1, 128};
  private static final int WIDTH = Detector.CONTEXT + Detector.BLOCK;

  private final OrtEnvironment environment;
  private final OrtSession session;

  /** Loads it, its hash verified; it is small and goes through the heap. */
  OnnxDetector(ModelBundle bundle) throws MalgwiException {
    byte[] model = bundle.read(Container.DETECTOR);
    this.session =
        OnnxRuntime.load(
            bundle,
            Container.DETECTOR,
            environment -> {
              try (OrtSession.SessionOptions settings = OnnxRuntime.settings(1)) {
                return environment.createSession(model, settings);
              }
            });
    this.environment = OrtEnvironment.getEnvironment();
    try {
      check();
    } catch (OrtException | MalgwiException e) {
      close();
      throw new MalgwiException(bundle.path() + ": " + e.getMessage() + ". Export it again", e);
    }
  }

  private void check() throws OrtException, MalgwiException {
    if (!session.getInputNames().equals(INPUTS) || !session.getOutputNames().equals(OUTPUTS)) {
      throw new MalgwiException(
          "the inputs and outputs of "
              + Container.DETECTOR
              + " are "
              + new TreeSet<>(session.getInputNames())
              + " and "
              + new TreeSet<>(session.getOutputNames())
              + "; expected "
              + new TreeSet<>(INPUTS)
              + " and "
              + new TreeSet<>(OUTPUTS));
    }
    ValueInfo given =
        Objects.requireNonNull(session.getOutputInfo().get(PROBABILITIES), PROBABILITIES).getInfo();
    Object kind = given instanceof TensorInfo tensor ? tensor.type : given;
    if (kind != OnnxJavaType.FLOAT) {
      throw new MalgwiException(
          Container.DETECTOR + " gives " + PROBABILITIES + " as " + kind + "; expected FLOAT");
    }
  }

  @Override
  public float[] probabilities(float[] blocks) throws MalgwiException {
    int count = blocks.length / WIDTH;
    FloatBuffer nothing = FloatBuffer.allocate((int) STATE[2]);
    try (OnnxTensor input = tensor(FloatBuffer.wrap(blocks), count, WIDTH);
        OnnxTensor hidden = tensor(nothing, STATE);
        OnnxTensor cell = tensor(nothing, STATE);
        OrtSession.Result result =
            session.run(Map.of("input", input, "h", hidden, "c", cell), Set.of(PROBABILITIES))) {
      FloatBuffer found = ((OnnxTensor) result.get(0)).getFloatBuffer();
      if (found.remaining() != count) {
        throw new MalgwiException(
            "the voice detector gave "
                + found.remaining()
                + " probabilities for "
                + count
                + " blocks. Export the bundle again");
      }
      float[] probabilities = new float[count];
      found.get(probabilities);
      return probabilities;
    } catch (OrtException e) {
      throw new MalgwiException(
          "onnxruntime failed on "
              + count
              + " blocks for the voice detector ("
              + e.getMessage()
              + ")",
          e);
    }
  }

  private OnnxTensor tensor(FloatBuffer values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(environment, values, shape);
  }

  @Override
  public void close() {
    OnnxRuntime.close(session);
  }
}
