"""The frozen convolutions' output for every clip, computed once, kept in a cache.

A frozen network gives the same features in every epoch: 50 frames a second of 512 half-precision
numbers, 51 kB a second of speech. The cache's key is a hash of all that the features depend on
but the clip: the convolutions' weights and sizes, normalisation, format, and the sound. Where the
first layers are frozen, too, a clip's features are their activations, and the key is of them, too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from malgwi.errors import MalgwiError
from malgwi.model.convolutions import channels_of, convolve, convolve_alone
from malgwi.model.lower_layers import LowerLayers
from malgwi.model.normalisation import standardise
from malgwi.speech import audio
from malgwi.speech.frames import FrameGrid
from malgwi.training.waveforms import sound_key

VERSION = 1
"""Changes when the same clip and weights would give other numbers."""
Features = NDArray[Any]
"""(frames, channels), float16, or float32 for a clip that overflows half precision."""


@dataclass(frozen=True)
class Extractor:
    """The way from a clip to features: normalisation, convolutions, layers that are frozen."""

    cnn: nn.ModuleList
    """A model's convolutions, or what computes its log-mel features, on any device."""
    grid: FrameGrid
    epsilon: float | None
    """Of the normalisation; None where clips go in as they are."""
    layers: LowerLayers | None = None
    """The frozen layers over these convolutions."""

    @property
    def channels(self) -> int:
        """Of a frame of features."""
        if self.layers is not None:
            return self.layers.width
        return channels_of(self.cnn)

    @property
    def name(self) -> str:
        """What the cache is called."""
        return f"{'features' if self.layers is None else 'activations'}-{self.key()}"

    def waveform(self, samples: NDArray[np.float32]) -> torch.Tensor:
        """Return the clip as the convolutions take it: (samples,), fp32, on their device."""
        ready = standardise(samples, self.epsilon)
        device = next(chain(self.cnn.parameters(), self.cnn.buffers())).device
        return torch.from_numpy(np.ascontiguousarray(ready)).to(device)

    def features(self, samples: NDArray[np.float32]) -> Features:
        """Return the clip's features, rounded as the cache rounds them.

        Raises:
            MalgwiError: the clip is shorter than one frame.
        """
        if wrong := self.wrong(samples):
            raise MalgwiError(wrong)
        with torch.no_grad():
            alone = convolve_alone(self.cnn, self.waveform(samples))[None]
            lengths = torch.tensor([alone.shape[1]], device=alone.device)
            exact = self._above(alone, lengths)[0].float().cpu().numpy()
        return rounded(np.ascontiguousarray(exact))

    def features_of(self, clips: Sequence[NDArray[np.float32]]) -> list[Features]:
        """Return the features of clips of at least one frame, computed together.

        They are those that each has alone, to rounding.
        """
        with torch.no_grad():
            together, lengths = convolve(self.cnn, [self.waveform(c) for c in clips], self.grid)
            exact = self._above(together, lengths).float().cpu().numpy()
        pairs = zip(exact, lengths.tolist(), strict=True)
        return [rounded(np.ascontiguousarray(clip[:length])) for clip, length in pairs]

    def _above(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return what goes into the first layer that is trained."""
        return features if self.layers is None else self.layers.activations(features, lengths)

    def wrong(self, samples: NDArray[np.float32]) -> str:
        """Return why a clip has no features, or nothing."""
        if self.grid.count(len(samples)):
            return ""
        return (
            f"{len(samples)} samples are too few for one frame; expected at least "
            f"{self.grid.receptive_field}"
        )

    def key(self) -> str:
        """Return a hash of everything but the clip that the features depend on."""
        facts: list[Any] = [VERSION, sound_key(), self.epsilon]
        facts += [self.grid.kernels, self.grid.strides]
        weighed: Mapping[str, torch.Tensor] = self.cnn.state_dict()
        if self.layers is not None:
            facts.append(self.layers.settings())
            weighed = self.layers.weights()
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
        for name, weights in sorted(weighed.items()):
            digest.update(name.encode())
            digest.update(weights.float().cpu().numpy().tobytes())
        return digest.hexdigest()[:16]


def rounded(exact: NDArray[np.float32]) -> Features:
    """Return features in half precision, or as they are where that would overflow."""
    with np.errstate(over="ignore"):
        half = exact.astype(np.float16)
    return half if np.isfinite(half).all() else exact


def cache_bytes(seconds: float, grid: FrameGrid, channels: int) -> int:
    """Return about how many bytes the features of `seconds` of speech take."""
    return int(seconds * audio.SAMPLE_RATE / grid.hop * channels * 2)


def padded(each: Iterable[Features], multiple: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (clips, frames, channels) zero-padded, in the widest type, and the frame lengths."""
    clips = list(each)
    lengths = [len(clip) for clip in clips]
    widest = -(-max(lengths) // multiple) * multiple
    kind = np.float32 if any(clip.dtype == np.float32 for clip in clips) else np.float16
    batch = np.zeros((len(clips), widest, clips[0].shape[1]), dtype=kind)
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    return torch.from_numpy(batch), torch.tensor(lengths)
