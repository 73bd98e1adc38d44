"""Log-mel features as Wav2Vec2-BERT hears them: what stands in the place of convolutions.

Kaldi's filter bank over 25 ms every 10 ms (Povey's window, pre-emphasis .97, 80 triangles on the
mel scale from 20 Hz to 8 kHz, samples counted as 16-bit integers), each bin brought to zero mean
and unit variance over the clip, two neighbours to a frame of 20 ms.

The spectrum is computed in double precision, in the exported graph, too: between a loud vowel and
what a codec left of the highest bins lie ten digits of power, of which single precision keeps
seven. In single precision features of kerstin-de's clips, which are Opus, were off by .002.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from malgwi.speech.audio import SAMPLE_RATE
from malgwi.speech.frames import FrameGrid

BINS, STACKED = 80, 2
CHANNELS = BINS * STACKED
"""Numbers of a frame."""
_WINDOW, _STEP, _FFT = 400, 160, 512
GRID = FrameGrid((_WINDOW, STACKED), (_STEP, STACKED))
"""How a clip is cut: an odd last window counts for mean and variance, and makes no frame."""

_PIECE = 80
"""Samples; windows and steps are whole pieces."""
_LOWEST_HZ = 20.0
_EMPHASIS = 0.97
_FULL_SCALE = 32_768.0
_FLOOR = float(np.finfo(np.float32).eps)
"""Of a bin's power."""
_EPSILON = 1e-7
"""Added to the variance."""


class LogMel(nn.Module):
    """Clips of one length, (clips, 1, samples), to features, (clips, `CHANNELS`, frames)."""

    waves: Tensor
    """(window, 2 x bins of the transform): cosines and sines under the window."""
    filters: Tensor
    """(bins of the transform, `BINS`)."""

    def __init__(self) -> None:
        """Compute what is the same for every clip; nothing here is learnt."""
        super().__init__()
        self.register_buffer("waves", torch.from_numpy(_waves()))
        self.register_buffer("filters", torch.from_numpy(_triangles()))

    def forward(self, samples: Tensor) -> Tensor:  # noqa: D102 - the class says it
        windows = _windows(samples[:, 0].to(self.waves.device).double() * _FULL_SCALE)
        windows = windows - windows.mean(-1, keepdim=True)
        before = torch.cat([windows[..., :1], windows[..., :-1]], -1)
        real, imaginary = ((windows - _EMPHASIS * before) @ self.waves).chunk(2, -1)
        power = (real * real + imaginary * imaginary) @ self.filters
        # In single precision, as transformers has them: a bin that hardly moves hears it.
        logs = torch.log(power.clamp(min=_FLOOR)).float().double()
        centred = logs - logs.mean(1, keepdim=True)
        variance = (centred * centred).sum(1, keepdim=True) / (logs.shape[1] - 1)
        normal = (centred / torch.sqrt(variance + _EPSILON)).float()
        whole = normal[:, : normal.shape[1] // STACKED * STACKED]
        frames = whole.reshape(len(samples), -1, CHANNELS).transpose(1, 2)
        return frames.to(samples.device)


def _windows(samples: Tensor) -> Tensor:
    """Return (clips, windows, samples of one), of (clips, samples)."""
    whole = samples[:, : samples.shape[1] // _PIECE * _PIECE]
    pieces = whole.reshape(len(samples), -1, _PIECE)
    many, step = _WINDOW // _PIECE, _STEP // _PIECE
    # Ends counted from the end are constants of an exported graph, whatever the length.
    parts = [pieces[:, first : (first - many + 1) or None : step] for first in range(many)]
    return torch.cat(parts, -1)


def _waves() -> NDArray[np.float64]:
    window = np.hanning(_WINDOW) ** 0.85
    turns = np.outer(np.arange(_WINDOW), np.arange(_FFT // 2 + 1)) % _FFT / _FFT
    angles = 2 * np.pi * turns
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1) * window[:, None]


def _triangles() -> NDArray[np.float64]:
    """Return Kaldi's filters, (bins of the transform, `BINS`), linear on the mel scale."""
    edges = np.linspace(_mel(_LOWEST_HZ), _mel(SAMPLE_RATE / 2), BINS + 2)
    at = _mel(np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT)[:, None]
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    filters: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    return filters


def _mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return frequencies on Kaldi's mel scale."""
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz) / 700.0))
