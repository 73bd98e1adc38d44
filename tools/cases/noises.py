"""Sound that is no speech, and how loud it is."""

import numpy as np

from cases.speech import RATE
from malgwi.speech.audio import Samples


def sixteen_bits(samples: np.ndarray) -> Samples:
    """Return samples as a file of 16 bits holds them."""
    return np.asarray(np.rint(np.clip(samples, -1, 1) * 32_767) / 32_768, np.float32)


def white(count: int) -> np.ndarray:
    """Return the same noise at every frequency."""
    return np.random.default_rng(1).standard_normal(count)


def coloured(power: float, count: int) -> np.ndarray:
    """Return noise whose power falls with the frequency: 1 is pink, 2 is brown."""
    spectrum = np.fft.rfft(white(count))
    place = np.maximum(np.arange(len(spectrum)), 1)
    return np.asarray(np.fft.irfft(spectrum / place ** (power / 2), count))


def hum(count: int) -> np.ndarray:
    """Return what the mains put into a microphone."""
    seconds = np.arange(count) / RATE
    waves = [np.sin(2 * np.pi * 50 * harmonic * seconds) / harmonic for harmonic in range(1, 8)]
    return np.asarray(np.sum(waves, axis=0))


def fan(count: int) -> np.ndarray:
    """Return low noise and some hum."""
    return coloured(2, count) / 50 + 0.02 * hum(count)


def keyboard(count: int) -> np.ndarray:
    """Return a key four times a second, 20 ms of noise that dies away."""
    rng = np.random.default_rng(2)
    key = rng.standard_normal(320) * np.exp(-np.arange(320) / 60)
    sound = np.zeros(count)
    for begin in range(0, count - 2_320, RATE // 4):
        sound[begin + int(rng.integers(0, 2_000)) :][:320] += key
    return sound


def music(count: int) -> np.ndarray:
    """Return notes of half a second, with four harmonics that die away."""
    rng = np.random.default_rng(3)
    sound = np.zeros(count)
    for begin in range(0, count, RATE // 2):
        hertz = 220 * 2 ** (int(rng.integers(0, 12)) / 12)
        seconds = np.arange(min(RATE // 2, count - begin)) / RATE
        for harmonic in range(1, 5):
            tone = np.sin(2 * np.pi * hertz * harmonic * seconds)
            sound[begin : begin + len(seconds)] += np.exp(-3 * seconds) * tone / harmonic
    return sound


def at(decibels: float, sound: np.ndarray) -> np.ndarray:
    """Return a sound at so many dB of full scale."""
    loudness = float(np.sqrt(np.mean(sound**2)))
    return sound / loudness * float(10 ** (decibels / 20))
