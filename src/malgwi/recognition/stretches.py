"""Pieces of text with their places in a recording → stretches to learn from, and what is left out.

A stretch begins and ends in a pause. It is a sentence where that lasts long enough, else as few as
do; where a sentence is too long it ends at pauses inside. In a stretch nothing is heard that its
text lacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.decoding.skips import Found
from malgwi.recognition.locate import Located
from malgwi.recognition.sentences import Piece

SHORTEST_S, LONGEST_S = 2.0, 15.0
PAUSE_S = 0.1
"""A stretch ends in no shorter pause."""
MARGIN_S = 0.25
"""The most of a pause that it has on each side."""
REACH_S = 1.0
"""How far from a piece its pause may begin."""
STRAY_S = 0.06
"""So much sound between two pieces of a stretch is a letter misheard, not a word."""
_LEFT_OUT, _WITHIN, _JOINED = 1_000.0, 10.0, 1.0


@dataclass(frozen=True)
class Stretch:
    """A part of a recording and what is said in it."""

    start_frame: int
    end_frame: int
    pieces: tuple[Piece, ...]
    score: float
    """The fits of its letters' paths, a letter; 0 is best."""

    @property
    def text(self) -> str:
        """The pieces as they are written."""
        return " ".join(piece.written for piece in self.pieces)


class Unused(NamedTuple):
    """A piece that is found and in no stretch."""

    at: int
    """Its place among the pieces."""
    reason: str


class Placed(NamedTuple):
    """A piece that is found, and where a stretch may begin and end beside it."""

    at: int
    """Its place among all pieces, found or not."""
    piece: Piece
    place: Found
    start: int | None
    """Where a stretch may begin that begins with it, if it may."""
    end: int | None
    joins: bool
    """Whether it can follow the piece before it in a stretch."""


def stretches(located: Located, frame_s: float) -> tuple[list[Stretch], list[Unused]]:
    """Return the stretches of a recording, and the pieces that fit in none."""
    return divide(_placed(located, frame_s), frame_s)


def divide(placed: Sequence[Placed], frame_s: float) -> tuple[list[Stretch], list[Unused]]:
    """Return the stretches of pieces that are found, in their order, and those that fit in none.

    Of all ways to divide the pieces the one counts that leaves least out, then ends fewest
    stretches within sentences, then has the shortest stretches.
    """
    shortest, longest = SHORTEST_S / frame_s, LONGEST_S / frame_s
    best: list[tuple[float, int]] = [(0.0, 0)]
    """Of the first pieces: their cost, and how many of them the last stretch has (0: left out)."""
    for last, piece in enumerate(placed):
        length = piece.place.end_frame - piece.place.start_frame
        choice = best[last][0] + _LEFT_OUT * length, 0
        for first in range(last, -1, -1):
            begin = placed[first].start
            if piece.end is None or piece.end - placed[first].place.start_frame > longest:
                break
            if begin is not None and shortest <= piece.end - begin <= longest:
                within = 0.0 if piece.piece.ends else _WITHIN
                cost = best[first][0] + within + _JOINED * (last - first)
                choice = min(choice, (cost, last - first + 1))
            if not placed[first].joins:
                break
        best.append(choice)
    found: list[Stretch] = []
    unused: list[Unused] = []
    last = len(placed)
    while last:
        size = best[last][1]
        part = placed[last - max(size, 1) : last]
        if size:
            found.append(_stretch(part))
        else:
            unused.append(Unused(part[0].at, _why(part[0])))
        last -= len(part)
    return found[::-1], unused[::-1]


def _placed(located: Located, frame_s: float) -> list[Placed]:
    sounding = located.sounding
    pause, margin = round(PAUSE_S / frame_s), round(MARGIN_S / frame_s)
    reach, stray = round(REACH_S / frame_s), round(STRAY_S / frame_s)
    items = [
        (at, piece, place)
        for at, (piece, place) in enumerate(zip(located.pieces, located.places, strict=True))
        if place is not None
    ]
    found: list[Placed] = []
    for number, (at, piece, place) in enumerate(items):
        before = items[number - 1][2].end_frame if number else 0
        after = items[number + 1][2].start_frame if number + 1 < len(items) else len(sounding)
        left, right = max(before, place.start_frame - reach), min(after, place.end_frame + reach)
        start = end = None
        quiet = _pause(sounding[left : place.start_frame][::-1], pause, stray, at_edge=not left)
        if quiet is not None:
            begin, stop = place.start_frame - quiet[1], place.start_frame - quiet[0]
            if number and begin == before:
                begin = (begin + stop) // 2  # the piece before has the other half
            start = max(begin, stop - margin, (found[-1].end or 0) if found else 0)
        quiet = _pause(
            sounding[place.end_frame : right], pause, stray, at_edge=right == len(sounding)
        )
        if quiet is not None:
            begin, stop = place.end_frame + quiet[0], place.end_frame + quiet[1]
            if number + 1 < len(items) and stop == after:
                stop = (begin + stop + 1) // 2
            end = min(stop, begin + margin)
        clean = np.count_nonzero(sounding[before : place.start_frame]) <= stray
        found.append(Placed(at, piece, place, start, end, bool(number and clean)))
    return found


def _pause(
    sounding: npt.NDArray[np.bool_], least: int, stray: int, *, at_edge: bool
) -> tuple[int, int] | None:
    """Return the pause at the beginning of what follows a piece, if there is one.

    That is all of it, where hardly anything sounds; else the first run without sound of twice
    `least`, or the longest, if it has `least`. At an edge of the recording any length will do.
    """
    if np.count_nonzero(sounding) <= stray and (at_edge or len(sounding) >= least):
        return 0, len(sounding)
    edges = np.concatenate([[-1], np.flatnonzero(sounding), [len(sounding)]])
    lengths = np.diff(edges) - 1
    long = np.flatnonzero(lengths >= least)
    at = int(long[0]) if len(long) else int(lengths.argmax())
    if lengths[at] < least and not at_edge:
        return None
    return int(edges[at]) + 1, int(edges[at + 1])


def _stretch(part: Sequence[Placed]) -> Stretch:
    letters = sum(len(each.piece.spoken) for each in part)
    score = sum(each.place.score * len(each.piece.spoken) for each in part) / letters
    start, end = part[0].start, part[-1].end
    if start is None or end is None:
        raise AssertionError("a stretch ends in pauses")
    return Stretch(start, end, tuple(each.piece for each in part), score)


def _why(each: Placed) -> str:
    if each.start is None or each.end is None:
        return "no pause beside it"
    return "too short or too long"
