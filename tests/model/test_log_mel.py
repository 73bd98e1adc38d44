"""Log-mel features are those of transformers, from clips of any length and level."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray

import malgwi
from malgwi.model.log_mel import CHANNELS, GRID, LogMel
from malgwi.speech.audio import read

COMMANDS = Path(malgwi.__file__).parent / "data/commands"
CLIPS = sorted((COMMANDS / "dev").iterdir())[:3]


def ours(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (frames, channels)."""
    features: NDArray[np.float32] = LogMel()(torch.from_numpy(samples)[None, None])[0].T.numpy()
    return features


def theirs(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the frames that transformers' mask says are real."""
    extractor_class: Any = transformers.SeamlessM4TFeatureExtractor
    extract = extractor_class()
    found = extract(samples, sampling_rate=16_000, return_tensors="np")
    real: NDArray[np.float32] = found["input_features"][0][found["attention_mask"][0] == 1]
    return real


@pytest.mark.parametrize("clip", CLIPS, ids=lambda path: path.stem)
@pytest.mark.parametrize("samples", [560, 719, 720, 879, 880, 8_123, None])
def test_speech(clip: Path, samples: int | None) -> None:
    """The shortest, one sample less than the next frame, and the whole.

    Of two windows, in which a bin may hardly move, transformers' own rounding is seen.
    """
    speech = read(clip)[4_000:] if samples else read(clip)
    speech = speech[:samples]
    found = ours(speech)
    assert found.shape == (GRID.count(len(speech)), CHANNELS)
    near = 1e-3 if len(speech) < 720 else 1e-4
    np.testing.assert_allclose(found, theirs(speech), atol=near, rtol=0)


def test_quiet_and_loud_and_off_the_middle() -> None:
    """Silence has the floor's power; ten digits lie between a tone and what is beside it."""
    random = np.random.default_rng(0)
    noise = random.standard_normal(16_000).astype(np.float32)
    beats = np.sin(np.arange(16_000) / 1_600) * np.sin(np.arange(16_000) / 8)
    tone = (0.9 * beats).astype(np.float32)
    half = np.concatenate([np.zeros(8_000, np.float32), 0.1 * noise[8_000:]])
    for clip in (1e-6 * noise, noise, half, tone, 0.5 + 0.001 * noise):
        np.testing.assert_allclose(ours(clip), theirs(clip), atol=1e-4, rtol=0)
    assert not ours(np.zeros(16_000, np.float32)).any()


def test_frames_by_hand() -> None:
    """400 samples a window, one every 160, two to a frame: as one convolution of 560."""
    assert (GRID.receptive_field, GRID.hop) == (560, 320)
    for samples, frames in ((559, 0), (560, 1), (879, 1), (880, 2), (16_000, 49), (16_159, 49)):
        assert GRID.count(samples) == frames
        assert frames == max(0, (samples - 560) // 320 + 1)


def test_clips_of_one_length_together() -> None:
    clips = torch.randn(3, 1, 5_000, generator=torch.Generator().manual_seed(0))
    layer = LogMel()
    for clip, found in zip(clips, layer(clips), strict=True):
        torch.testing.assert_close(layer(clip[None])[0], found, atol=1e-6, rtol=0)
    assert not list(layer.parameters())
