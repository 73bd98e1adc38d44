"""A recording as a picture of its frequencies over time."""

import numpy as np
import numpy.typing as npt

from malgwi.speech.audio import Samples

BINS = 128
"""Rows, from 0 Hz to half the sample rate."""
_WINDOW = 4 * BINS
_RANGE_DB = 70.0


def spectrogram(samples: Samples, hop: int) -> npt.NDArray[np.uint8]:
    """Return levels of shape (128, len(samples) // hop): 255 is the loudest, 0 is 70 dB below.

    Column i is centred on sample (i + 1/2) * hop; row 0 is the lowest frequency. Hann windows
    of 512 samples (32 ms at 16 kHz), two neighbouring frequencies averaged into a row. An offset
    of the sound card is left out.
    """
    columns = len(samples) // hop
    offset = samples.mean() if len(samples) else 0.0
    centred = np.pad(samples - offset, _WINDOW)
    first = _WINDOW + hop // 2 - _WINDOW // 2
    starts = first + hop * np.arange(columns)[:, None]
    cut = centred[starts + np.arange(_WINDOW)] * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(cut, axis=1)[:, 1:]) ** 2
    rows = power.reshape(columns, BINS, 2).mean(axis=2).T
    decibels = 10 * np.log10(np.maximum(rows, 1e-12))
    loudest = max(float(decibels.max(initial=-120.0)), -50.0)  # digital silence stays dark
    scaled = np.clip((decibels - loudest) / _RANGE_DB + 1, 0, 1)
    levels: npt.NDArray[np.uint8] = np.round(255 * scaled).astype(np.uint8)
    return levels
