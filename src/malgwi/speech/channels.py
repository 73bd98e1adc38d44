"""Which channel of a recording to listen to, by what they hold.

The average of all serves where the channels hold the same voice, or each a part of what is said.
It does harm where they are out of phase, which cancels the voice, and where one holds nothing but
silence or noise, which halves it. A constant that a sound card adds is silence.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from malgwi.channel_names import EACH, MIX
from malgwi.speech.audio import frames, info
from malgwi.speech.recording import Warn

_BLOCK_S = 10.0
_STRETCH_S = 0.1
_SILENT_DB = 40.0
"""A channel whose loud moments stay this far below the loudest channel's holds nothing."""
_STEADY_DB, _SPEECH_DB = 4.0, 10.0
"""A channel is noise when its loud moments stand out by less than this from its quiet ones, while
another channel's do by that much more; speech has 20 and more between words and pauses."""
_NOTHING = 1e-10
"""What rounding leaves of the power of silence."""
_OPPOSED = -0.5
"""Correlation from which on the average takes more than half of the power away."""


class Choice(NamedTuple):
    """What is listened to, and why."""

    channel: int | None
    """Counted from 0; None is the average of all."""
    why: str
    """A part of a sentence; empty for a recording of one channel, or nothing to say."""


def choose(path: Path, alive: Callable[[], object] = lambda: None) -> Choice:
    """Return the channel to listen to; a recording of several is decoded once for this.

    `alive` is called on the way.

    Raises:
        AudioError: it can't be read.
    """
    channels = info(path).channels
    if channels == 1:
        return Choice(None, "")
    levels, sums, products, count = [], np.zeros(channels), np.zeros((channels, channels)), 0
    for rate, block in frames(path, _BLOCK_S, lambda _: None):
        if block.shape[1] != channels:
            return Choice(None, "")  # joined recordings of several kinds
        alive()
        wide = block.astype(np.float64)
        sums += wide.sum(axis=0)
        products += wide.T @ wide
        count += len(block)
        size = max(1, int(rate * _STRETCH_S))
        whole = wide[: len(wide) // size * size].reshape(-1, size, channels)
        levels.append(whole.var(axis=1))
    power = np.concatenate([np.zeros((0, channels)), *levels])
    power = power[power.any(axis=1)]  # a hole in a video says nothing about its channels
    if not len(power):
        return Choice(None, "")
    return _chosen(power, (products - np.outer(sums, sums) / count) / count)


def _chosen(power: NDArray[np.float64], covariance: NDArray[np.float64]) -> Choice:
    """Choose by the power of each stretch and channel, and the covariance of channels."""
    level = 10 * np.log10(power + _NOTHING)
    loud = np.percentile(level, 95, axis=0)
    contrast = loud - np.percentile(level, 10, axis=0)
    silent = loud < loud.max() - _SILENT_DB
    best = int(np.argmax(np.where(silent, -np.inf, contrast)))
    noise = ~silent & (contrast < _STEADY_DB) & (contrast < contrast[best] - _SPEECH_DB)
    if silent.any() or noise.any():
        others = [
            f"{name} in {' and '.join(str(channel) for channel in np.flatnonzero(found))}"
            for name, found in (("silence", silent), ("noise", noise))
            if found.any()
        ]
        return Choice(best, f"there is {' and '.join(others)}")
    norm = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    correlation = covariance / np.maximum(np.outer(norm, norm), _NOTHING)
    if correlation.min() < _OPPOSED:
        return Choice(best, "the channels cancel each other")
    return Choice(None, "")


def listened(path: Path, asked: int | str | None, warn: Warn) -> list[int | None]:
    """Return the channels to listen to, one after the other.

    Args:
        path: the recording.
        asked: a number, `MIX`, `EACH`, or None to choose by what they hold.
        warn: is told which was chosen, and why.

    Raises:
        MalgwiError: the recording can't be read.
    """
    if asked == MIX:
        return [None]
    if asked == EACH:
        return list(range(info(path).channels))
    if isinstance(asked, int):
        return [asked]
    choice = choose(path)
    if choice.channel is not None:
        warn(f"{path}: listening to channel {choice.channel} alone, since {choice.why}")
    return [choice.channel]
