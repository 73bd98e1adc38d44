"""Does an exported model give what the checkpoint gives? Lengths, loudness and silence."""

import numpy as np
import torch

from malgwi.bundle.runtime import OnnxModel
from malgwi.errors import GateError
from malgwi.model.checkpoint import Checkpoint
from malgwi.model.families import logits_of
from malgwi.model.normalisation import standardise

TOLERANCE = 1e-3
"""Largest difference of two logits."""

LENGTHS = (400, 401, 16_000, 159_999)
"""Samples: one frame of the usual convolutions, one more, one second, ten less one sample."""


def check_parity(checkpoint: Checkpoint, model: OnnxModel, *, seed: int = 0) -> float:
    """Compare fp32 ONNX with torch on noise of several lengths and on silence.

    Returns:
        The largest difference of two logits.

    Raises:
        GateError: one exceeds `TOLERANCE`; names the clip.
        MalgwiError: the numbers of frames differ.
    """
    noise = np.random.default_rng(seed)
    clips = {
        f"{length} samples of noise": 0.1 * noise.standard_normal(length, dtype=np.float32)
        for length in (max(n, checkpoint.grid.receptive_field) for n in LENGTHS)
    }
    clips["one second of silence"] = np.zeros(16_000, dtype=np.float32)
    largest = 0.0
    for name, samples in clips.items():
        ready = standardise(samples, checkpoint.epsilon)
        with torch.inference_mode():
            expected = logits_of(checkpoint.model.eval(), torch.from_numpy(ready)[None])[0].numpy()
        difference = float(np.abs(model.logits(samples) - expected).max())
        if not difference <= TOLERANCE:  # NaN is not within it either
            raise GateError(
                f"export: on {name} the ONNX logits differ from torch's by {difference:.2g}; "
                f"expected at most {TOLERANCE:g}. Nothing was written: this checkpoint can't be "
                "exported faithfully; please report it with its config.json"
            )
        largest = max(largest, difference)
    return largest
