"""What parts of a recording hold, measured by decoding it once: length, levels, a fingerprint.

`python -m malgwi.dataset.measure` is a process that does so: paths and parts in, facts out, a JSON
line a recording, and empty lines before it as signs of life (`malgwi.dataset.measurers`).
"""

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from math import log10
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from malgwi.dataset.slices import ALL, WHOLE, Part, Slice
from malgwi.errors import MalgwiError
from malgwi.speech import audio
from malgwi.speech.channels import Choice, choose

FULL_SCALE = 0.999
"""A sample from here up counts as clipped."""

SPECTRUM_DB = 60.0
"""Hiss of a microphone stays within this of the peak of speech; where nothing was recorded, only
rounding to 16 bits is left, some 80 below."""

_BLOCK_S = 10.0
_MEASURED = 10 * audio.SAMPLE_RATE
"""Samples measured at a time."""
_SPECTRUM = 512
_WINDOW = np.hanning(_SPECTRUM + 1)[:-1].astype(np.float32)
_STRETCH = audio.SAMPLE_RATE // 10
_CHUNK = 1 << 24  # bytes hashed at a time


@dataclass(frozen=True, slots=True)
class Recording:
    """The facts of one part of a recording; where `problem` is set, the others mean nothing."""

    samples: int = 0
    """At 16 kHz."""
    length: int = 0
    """Samples of the whole recording."""
    sample_rate: int = 0
    """The file's own, Hz."""
    channels: int = 0
    loudest_dbfs: float = -200.0
    """Level of the loudest 0.1 s about its mean (dB below full scale; -200 for silence)."""
    highest_hz: float = 0.0
    """Above this its spectrum is `SPECTRUM_DB` below its peak everywhere."""
    clipped: float = 0.0
    """Share of samples at full scale, 0 to 1."""
    sha256: str = ""
    """Of the file's bytes."""
    sound_sha256: str = ""
    """Of the samples that a model would hear: equal for copies in another container."""
    channel: int | None = None
    """The one that was measured, counted from 0; None is the average of all."""
    channel_chosen: str = ""
    """Why this channel, where the corpus doesn't say which."""
    truncated: str = ""
    """What was said about a file that ends too early."""
    wrong_header: str = ""
    """What was said about a header that says something else than the file holds."""
    problem: str = ""
    """Why the recording can't be read."""

    @property
    def seconds(self) -> float:
        """The length at 16 kHz."""
        return self.samples / audio.SAMPLE_RATE

    @property
    def is_whole(self) -> bool:
        """Whether the part is all of the recording."""
        return self.samples == self.length


def measure(
    path: Path,
    parts: Sequence[Part] = (WHOLE,),
    alive: Callable[[], object] = lambda: None,
    of: Slice = ALL,
) -> list[Recording]:
    """Decode a recording block by block and return the facts of each part of it.

    It is decoded once for each channel that is asked for. `alive` is called on the way. Of a slice
    `length` is where its sound ended, and only the last one has the hash of the file.
    """
    try:
        header = audio.info(path)
        found: dict[int, Recording] = {}
        for channel in dict.fromkeys([*(part.channel for part in parts), *of.channels]):
            of_channel = {i: part for i, part in enumerate(parts) if part.channel == channel}
            found |= _measured(path, header, channel, of_channel, alive, of=of)
        digest = _digest(path, alive) if of.end is None else ""
    except (MalgwiError, OSError) as error:
        return [Recording(problem=str(error))] * len(parts)
    return [replace(found[i], sha256=digest) for i in range(len(parts))]


def _digest(path: Path, alive: Callable[[], object]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            alive()
    return digest.hexdigest()


def _measured(
    path: Path,
    header: audio.AudioInfo,
    channel: int | str | None,
    parts: dict[int, Part],
    alive: Callable[[], object],
    *,
    of: Slice,
) -> dict[int, Recording]:
    """Return the facts of each part, all of one channel, but for the hash of the file."""
    said: list[str] = []
    choice = Choice(channel if isinstance(channel, int) else None, "")
    if channel is None:
        choice = choose(path, alive)
    coming = sorted(parts, key=lambda i: parts[i].first, reverse=True)
    begun: dict[int, _Meter] = {}
    facts: dict[int, dict[str, Any]] = {}
    place = of.first
    for sound in audio.blocks(path, _BLOCK_S, said.append, choice.channel, of.first):
        block = sound if of.end is None else sound[: of.end - place]
        end = place + len(block)
        while coming and parts[coming[-1]].first < end:
            begun[coming.pop()] = _Meter()
        for i, meter in tuple(begun.items()):
            stop = parts[i].end
            last = end if stop is None else min(stop, end)
            meter.add(block[max(parts[i].first - place, 0) : last - place])
            if stop is not None and stop <= end:
                facts[i] = begun.pop(i).facts()
        place = end
        alive()
        if place == of.end:
            break
    facts |= {i: meter.facts() for i, meter in begun.items()}
    facts |= {i: _Meter().facts() for i in coming}
    truncated = "".join(text for text in said if not isinstance(text, audio.WrongHeader))
    wrong_header = "".join(text for text in said if isinstance(text, audio.WrongHeader))
    return {
        i: Recording(
            length=place,
            sample_rate=header.sample_rate,
            channels=header.channels,
            channel=choice.channel,
            channel_chosen=choice.why,
            truncated=truncated,
            wrong_header=wrong_header,
            **facts[i],
        )
        for i in parts
    }


class _Meter:
    """Measures sound that comes in blocks of any size; what it finds doesn't depend on them."""

    def __init__(self) -> None:
        self._samples = self._clipped = 0
        self._loudest = 0.0
        self._power = np.zeros(_SPECTRUM // 2 + 1)
        self._digest = hashlib.sha256()
        self._waiting: list[audio.Samples] = []
        self._waits = 0

    def add(self, block: audio.Samples) -> None:
        """Take in the next block."""
        self._waiting.append(block)
        self._waits += len(block)
        while self._waits >= _MEASURED:
            held = self._joined()
            self._take(held[:_MEASURED])
            self._waiting = [held[_MEASURED:]]
            self._waits -= _MEASURED

    def facts(self) -> dict[str, Any]:
        """Return what was found, at the end."""
        if self._waits:
            self._take(self._joined())
        count, loudest = self._samples, self._loudest
        return {
            "samples": count,
            "loudest_dbfs": round(10 * log10(loudest), 1) if loudest > 1e-20 else -200.0,
            "highest_hz": _highest(self._power),
            "clipped": self._clipped / count if count else 0.0,
            "sound_sha256": self._digest.hexdigest(),
        }

    def _joined(self) -> audio.Samples:
        return self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)

    def _take(self, block: audio.Samples) -> None:
        self._samples += len(block)
        self._clipped += int(np.count_nonzero(np.abs(block) >= FULL_SCALE))
        self._loudest = max(self._loudest, _loudest(block))
        self._power += _power(block)
        self._digest.update(np.ascontiguousarray(block).data)


def _loudest(block: audio.Samples) -> float:
    """Return the largest variance of stretches of 0.1 s, or that of all if it is shorter."""
    whole = len(block) // _STRETCH * _STRETCH
    stretches = block[:whole].reshape(-1, _STRETCH) if whole else block[None]
    return float(stretches.var(axis=1, dtype=np.float64).max())


def _power(block: audio.Samples) -> NDArray[np.float64]:
    """Return the power spectrum, summed over stretches of `_SPECTRUM` samples."""
    whole = block[: len(block) // _SPECTRUM * _SPECTRUM].reshape(-1, _SPECTRUM)
    spectrum = np.fft.rfft((whole - whole.mean(axis=1, keepdims=True)) * _WINDOW)
    power: NDArray[np.float64] = (spectrum.real**2 + spectrum.imag**2).sum(axis=0, dtype=np.float64)
    return power


def _highest(power: NDArray[np.float64]) -> float:
    over = np.flatnonzero(power > power.max() * 10 ** (-SPECTRUM_DB / 10))
    return float(over[-1]) * audio.SAMPLE_RATE / _SPECTRUM if len(over) else 0.0


def _main() -> None:
    for line in sys.stdin:
        path, parts, of = json.loads(line)
        found = measure(Path(path), [Part(*part) for part in parts], _give_sign, Slice(*of))
        sys.stdout.write(json.dumps([asdict(recording) for recording in found]) + "\n")
        sys.stdout.flush()


def _give_sign() -> None:
    sys.stdout.write("\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        _main()
