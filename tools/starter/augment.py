"""What a clip may sound like in a room and through a microphone: pure, on samples at 16 kHz.

Speed, noise and level are `malgwi.training.augment`'s; here are rooms, equalisers, bands, a second
speaker, clipping, mu-law and silence around the speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

from malgwi.speech.audio import SAMPLE_RATE, Samples
from malgwi.training.augment import augment

EVEN = 1600
"""Samples: clips with silence around them are so many times a whole number long."""
EMPTY_NOISE_DB = (-60.0, -10.0)
"""Level of noise in which nobody speaks, below full scale."""


@dataclass(frozen=True)
class Changes:
    """Largest changes, and how probable others are."""

    speed: float = 0.15
    noise_db: float = 6.0
    gain_db: float = 12.0
    room: float = 0.5
    equaliser: float = 0.6
    band: float = 0.35
    second: float = 0.1
    clipping: float = 0.08
    mu_law: float = 0.08
    silence: float = 0.4
    """Most seconds of silence on either side."""


def heard(
    samples: Samples,
    rng: np.random.Generator,
    changes: Changes,
    *,
    fewest: int = 0,
    second: Samples | None = None,
) -> Samples:
    """Return a clip as it might have been recorded.

    Args:
        samples: mono.
        rng: what the changes are drawn from.
        changes: how much may change.
        fewest: samples that must remain, as labels need frames.
        second: somebody else, who may be heard in the background.
    """
    clip = augment(samples, rng, speed=changes.speed, fewest=fewest)
    if changes.silence > 0:
        before, after = (rng.uniform(0, changes.silence, 2) * SAMPLE_RATE).astype(int)
        # Noise is made by a transform of the clip's length, slow where that has large factors.
        clip = np.pad(clip, (before, after + -(len(clip) + before + after) % EVEN))
    if second is not None and rng.random() < changes.second:
        clip = clip + _scaled(_fitted(second, len(clip), rng), clip, rng.uniform(10, 25))
    clip = filtered(clip, rng, changes)
    clip = augment(clip, rng, noise_db=changes.noise_db, gain_db=changes.gain_db)
    if rng.random() < changes.clipping:
        limit = np.abs(clip).max() * rng.uniform(0.3, 0.8)
        clip = np.clip(clip, -limit, limit)
    if rng.random() < changes.mu_law:
        clip = mu_law(clip)
    return clip.astype(np.float32)


def filtered(samples: Samples, rng: np.random.Generator, changes: Changes) -> Samples:
    """Return a clip in a room, through an equaliser and a band, each with its probability."""
    length = len(samples)
    size = fast_length(length + SAMPLE_RATE // 2)
    shape = np.ones(size // 2 + 1, np.complex128)
    hertz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    if rng.random() < changes.room:
        shape = shape * np.fft.rfft(room(rng), size)
    if rng.random() < changes.equaliser:
        octaves = np.log2(np.maximum(hertz, 60) / 60)
        points = np.linspace(0, octaves[-1], 8)
        shape = shape * 10 ** (np.interp(octaves, points, rng.uniform(-7, 7, 8)) / 20)
    if rng.random() < changes.band:
        low, high = rng.uniform(40, 350), rng.uniform(3000, 7800)
        shape = shape / np.sqrt(
            (1 + (low / np.maximum(hertz, 1)) ** 6) * (1 + (hertz / high) ** 16)
        )
    result = np.fft.irfft(np.fft.rfft(samples, size) * shape, size)[:length]
    return result.astype(np.float32)


def room(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the response of a room: the sound itself, then noise that dies away.

    Its reverberation time (60 dB) is 0.1 to 0.6 s, the energy of the reverberation 0 to 15 dB
    below that of the direct sound.
    """
    seconds = rng.uniform(0.1, 0.6)
    time = np.arange(int(min(seconds, 0.5) * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail[: int(rng.uniform(0.001, 0.01) * SAMPLE_RATE)] = 0
    tail *= 10 ** (-rng.uniform(0, 15) / 20) / max(float(np.sqrt(np.sum(tail**2))), 1e-9)
    tail[0] = 1.0
    return tail


def mu_law(samples: Samples) -> Samples:
    """Return samples as a telephone's 8 bits (G.711, mu = 255) keep them, at their own level."""
    peak = max(float(np.abs(samples).max()), 1e-9)
    logs = np.log1p(255 * np.abs(samples) / peak) / np.log(256)
    kept = np.expm1(np.rint(logs * 127) / 127 * np.log(256)) / 255
    quantised: Samples = (np.sign(samples) * kept * peak).astype(np.float32)
    return quantised


def nobody(rng: np.random.Generator, changes: Changes) -> Samples:
    """Return 1 to 4 seconds of noise in which nobody speaks."""
    still = np.zeros(int(rng.uniform(1, 4) * SAMPLE_RATE), np.float32)
    hiss = rng.standard_normal(len(still)) * 10 ** (rng.uniform(*EMPTY_NOISE_DB) / 20)
    return filtered((still + hiss).astype(np.float32), rng, changes)


def fast_length(least: int) -> int:
    """Return a length from `least` on that is 1, 3 or 5 times a power of 2, fast to transform."""
    power = 1 << max(least - 1, 1).bit_length()
    return min(n for n in (power // 8 * 5, power // 4 * 3, power) if n >= least)


def _fitted(samples: Samples, length: int, rng: np.random.Generator) -> Samples:
    if len(samples) < length:
        return np.pad(samples, (0, length - len(samples)))
    first = int(rng.integers(len(samples) - length + 1))
    return samples[first : first + length]


def _scaled(other: Samples, clip: Samples, below_db: float) -> Samples:
    """Return `other` with a power `below_db` below that of `clip`."""
    power = float(np.mean(other.astype(np.float64) ** 2))
    wanted = float(np.mean(clip.astype(np.float64) ** 2)) * 10 ** (-below_db / 10)
    scaled: Samples = (other * np.sqrt(wanted / max(power, 1e-12))).astype(np.float32)
    return scaled
