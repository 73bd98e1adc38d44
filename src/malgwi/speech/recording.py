"""What every reader of recordings takes and gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from malgwi.errors import MalgwiError

LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000
"""Hz; a file that claims a rate outside has a broken header (speech ends where 4 kHz begins)."""
PADDING_S = 0.1
"""Encoders' padding is shorter: less than this is never missing."""
BLOCK_VALUES = 1 << 24
"""So that no count of channels can ask for more than 64 MB at a time."""

Frames = NDArray[np.float32]
"""Shape (samples, channels), -1 to 1, at the file's own rate."""


class AudioError(MalgwiError):
    """A recording can't be read; the message names it, what is wrong and what to do."""


class WrongHeader(str):
    """A sentence about a header that says something else than the file holds, all of it read.

    Other sentences about a recording say that some of its sound is missing.
    """

    __slots__ = ()


Warn = Callable[[str], object]
"""Is told what is wrong with a recording that is read all the same."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of itself, which decoding may prove wrong."""

    sample_rate: int
    """Hz, the file's own."""
    channels: int
    samples: int
    """Per channel, at the file's own rate; 0 when the file doesn't say."""

    @property
    def seconds(self) -> float:
        """The length that the file claims."""
        return self.samples / self.sample_rate


class Reader(Protocol):
    """One way to read a file, chosen by what the file holds."""

    def info(self, path: Path) -> AudioInfo:
        """Read what the file says of itself."""

    def frames(self, path: Path, block_s: float, warn: Warn) -> Iterator[tuple[int, Frames]]:
        """Yield the sound in order as (Hz, frames) of about `block_s` seconds or less.

        The rate may change on the way, where recordings were joined.
        """


def refuse_rate(path: Path, rate: int) -> NoReturn:
    """Refuse a rate that no recording of speech has.

    Raises:
        AudioError: always.
    """
    raise AudioError(
        f"{path}: the header claims {rate:,} Hz; expected {LOWEST_RATE:,} to {HIGHEST_RATE:,}. "
        "The header is broken: convert the file again or leave it out"
    )


def truncated(path: Path, seconds: float, trouble: str = "") -> str:
    """Return the sentence about a file that ends before it should."""
    return f"{path}: truncated after {seconds:.2f} s{trouble}"
