"""Letters of a long text that are surely heard at a frame: what a recording and its text share.

A run of letters that is heard once and written once is a match, if it is so long that chance
hardly gives one. Of all matches the longest chain counts that goes forward in both (Hunt and
Szymanski 1977; anchors for alignment: Moreno et al. 1998, "A Recursive Algorithm for the Forced
Alignment of Very Long Audio Segments"), and of it what has company: another match near it on the
same course.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from math import ceil, log
from typing import NamedTuple

APART = 500
"""Frames between two anchors, at least (10 s): what lies between them is aligned as a whole."""
NEAR = 100
"""How many letters away company is looked for."""
CHANCE = 0.001
"""Matches by chance that are borne for each letter heard."""


class Anchor(NamedTuple):
    """A letter of the text and the frame in which it is heard."""

    letter: int
    """Its place among the letters of the text."""
    frame: int


def anchors(
    text: Sequence[int], heard: Sequence[int], frames: Sequence[int], *, apart: int = APART
) -> list[Anchor]:
    """Return anchors that rise in both, in order.

    Args:
        text: the ids of the letters that are written, without spaces.
        heard: those of the letters that are heard.
        frames: the frame in which each letter heard begins.
        apart: frames from one to the next, at least.
    """
    size = length(text, heard)
    chain = rising(matches(text, heard, size))
    found: list[Anchor] = []
    for at, (written, place) in enumerate(chain):
        frame = frames[place + size // 2]
        if (not found or frame >= found[-1].frame + apart) and has_company(chain, at, size):
            found.append(Anchor(written + size // 2, frame))
    return found


def length(text: Sequence[int], heard: Sequence[int]) -> int:
    """Return how many letters in a row a match needs, by how often two letters agree by chance."""
    if not text or not heard:
        return 1
    written, spoken = Counter(text), Counter(heard)
    agree = sum(count * spoken[letter] for letter, count in written.items())
    chance = agree / (len(text) * len(heard))
    if chance in (0.0, 1.0):
        return len(text) + 1  # nothing can be told from them
    return max(2, ceil(log(CHANCE / len(text)) / log(chance)))


def matches(text: Sequence[int], heard: Sequence[int], size: int) -> list[tuple[int, int]]:
    """Return where runs of `size` letters begin in both that occur once in each, in order."""
    written, spoken = _once(text, size), _once(heard, size)
    return [(at, spoken[run]) for run, at in written.items() if run in spoken]


def _once(letters: Sequence[int], size: int) -> dict[tuple[int, ...], int]:
    """Return the place of each run of letters that occurs once."""
    runs = [tuple(letters[at : at + size]) for at in range(len(letters) - size + 1)]
    number = Counter(runs)
    return {run: at for at, run in enumerate(runs) if number[run] == 1}


def rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest chain of pairs, sorted by the first, that rises in both."""
    ends: list[int] = []  # of the chains of each length, the one that ends lowest
    places: list[int] = []
    before: list[int] = []
    for at, (_, second) in enumerate(pairs):
        reach = bisect_left(ends, second)
        before.append(places[reach - 1] if reach else -1)
        ends[reach : reach + 1] = [second]
        places[reach : reach + 1] = [at]
    chain = []
    at = places[-1] if places else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def has_company(chain: Sequence[tuple[int, int]], at: int, size: int) -> bool:
    """Say whether another match stands near, apart from this one, on the same course.

    Up to a quarter of the letters between them may be heard or missed too much.
    """
    written, place = chain[at]
    for step in (-1, 1):
        other = at + step
        while 0 <= other < len(chain) and abs(chain[other][0] - written) <= NEAR:
            apart, heard_apart = abs(chain[other][0] - written), abs(chain[other][1] - place)
            if apart >= size and 4 * abs(apart - heard_apart) <= apart:
                return True
            other += step
    return False
