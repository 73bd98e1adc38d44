"""A checkpoint → what it hears in a stretch, and what that sounds like to its encoder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.bundle.bundle import is_bundle
from malgwi.decoding.decode import Transcript, decode
from malgwi.decoding.segments import SegmentPlan, limited
from malgwi.errors import MalgwiError
from malgwi.model.checkpoint import Checkpoint, load_checkpoint
from malgwi.model.families import head_of, logits_of
from malgwi.model.normalisation import standardise
from malgwi.speech.audio import SAMPLE_RATE, Samples

Sound = npt.NDArray[np.float32]


class Listened(NamedTuple):
    """What a stretch of at least the receptive field is to a model."""

    transcript: Transcript
    """The best token of every frame."""
    sound: Sound
    """The mean of the encoder's output, (hidden size,)."""


Listener = Callable[[Samples], Listened]


def open_listener(model: str) -> tuple[Checkpoint, Listener]:
    """Open a run, folder, hub id or `starter`.

    Raises:
        MalgwiError: it isn't there, can't spell, or is a bundle.
    """
    if is_bundle(Path(model)):
        raise MalgwiError(
            f"{model}: is a bundle, whose encoder can't be asked; give the run or checkpoint that "
            "it was exported from"
        )
    checkpoint = load_checkpoint(model)
    vocab = checkpoint.vocab
    if vocab is None:
        raise MalgwiError(f"{model}: {checkpoint.why_mute}")
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    network, plan, grid = checkpoint.model.to(device), SegmentPlan(), checkpoint.grid
    seen: list[Any] = []
    head_of(network).register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))

    def listen(samples: Samples) -> Listened:
        ready = standardise(limited(samples, plan, grid), checkpoint.epsilon)
        seen.clear()
        with torch.inference_mode():
            logits = logits_of(network, torch.from_numpy(ready)[None].to(device))[0]
            sound = seen[-1][0].float().mean(0)
        transcript = decode(
            logits.float().cpu().numpy(),
            vocab,
            samples=len(samples),
            hop=grid.hop,
            sample_rate=SAMPLE_RATE,
        )
        return Listened(transcript, sound.cpu().numpy())

    return checkpoint, listen
