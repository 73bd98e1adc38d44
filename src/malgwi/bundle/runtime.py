"""An ONNX model in onnxruntime: raw samples in, logits out, checked against what it should be."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from malgwi.bundle.bundle import Bundle
from malgwi.bundle.container import DETECTOR
from malgwi.bundle.contract import METADATA_KEY, Decoding
from malgwi.bundle.detector import Detector
from malgwi.bundle.fields import parse_json
from malgwi.bundle.ort import load_onnxruntime, open_session, reason
from malgwi.decoding.decode import Logits
from malgwi.decoding.long_form import LongForm, anything
from malgwi.errors import BundleError, MalgwiError
from malgwi.speech.audio import Samples


class OnnxModel:
    """A loaded model. `logits` may be called from several threads at once."""

    def __init__(
        self,
        path: Path,
        decoding: Decoding,
        *,
        threads: int = 0,
        detector: Detector | None = None,
    ) -> None:
        """Load a model file, which onnxruntime doesn't need afterwards.

        Args:
            path: the ONNX file.
            decoding: what its inputs and outputs must fit.
            threads: for one inference; 0 takes as many as there are cores.
            detector: what recordings are asked for speech with, before the model hears them.

        Raises:
            MalgwiError: onnxruntime has an unfit version or can't load it, or it has other inputs
                or outputs.
        """
        self._session = open_session(path, threads)
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        self._decoding = decoding
        self.is_speech = detector.hears_speech if detector else anything
        self._check(path)

    def _check(self, path: Path) -> None:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        found = [(v.name, v.type, len(v.shape)) for v in (*inputs, *outputs)]
        wanted = [
            (name, "tensor(float)", rank)
            for name, rank in ((self._decoding.input, 2), (self._decoding.output, 3))
        ]
        if len(inputs) != 1 or found != wanted:
            raise MalgwiError(
                f"{path}: its inputs and outputs are {found}; expected {wanted} (name, type, rank)"
            )
        tokens, width = len(self._decoding.vocab), outputs[0].shape[2]
        if width != tokens:
            raise MalgwiError(f"{path}: it gives {width} logits a frame for {tokens} tokens")

    def logits(self, samples: Samples) -> Logits:
        """Run the model on one stretch of samples; no frame when there are too few.

        Raises:
            MalgwiError: it fails, or gives another number of frames than its convolutions should.
        """
        frames = self._decoding.grid.count(len(samples))
        if not frames:
            return np.zeros((0, len(self._decoding.vocab)), dtype=np.float32)
        feed = {self._decoding.input: np.ascontiguousarray(samples, dtype=np.float32)[None]}
        try:
            logits: Logits = self._session.run([self._decoding.output], feed)[0][0]
        except Exception as error:  # onnxruntime raises a dozen types of its own
            raise MalgwiError(
                f"onnxruntime failed on {len(samples)} samples ({reason(error)}); is memory short? "
                "If not, export it again"
            ) from error
        if logits.shape != (frames, len(self._decoding.vocab)):
            raise MalgwiError(
                f"the model gave logits of shape {logits.shape} for {len(samples)} samples; "
                f"expected {(frames, len(self._decoding.vocab))}. Export it again"
            )
        return logits

    def whole_logits(self, samples: Samples) -> Logits:
        """Return the logits of a clip of any length, (frames, vocabulary)."""
        how = self._decoding
        long_form = LongForm(how.segments, how.grid, how.vocab, self.logits, self.is_speech)
        return long_form.whole_logits([samples])


def load_bundle_model(bundle: Bundle, *, threads: int = 0) -> OnnxModel:
    """Load the model of a bundle, hash and metadata verified.

    Raises:
        BundleError: the model isn't what `bundle.json` says.
        MalgwiError: onnxruntime has an unfit version.
    """
    load_onnxruntime()  # what is wrong with it isn't the bundle's fault
    try:
        detector = None
        if bundle.decoding.detector:
            with bundle.unpacked(DETECTOR) as [path]:
                detector = Detector(path, bundle.decoding.detector)
        with bundle.unpacked(*bundle.model_files) as [path, *_]:
            model = OnnxModel(path, bundle.decoding, threads=threads, detector=detector)
    except BundleError:
        raise
    except MalgwiError as error:
        raise BundleError(f"{bundle.path}: {error}; export it again") from error
    _check_metadata(model.metadata, bundle)
    return model


def _check_metadata(metadata: Mapping[str, str], bundle: Bundle) -> None:
    """Compare the decoding keys that ride in the model with those of `bundle.json`."""
    text = metadata.get(METADATA_KEY)
    where = f"{bundle.path}: the model's metadata {METADATA_KEY}"
    if text is None:
        raise BundleError(f"{where} is missing; export it again")
    rides, decoding = parse_json(text.encode("utf-8", "replace"), where).keys, bundle.decoding_keys
    for key in sorted({*rides, *decoding}):
        if rides.get(key) != decoding.get(key) or (key in rides) != (key in decoding):
            raise BundleError(
                f"{bundle.path}: {key} is {str(decoding.get(key))[:60]} in bundle.json and "
                f"{str(rides.get(key))[:60]} in the model; export it again"
            )
