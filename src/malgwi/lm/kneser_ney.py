"""Sentences to an n-gram language model: modified Kneser-Ney smoothing, interpolated.

Chen & Goodman 1999, "An Empirical Study of Smoothing Techniques for Language Modeling", with the
definitions of Heafield et al. 2013, "Scalable Modified Kneser-Ney Language Model Estimation":
counts of the lower orders are numbers of different words before (n-grams that begin with `<s>`
keep their own), and the order 1 is interpolated with the uniform distribution.

Counting is sorting: each n-gram is a number made of its first n - 1 words' and its last word's.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from malgwi.errors import MalgwiError
from malgwi.lm.ngram import BOS, EOS, MOST_ORDER, UNK, Grams, LanguageModel, build

Numbers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

FALLBACK = (0.5, 1.0, 1.5)
"""Discounts of counts 1, 2, 3 and more where there are too few n-grams to work them out."""
_BOS, _EOS, _UNK = 0, 1, 2


class _Counts(NamedTuple):
    """The n-grams of one order, sorted."""

    prefix: Numbers
    """Place of its first n - 1 words in the order below."""
    suffix: Numbers
    """Place of its last n - 1 words there."""
    word: Numbers
    raw: Numbers
    """Times that it occurs."""
    begins: npt.NDArray[np.bool_]
    """Whether its first word is `<s>`."""


def estimate(
    sentences: Iterable[Sequence[str]],
    *,
    order: int = 3,
    prune: Sequence[int] = (),
    source: str = "text",
    warn: Callable[[str], object] = lambda _: None,
) -> LanguageModel:
    """Estimate a model.

    Args:
        sentences: each the words between `<s>` and `</s>`; empty ones count nothing.
        order: words of the longest n-grams, 1 to 6.
        prune: for each order from 1 the count up to which n-grams are left out; the last number
            holds for the orders after it. It starts with 0 and doesn't fall.
        source: what errors name.
        warn: told where the counts are too few for discounts of their own.

    Raises:
        MalgwiError: no words, or an option out of range.
    """
    thresholds = _thresholds(order, prune)
    ids, starts, words = _numbered(sentences)
    if len(words) == 3:
        raise MalgwiError(f"{source}: no words to learn from; give text with words in it")
    counts = _counted(ids, starts, order, len(words))
    grams: list[Grams] = []
    rows = np.arange(len(words))[:, None]
    below, stayed = np.zeros(0), np.zeros(0, dtype=np.bool_)
    for n, count in enumerate(counts):
        adjusted = count.raw
        if n + 1 < order:
            before = np.bincount(counts[n + 1].suffix, minlength=len(count.raw))
            adjusted = np.where(count.begins, count.raw, before)
        adjusted = np.where(count.begins, 0, adjusted) if n == 0 else adjusted
        off = discounts(adjusted, n + 1, warn)[np.minimum(adjusted, 3)]
        kept = count.raw > thresholds[n] if n else np.ones(len(count.raw), dtype=np.bool_)
        freed = np.where(kept, np.minimum(off, adjusted), adjusted)
        total = np.bincount(count.prefix, adjusted, minlength=len(rows) if n else 1)
        with np.errstate(invalid="ignore"):  # a history that nothing follows backs off for free
            share = np.bincount(count.prefix, freed, minlength=len(total)) / total
        left = np.where(total > 0, share, 1.0)
        lower = below[count.suffix] if n else np.full(len(words), 1 / (len(words) - 1))
        prob = (adjusted - freed) / total[count.prefix] + left[count.prefix] * lower
        if n == 0:
            prob[_BOS] = 1.0  # by convention: it is never predicted
        else:
            grams[n - 1] = grams[n - 1]._replace(backoff=np.log(left)[stayed])
            rows = np.column_stack([rows[count.prefix], count.word])
        below, stayed = prob, kept
        grams.append(Grams(rows[kept], np.log(prob[kept]), np.zeros(int(kept.sum()))))
    return build(words, grams, source)


def _thresholds(order: int, prune: Sequence[int]) -> list[int]:
    if not 1 <= order <= MOST_ORDER:
        raise MalgwiError(f"order {order}: expected 1 to {MOST_ORDER} words")
    if len(prune) > order or list(prune) != sorted(prune) or (prune and prune[0] != 0):
        raise MalgwiError(
            f"prune {','.join(map(str, prune))}: expected at most {order} counts, the first 0 "
            "(all words stay), none smaller than the one before, such as 0,0,1"
        )
    return [*prune, *[prune[-1] if prune else 0] * (order - len(prune))]


def _numbered(sentences: Iterable[Sequence[str]]) -> tuple[Numbers, Numbers, list[str]]:
    """Return all words' numbers, where in its sentence each stands, and the words."""
    known = {BOS: _BOS, EOS: _EOS, UNK: _UNK}
    ids: list[int] = []
    lengths: list[int] = []
    for sentence in sentences:
        if sentence:
            ids += (_BOS, *(known.setdefault(w, len(known)) for w in sentence), _EOS)
            lengths.append(len(sentence) + 2)
    places = np.concatenate([np.arange(n) for n in lengths]) if lengths else np.zeros(0, np.int64)
    return np.array(ids, dtype=np.int64), places, list(known)


def _counted(ids: Numbers, places: Numbers, order: int, size: int) -> list[_Counts]:
    raw = np.bincount(ids, minlength=size)
    everything = np.arange(size)
    counts = [
        _Counts(
            np.zeros(size, np.int64), np.zeros(size, np.int64), everything, raw, everything == _BOS
        )
    ]
    number = ids  # of the n-gram that ends at each place
    for n in range(1, order):
        ends = np.flatnonzero(places >= n)
        keys = number[ends - 1] * size + ids[ends]
        found, first, inverse, raw = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
        prefix = found // size
        suffix = number[ends[first]]
        counts.append(_Counts(prefix, suffix, found % size, raw, counts[-1].begins[prefix]))
        number = np.full(len(ids), -1)
        number[ends] = inverse
    return counts


def discounts(adjusted: Numbers, order: int, warn: Callable[[str], object]) -> Reals:
    """Return what is taken off the counts 0, 1, 2, and 3 or more."""
    t1, t2, t3, t4 = (int((adjusted == k).sum()) for k in (1, 2, 3, 4))
    if min(t1, t2, t3, t4):
        y = t1 / (t1 + 2 * t2)
        found = (1 - 2 * y * t2 / t1, 2 - 3 * y * t3 / t2, 3 - 4 * y * t4 / t3)
        if all(0 < d <= k for k, d in enumerate(found, 1)):
            return np.array((0.0, *found))
    warn(
        f"too few n-grams of order {order} to work out discounts ({t1}, {t2}, {t3}, {t4} of them "
        "counted once to four times); taking 0.5, 1 and 1.5"
    )
    return np.array((0.0, *FALLBACK))
