"""Word confidences that mean something: how far they are from the share of words that are right.

`malgwi export` fits the map that makes the two agree (`malgwi.decoding.confidence`) on the
validation split, after Platt 1999, "Probabilistic outputs for support vector machines". The error
is that of Guo et al. 2017, "On calibration of modern neural networks".
"""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.decoding.confidence import LARGEST_SLOPE, ConfidenceMap, log_odds
from malgwi.decoding.decode import Word
from malgwi.speech.score import edit_script
from malgwi.speech.text import PLAIN, Normalisation, normalise

BINS = 10
"""Of equal width, from 0 to 1, in which confidence and share of right words are compared."""

_Numbers = npt.NDArray[np.float64]


class Judged(NamedTuple):
    """One recognised word: how sure the model was, and whether it was right."""

    confidence: float
    right: bool


class Bin(NamedTuple):
    """Words of about one confidence."""

    words: int
    confidence: float
    """Their mean, 0 to 1."""
    right: float
    """The share of them that is right, 0 to 1."""


def judge(words: Sequence[Word], reference: str, rules: Normalisation = PLAIN) -> list[Judged]:
    """Say of each recognised word whether it is right, by the alignment with the fewest edits.

    `reference` is normalised; so are the words, and those of which nothing is left are no words.
    """
    # Of the whole text: only there quotation marks around several words are no apostrophes.
    whole = iter(normalise(" ".join(word.text for word in words), rules).split())
    heard = [
        (part, word.confidence)
        for word in words
        for part in islice(whole, len(normalise(word.text, rules).split()))
    ]
    edits = edit_script(reference.split(), [part for part, _ in heard])
    right = [edit.kind == "hit" for edit in edits if edit.kind != "deletion"]
    return [Judged(chance, hit) for (_, chance), hit in zip(heard, right, strict=True)]


def reliability(words: Sequence[Judged]) -> list[Bin]:
    """Sort words into `BINS` by confidence; bins without words are left out."""
    chance, right = _columns(words)
    place = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    return [
        Bin(int(these.sum()), float(chance[these].mean()), float(right[these].mean()))
        for these in (place == number for number in range(BINS))
        if these.any()
    ]


def calibration_error(words: Sequence[Judged]) -> float:
    """Return the expected calibration error, 0 to 1: 0 is best, and what no words have.

    It is the mean over all words of how far, in the word's bin, mean confidence and share of
    right words are apart.
    """
    bins = reliability(words)
    return sum(b.words * abs(b.confidence - b.right) for b in bins) / max(len(words), 1)


def fit(words: Sequence[Judged]) -> ConfidenceMap:
    """Return the likeliest map for `words`, with Platt's targets against overconfidence.

    Where surer words are wrong more often, the slope is 0: all get the share of right words.
    Without words nothing is changed (slope 1, offset 0).
    """
    if not words:
        return ConfidenceMap(1.0, 0.0)
    chance, right = _columns(words)
    odds, one = np.array([[log_odds(c)] for c in chance]), np.ones((len(words), 1))
    hits = right.sum()
    target = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(words) - hits + 2))
    slope, offset = _likeliest(np.hstack([odds, one]), np.zeros(len(words)), target)
    if not 0.0 <= slope <= LARGEST_SLOPE:
        slope = min(max(slope, 0.0), LARGEST_SLOPE)
        offset = _likeliest(one, slope * odds[:, 0], target)[0]
    return ConfidenceMap(float(slope), float(offset))


def _likeliest(columns: _Numbers, base: _Numbers, target: _Numbers) -> _Numbers:
    """Return the weights of a logistic regression on `base` and the weighted columns.

    Newton's method, with steps halved until the likelihood rises.
    """

    def loss(weights: _Numbers) -> float:
        score = base + columns @ weights
        return float((np.logaddexp(0.0, score) - target * score).sum())

    weights = np.zeros(columns.shape[1])
    for _ in range(100):
        score = np.clip(base + columns @ weights, -500.0, 500.0)
        chance = 1.0 / (1.0 + np.exp(-score))
        bend = (columns.T * (chance * (1.0 - chance))) @ columns + 1e-9 * np.eye(len(weights))
        step = np.linalg.solve(bend, columns.T @ (chance - target))
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-9:
            step /= 2.0
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def _columns(words: Sequence[Judged]) -> tuple[_Numbers, _Numbers]:
    table = np.array(words, dtype=np.float64).reshape(len(words), 2)
    return table[:, 0], table[:, 1]
