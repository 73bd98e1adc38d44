"""Changes to the waveform of a training clip: speed, noise, loudness. Off unless asked for."""

import numpy as np
from numpy.typing import NDArray

QUIETEST_NOISE_DB = 30.0
"""How much further below the speech the noise may lie than `noise_db` says."""


def augment(
    samples: NDArray[np.float32],
    rng: np.random.Generator,
    *,
    speed: float = 0.0,
    noise_db: float | None = None,
    gain_db: float = 0.0,
    fewest: int = 0,
) -> NDArray[np.float32]:
    """Return a changed copy of a clip at 16 kHz.

    Args:
        samples: mono.
        rng: what the changes are drawn from.
        speed: largest relative change of speed and pitch; 0.1 draws a factor from 0.9 to 1.1.
        noise_db: lowest ratio of speech to noise in dB; half of the clips get noise between white
            and pink, the ratio drawn from here to `QUIETEST_NOISE_DB` above.
        gain_db: largest change of loudness, up or down.
        fewest: samples that must remain (labels need frames); a faster speed is not applied else.
    """
    changed = samples.astype(np.float32)
    if speed > 0:
        import soxr

        factor = rng.uniform(1 - speed, 1 + speed)
        if len(changed) / factor > fewest:
            changed = soxr.resample(changed, 16_000 * factor, 16_000).astype(np.float32)
    if noise_db is not None and rng.random() < 0.5:
        ratio = rng.uniform(noise_db, noise_db + QUIETEST_NOISE_DB)
        noise = _noise(len(changed), rng)
        level = np.sqrt(np.mean(changed**2, dtype=np.float64)) * 10 ** (-ratio / 20)
        changed = changed + (noise * level).astype(np.float32)
    if gain_db > 0:
        changed = changed * np.float32(10 ** (rng.uniform(-gain_db, gain_db) / 20))
    return changed


def _noise(length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return noise of unit power whose spectrum falls by 0 (white) to 3 dB (pink) an octave."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    slope = rng.uniform(0, 0.5)
    spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** slope
    noise: NDArray[np.float64] = np.fft.irfft(spectrum, length)
    power = float(np.mean(noise**2))
    unit: NDArray[np.float64] = noise / max(power, 1e-24) ** 0.5
    return unit
