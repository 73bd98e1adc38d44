"""Labels that a model made → those that are worth learning from, and why not the others.

How sure a model must be isn't a number of its own: a weak one is sure of nothing, and a strong one
of nearly all. It is measured on the validation split, speech of the kind that is wanted: what is
less sure than so many of its clips is left out, be it noise, music or another language.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from malgwi.dataset.manifest import Utterance
from malgwi.decoding.confidence import ConfidenceMap, log_odds
from malgwi.untranscribed.labels import Heard

NOTHING = "nothing was heard in it"
UNSURE = "the model is less sure of it than of validation clips"
PACE = "its label has too few or too many letters for its length"
UNREADABLE = "it can't be read again"
_SLACK = 1.5
"""A label may be so many times as slow or fast as all but a twentieth of the transcripts are."""

_MOST_REPEATED = 4


class Sureness(NamedTuple):
    """How sure a model is of a text; the second counts where the first says nothing."""

    right: float
    """The share of its words that is expected to be right, 0 to 1."""
    raw: float
    """The mean of the log odds that the model itself gives its words."""


class Pace(NamedTuple):
    """Letters a second: the least and the most that somebody says."""

    least: float
    most: float


@dataclass(frozen=True)
class Picked:
    """What is learnt from, and what isn't."""

    kept: Mapping[str, float]
    """Id to the share of its words that is expected to be right."""
    left_out: Mapping[str, str]
    """Id to why."""
    least: Sureness
    """What is less sure was left out."""

    def counts(self) -> dict[str, int]:
        """Return how many were left out, by why."""
        return dict(Counter(self.left_out.values()))


def sureness(confidences: Sequence[float], confidence: ConfidenceMap) -> Sureness:
    """Return how sure a model is of a text of at least one word."""
    return Sureness(
        float(np.mean([confidence(c) for c in confidences])),
        float(np.mean([log_odds(c) for c in confidences])),
    )


def pace(transcribed: Iterable[Utterance]) -> Pace:
    """Return how fast people speak in clips with transcripts, at least one."""
    rates = [len(u.text.replace(" ", "")) / u.duration for u in transcribed]
    low, high = np.quantile(rates, (0.05, 0.95))
    return Pace(float(low) / _SLACK, float(high) * _SLACK)


def pick(
    heard: Iterable[Heard],
    durations: Mapping[str, float],
    valid: Iterable[Heard],
    confidence: ConfidenceMap,
    between: Pace,
    *,
    share: float,
) -> Picked:
    """Return which labels are kept.

    Args:
        heard: in stretches without a transcript.
        durations: of them, in seconds, by id.
        valid: heard in the validation clips by the same model.
        confidence: fitted there.
        between: how fast people speak.
        share: of the validation clips that would be kept, surest first; above 0, up to 1.
    """
    sure = sorted(sureness(h.confidences, confidence) for h in valid if h.confidences)
    least = sure[int((1 - share) * (len(sure) - 1))] if sure else Sureness(1.0, 0.0)
    kept: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for one in heard:
        if one.unreadable is not None:
            left_out[one.id] = UNREADABLE
        elif not one.confidences or not one.text:
            left_out[one.id] = NOTHING
        elif not _said(one.text, durations[one.id], between):
            left_out[one.id] = PACE
        elif (found := sureness(one.confidences, confidence)) < least:
            left_out[one.id] = UNSURE
        else:
            kept[one.id] = found.right
    return Picked(kept, left_out, least)


def balanced(transcribed: float, labelled: float) -> int:
    """Return how often a pass goes through transcripts, beside labels that may be wrong.

    Both are in hours; the transcripts should count as much, but not be learnt by heart.
    """
    return min(max(round(labelled / transcribed), 1), _MOST_REPEATED)


def repeated(
    transcribed: Sequence[Utterance], times: int, taken: Iterable[str] = ()
) -> list[Utterance]:
    """Return utterances so many times, with ids of their own, none of them among those `taken`."""
    known, mark = {*taken, *(u.id for u in transcribed)}, "#"
    while any(mark in one for one in known):
        mark += "#"
    again = (replace(u, id=f"{u.id}{mark}{n}") for n in range(2, times + 1) for u in transcribed)
    return [*transcribed, *again]


def _said(text: str, seconds: float, between: Pace) -> bool:
    return between.least <= len(text.replace(" ", "")) / seconds <= between.most
