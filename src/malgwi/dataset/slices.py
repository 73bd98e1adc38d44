"""Parts of a recording → slices of it that several processes can measure at once."""

from collections.abc import Collection, Sequence
from math import inf
from pathlib import Path
from typing import NamedTuple

from malgwi.errors import MalgwiError
from malgwi.speech import audio

_SLICE = 300 * audio.SAMPLE_RATE
"""Samples of a recording that a worker takes at least: going to a place takes milliseconds."""


class Part(NamedTuple):
    """What of a recording is measured."""

    channel: int | str | None = None
    """Counted from 0; `mix`: the average of all; None: chosen by what the channels hold."""
    first: int = 0
    """The place of its first sample at 16 kHz in the one decode."""
    end: int | None = None
    """One past its last sample; None is the recording's end, and so is what lies behind it."""


WHOLE = Part()


class Slice(NamedTuple):
    """What of a recording a worker decodes."""

    first: int = 0
    end: int | None = None
    """One past its last sample; None is the recording's end."""
    channels: tuple[int | str | None, ...] = ()
    """Decoded though no part may ask for them: what is no number there is a fault of all."""


ALL = Slice()


Cut = Sequence[tuple[Slice, Sequence[int]]]
"""Slices of a recording, each with the numbers of the parts that lie in it."""


def slices(path: Path, parts: Sequence[Part]) -> Cut:
    """Cut a recording between its parts, so that several workers can measure it.

    In one slice stays what can't be read from a place on, and what must be heard whole to choose
    a channel.
    """
    channels = tuple(dict.fromkeys(part.channel for part in parts))
    cut, first, inside, furthest = [], 0, list[int](), 0.0
    for i in sorted(range(len(parts)), key=lambda i: parts[i].first):
        start, end = parts[i].first, parts[i].end
        if inside and start >= max(furthest, first + _SLICE):
            cut.append((Slice(first, start, channels), inside))
            first, inside = start, []
        inside.append(i)
        furthest = max(furthest, inf if end is None else end)
    cut.append((Slice(first, None, channels), inside))
    return cut if len(cut) > 1 and _shared(path, first, channels) else [(ALL, range(len(parts)))]


def _shared(path: Path, first: int, channels: Collection[int | str | None]) -> bool:
    """Say whether workers can begin anywhere in a recording, up to its sample `first`."""
    try:
        header = audio.seeks(path)
    except (MalgwiError, OSError):  # which is told when it is measured
        return False
    if header is None or first >= header.samples:
        return False
    return header.channels == 1 or None not in channels
