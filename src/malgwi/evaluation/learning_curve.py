"""Errors at growing shares of the speech → what more of it would bring, and how sure that is.

The curve is a power law of the hours h with a floor, `o(h) = L (f + (1 - f) (h / H) ** -b)`, of
the odds `o = e / (1 - e)` of an error rate e: small rates are nearly their odds, while large ones,
which end at 1, bend there. H are the most hours, f is the floor as a part of the odds there, and b
the exponent. A run's odds lie around the curve by a factor of spread s, since runs differ by
chance; s isn't known from four runs, so it is weighed like the others. All f, b and s of a grid are
weighed by how likely they make what was measured, and L by that, too (in closed form, with every
level as likely before).

This is done for draws of the validation clips with replacement, each brought back to the measured
level: what is asked is how these very clips will fare, so which of them were drawn may change the
curve's form alone. What comes out are draws of what a further run will measure, not of the curve.

Pure: counts in, rates out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from malgwi.speech.score import Counts

FEWEST = 3
"""Runs that a curve needs."""
LEVEL = 0.8
"""Of the interval."""
_FLOORS = 0.95 * np.linspace(0.0, 1.0, 20) ** 2
"""Closer together where they are low, as those of little speech mostly are."""
_EXPONENTS = np.linspace(0.0, 1.5, 31)
_SPREADS = np.geomspace(0.01, 0.32, 11)
_USUAL_SPREAD = 0.05
"""Half of the weight before anything is known lies on smaller spreads, half on larger ones."""
_DRAWS = 1000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """What a further run will measure at some hours, in draws."""

    hours: Sequence[float]
    rates: Floats
    """(draws, hours)"""

    def quantiles(self, *shares: float) -> Floats:
        """Return what so many of the draws don't exceed: (shares, hours)."""
        found: Floats = np.quantile(self.rates, shares, axis=0)
        return found

    def bounds(self) -> tuple[Floats, Floats, Floats]:
        """Return the lower end of the interval of `LEVEL`, the median and the upper end."""
        low, median, high = self.quantiles((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)
        return low, median, high


def forecast(
    hours: Sequence[float],
    counts: Sequence[Sequence[Counts]],
    at: Sequence[float],
    *,
    seed: int = 0,
) -> Forecast:
    """Fit the curve and return what runs at other hours will measure on the same clips.

    Args:
        hours: of each run, `FEWEST` or more of them, growing.
        counts: of each run, one entry a validation clip, of the same clips.
        at: the hours that are asked for.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    measured = _log_odds(counts, _once(len(counts[0])))[0]  # (runs,)
    drawn = _log_odds(counts, _weights(random, len(counts[0])))  # (draws, runs)
    drawn += measured.mean() - drawn.mean(axis=1, keepdims=True)
    floors, exponents, spreads = _grid()
    whole = max(hours)
    known = _form(np.array(hours) / whole, floors, exponents)  # (cells, runs)
    asked = _form(np.array(at) / whole, floors, exponents)  # (cells, at)
    rates = np.empty((_DRAWS, len(at)))
    for number, logs in enumerate(drawn):
        levels = (logs - known).mean(axis=1)
        squares = ((logs - known - levels[:, None]) ** 2).sum(axis=1)
        weights = _likelihood(squares, spreads, len(hours)) * _before(spreads)[:, None]
        cell = random.choice(weights.size, p=weights.ravel() / weights.sum())
        spread, place = spreads[cell // len(known)], cell % len(known)
        level = levels[place] + spread * random.standard_normal() / np.sqrt(len(hours))
        chance = spread * random.standard_normal(len(at))
        rates[number] = 1 / (1 + np.exp(-(level + asked[place] + chance)))
    return Forecast(tuple(at), rates)


def _grid() -> tuple[Floats, Floats, Floats]:
    """Return the floor and exponent of every cell, and the spreads."""
    floors, exponents = np.meshgrid(_FLOORS, _EXPONENTS)
    return floors.ravel(), exponents.ravel(), _SPREADS


def _form(shares: Floats, floors: Floats, exponents: Floats) -> Floats:
    """Return ln of the curve against its value at all hours: (cells, shares)."""
    powers = shares[None, :] ** -exponents[:, None]
    found: Floats = np.log(floors[:, None] + (1 - floors[:, None]) * powers)
    return found


def _likelihood(squares: Floats, spreads: Floats, runs: int) -> Floats:
    """Return how likely each spread and cell makes the runs, to a factor: (spreads, cells)."""
    logs = -squares[None, :] / (2 * spreads[:, None] ** 2)
    logs -= (runs - 1) * np.log(spreads[:, None])
    likelihood: Floats = np.exp(logs - logs.max())
    return likelihood


def _before(spreads: Floats) -> Floats:
    """Return the weight of spreads before anything is known: half a Cauchy, by their ln."""
    weights: Floats = spreads / (1 + (spreads / _USUAL_SPREAD) ** 2)
    return weights


def _once(clips: int) -> npt.NDArray[Any]:
    return np.ones((1, clips), dtype=np.int64)


def _weights(random: np.random.Generator, clips: int) -> npt.NDArray[Any]:
    """Return how often each clip is in each of the draws: (draws, clips)."""
    return random.multinomial(clips, np.full(clips, 1 / clips), size=_DRAWS)


def _log_odds(counts: Sequence[Sequence[Counts]], weights: npt.NDArray[Any]) -> Floats:
    """Return ln of the odds of an error of each run on each draw: (draws, runs).

    Half an error at least, and half a word or character that is right.
    """
    errors = np.array([[one.errors for one in row] for row in counts])
    spoken = np.array([[one.reference for one in row] for row in counts])
    wrong = np.maximum(weights @ errors.T, 0.5)
    found: Floats = np.log(wrong / np.maximum(weights @ spoken.T - wrong, 0.5))
    return found
