"""Stretches, how much of them is probably wrong, what they sound like → which to write down.

What is chosen should stand for all that the model gets wrong: a stretch is worth the errors of
those that sound like it, as far as no chosen one does so already (facility location, weighted by
errors; greedily by the worth of a second, which Nemhauser, Wolsey & Fisher 1978 bound). So
variety needs no rule of its own, and a second copy of something is worth nothing.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float32]

ALIKE = 0.995
"""Similarity from which on two stretches count as copies, of which one is enough."""
_STAND_FOR = 2_000
"""Stretches that the others are held against, at most; drawn at random beyond that."""


def choose(
    errors: Sequence[float],
    seconds: Sequence[float],
    sounds: npt.NDArray[np.floating],
    *,
    budget: float,
    seed: int = 0,
) -> list[int]:
    """Return the places of those to write down, the most useful first.

    Args:
        errors: words of each that are probably wrong; those with none aren't chosen.
        seconds: of each, above 0.
        sounds: what each sounds like, (stretches, numbers).
        budget: seconds of all that are chosen, at most.
        seed: of what is drawn where there are very many.
    """
    worth, length = np.array(errors, np.float32), np.array(seconds, np.float32)
    unit = _unit(sounds)
    drawn = np.arange(len(worth))
    if len(drawn) > _STAND_FOR:
        drawn = np.random.default_rng(seed).permutation(drawn)[:_STAND_FOR]
    held, weights = unit[drawn], worth[drawn]
    covered = np.zeros(len(drawn), np.float32)

    def gain(place: int) -> float:
        near = np.maximum(held @ unit[place], 0.0)
        more = np.maximum(near - covered, 0.0) @ weights
        return float(more) / float(length[place])

    chosen: list[int] = []
    # What a stretch adds only falls as others are chosen, so that an old value is a bound.
    left = [(-gain(i), i) for i in range(len(worth)) if worth[i] > 0]
    heapify(left)
    while left:
        _, place = heappop(left)
        if length[place] > budget:
            continue
        if chosen and float((unit[chosen] @ unit[place]).max()) >= ALIKE:
            continue
        now = -gain(place)
        if left and now > left[0][0]:
            heappush(left, (now, place))
            continue
        chosen.append(place)
        budget -= float(length[place])
        covered = np.maximum(covered, held @ unit[place])
    return chosen


def _unit(sounds: npt.NDArray[np.floating]) -> Numbers:
    """Return vectors of length 1, each number of them as varied as the others."""
    centred = sounds - sounds.mean(axis=0, keepdims=True)
    spread = centred.std(axis=0, keepdims=True)
    even = np.where(spread > 0, centred / np.where(spread > 0, spread, 1.0), 0.0)
    length = np.linalg.norm(even, axis=1, keepdims=True)
    unit: Numbers = (even / np.where(length > 0, length, 1.0)).astype(np.float32)
    return unit
