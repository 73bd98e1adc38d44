"""Utterances of a data set → where they are in other recordings, whatever those are called.

A clip that was cut out of an hour, or lies there as another lossless file, holds the same samples.
Each half of an utterance is known by a quarter of a second of it, where it is loudest, and every
quarter of a second of a recording is compared. Copies that were encoded with losses, or resampled
apart from each other, hold other samples and aren't found.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.dataset.manifest import Stretch, Utterance
from malgwi.dataset.sound import Recordings, in_time
from malgwi.errors import MalgwiError
from malgwi.speech.audio import SAMPLE_RATE, Samples, to_16_bits

WINDOW = SAMPLE_RATE // 4
"""Samples by which a half is known."""
_STEP = 320
_BASE = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that it has an inverse modulo 2^64."""
_INVERSE = np.uint64(pow(int(_BASE), -1, 2**64))

Numbers = npt.NDArray[np.uint64]


class Place(NamedTuple):
    """A part of a recording that is an utterance of the data set."""

    first: int
    """Its first sample; below 0 where the recording begins inside the utterance."""
    end: int
    utterance: Utterance

    def overlaps(self, first: int, samples: int) -> bool:
        """Say whether a stretch of the recording shares a sample with it."""
        return self.first < first + samples and first < self.end


class _Mark(NamedTuple):
    utterance: Utterance
    at: int
    """Of the window, in the utterance."""


class KnownSound:
    """Utterances, by their files and by what they sound like; `Search` looks for that."""

    def __init__(self) -> None:
        """Begin without any."""
        self._marks: dict[int, list[_Mark]] = {}
        self._files: dict[str, list[Utterance]] = {}

    def add_file(self, utterance: Utterance) -> None:
        """Take in where an utterance is in its file."""
        self._files.setdefault(utterance.stretch.sha256, []).append(utterance)

    def in_file(self, stretch: Stretch) -> Utterance | None:
        """Return an utterance of the same file that shares a sample with a stretch."""
        there = self._files.get(stretch.sha256, ())
        return next((u for u in there if u.stretch.overlaps(stretch)), None)

    def add(self, utterance: Utterance, samples: Samples) -> None:
        """Take in its sound; silence, and what is shorter than a window, isn't known again."""
        half = max(len(samples) // 2, WINDOW)
        for start in range(0, len(samples) - WINDOW + 1, half):
            at = _loudest(samples[start : start + half])
            if at is not None:
                window = to_16_bits(samples[start + at : start + at + WINDOW])
                key = int(_hashes(window)[0])
                self._marks.setdefault(key, []).append(_Mark(utterance, start + at))

    @property
    def keys(self) -> Numbers:
        """The hashes of the windows, sorted."""
        return np.array(sorted(self._marks), dtype=np.uint64)

    def marked(self, key: int) -> list[_Mark]:
        """Return whose windows have a hash."""
        return self._marks[key]


def known_sound(
    utterances: Iterable[Utterance], heard: Callable[[float], object] = lambda _: None
) -> KnownSound:
    """Return what is known of utterances: of those that can't be read, their files.

    `heard` is told of the seconds of each.
    """
    known, recordings = KnownSound(), Recordings()
    for utterance in in_time(utterances):
        known.add_file(utterance)
        with suppress(MalgwiError):  # it is named where it is used
            known.add(utterance, recordings.read(utterance))
        heard(utterance.duration)
    return known


class Search:
    """Looks for known sound in one recording that arrives in blocks of any sizes."""

    def __init__(self, known: KnownSound) -> None:
        """Begin a recording."""
        self._known, self._keys = known, known.keys
        self._held = np.zeros(0, np.int16)
        self._start = 0
        self.places: list[Place] = []
        """What was found so far."""

    def feed(self, block: Samples) -> None:
        """Take samples at 16 kHz."""
        held = np.concatenate([self._held, to_16_bits(block)])
        if len(self._keys) and len(held) >= WINDOW:
            hashes = _hashes(held)
            near = np.minimum(np.searchsorted(self._keys, hashes), len(self._keys) - 1)
            for at in np.flatnonzero(self._keys[near] == hashes):
                for mark in self._known.marked(int(hashes[at])):
                    first = self._start + int(at) - mark.at
                    samples = mark.utterance.stretch.samples
                    self.places.append(Place(first, first + samples, mark.utterance))
        keep = min(len(held), WINDOW - 1)
        self._start += len(held) - keep
        self._held = held[len(held) - keep :]


def _loudest(samples: Samples) -> int | None:
    """Return where the loudest window begins; None where there is none, or only silence."""
    sums = np.concatenate([[0.0], np.cumsum(to_16_bits(samples).astype(np.float64) ** 2)])
    energies = (sums[WINDOW:] - sums[:-WINDOW])[::_STEP]
    if not len(energies) or not energies.max():
        return None
    return int(energies.argmax()) * _STEP


def _hashes(samples: npt.NDArray[np.int16]) -> Numbers:
    """Return the polynomial hash, modulo 2^64, of every window of samples."""
    values = samples.astype(np.int64).view(np.uint64)
    powers = np.full(len(values), _BASE)
    powers[0] = 1
    powers = np.multiply.accumulate(powers)
    inverses = np.full(len(values) - WINDOW + 1, _INVERSE)
    inverses[0] = 1
    inverses = np.multiply.accumulate(inverses)
    sums = np.concatenate([np.zeros(1, np.uint64), np.add.accumulate(values * powers)])
    found: Numbers = (sums[WINDOW:] - sums[:-WINDOW]) * inverses
    return found
