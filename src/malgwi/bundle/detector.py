"""Is speech in what isn't quiet? Silero's voice detector, which travels in the bundle.

It vetoes what lies between pauses as a whole and places no border. What it hears is freed of the
offset of the sound card, which would hide speech from it, and brought to one level, so that quiet
voices aren't lost and loud noise gains nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from malgwi.bundle.ort import open_session, reason
from malgwi.decoding.segments import loudness, offset
from malgwi.errors import MalgwiError
from malgwi.speech.audio import Samples

_BLOCK, _CONTEXT, _STATE, _HOP = 512, 64, (1, 1, 128), 320
_INPUTS, _OUTPUTS = ("input", "h", "c"), ("speech_probs", "hn", "cn")


@dataclass(frozen=True)
class DetectorPlan:
    """When the detector has heard speech; the keys stand in `bundle.json` under these names."""

    speech_frames: int = 6
    """Blocks of 32 ms that must hold speech."""
    speech_probability: float = 0.5
    """From which a block does..."""
    speech_percent: int = 12
    """...if so many of all blocks do: music passes it here and there, whispering all along."""
    sure_probability: float = 0.9
    """From which a block does, however few there are among much else."""
    level_dbfs: float = -23.0
    """The level that quieter sound is brought to; 0 is a full-scale square wave."""


class Detector:
    """The detector, loaded. It may be used from several threads at once."""

    def __init__(self, model: Path, plan: DetectorPlan) -> None:
        """Load it; the file isn't needed afterwards.

        Raises:
            MalgwiError: onnxruntime has an unfit version or can't load it, or it is no such model.
        """
        self._session = open_session(model, threads=1)
        inputs = tuple(v.name for v in self._session.get_inputs())
        outputs = tuple(v.name for v in self._session.get_outputs())
        if (inputs, outputs) != (_INPUTS, _OUTPUTS):
            raise MalgwiError(
                f"{model}: its inputs and outputs are {inputs} and {outputs}; expected {_INPUTS} "
                f"and {_OUTPUTS}"
            )
        kind = self._session.get_outputs()[0].type
        if kind != "tensor(float)":
            raise MalgwiError(f"{model}: it gives {_OUTPUTS[0]} as {kind}; expected tensor(float)")
        self._plan = plan
        try:
            shape = self.probabilities(np.zeros(2 * _BLOCK, np.float32)).shape
        except Exception as error:
            raise MalgwiError(
                f"{model}: two blocks of sound make it fail ({reason(error)})"
            ) from error
        if shape != (2,):
            raise MalgwiError(f"{model}: two blocks give it shape {shape}; expected (2,)")

    def hears_speech(self, samples: Samples) -> bool:
        """Say whether speech is in samples at 16 kHz, at most a window."""
        chances = self.probabilities(samples)
        sure = int((chances >= self._plan.sure_probability).sum())
        likely = int((chances >= self._plan.speech_probability).sum())
        many = likely * 100 >= self._plan.speech_percent * len(chances)
        return (likely if many else sure) >= self._plan.speech_frames

    def probabilities(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Return how likely each block of 512 samples is speech; the last is filled with zeros."""
        blocks = np.zeros((-(-len(samples) // _BLOCK), _BLOCK), np.float32)
        heard = samples - np.float32(offset(samples, _HOP) / 32_768)
        blocks.reshape(-1)[: len(samples)] = heard * self._gain(samples)
        if not len(blocks):
            return np.zeros(0, np.float32)
        # Without the end of the block before it the model takes no speech for speech.
        before = np.zeros((len(blocks), _CONTEXT), np.float32)
        before[1:] = blocks[:-1, -_CONTEXT:]
        feed = {
            "input": np.concatenate([before, blocks], axis=1),
            "h": np.zeros(_STATE, np.float32),
            "c": np.zeros(_STATE, np.float32),
        }
        chances: npt.NDArray[np.float32] = self._session.run(["speech_probs"], feed)[0]
        return chances

    def _gain(self, samples: Samples) -> np.float32:
        level, wanted = loudness(samples, _HOP), 10.0 ** (self._plan.level_dbfs / 20.0)
        return np.float32(1.0 if level == 0.0 else max(1.0, wanted / level))


@contextmanager
def shipped_detector() -> Iterator[Path]:
    """Yield the path of the detector that Malgwi brings along; its licence stands beside it."""
    with as_file(files("malgwi") / "data" / "detector") as folder:
        yield folder / "silero_vad_16k_sequence.onnx"


def open_detector(plan: DetectorPlan | None = None) -> Detector:
    """Load the detector that Malgwi brings along."""
    with shipped_detector() as path:
        return Detector(path, plan or DetectorPlan())
