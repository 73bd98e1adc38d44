"""Recognised words to utterances, which are divided at pauses, and to tiers of both."""

from collections.abc import Sequence
from itertools import pairwise

from malgwi.annotation.annotation import Annotation
from malgwi.annotation.elan_tiers import NewTier
from malgwi.decoding.decode import TimedWord
from malgwi.recognition.subtitles import GAP_MS

LONGEST_MS = 15_000
"""What people can correct in one go, and a model learn from; one word may last longer."""


def utterances(words: Sequence[TimedWord]) -> list[list[TimedWord]]:
    """Group words, given in the order of their times, at every pause as long as a subtitle's.

    A group over 15 s is divided at its longest pause, of equal ones at the middlemost, until none
    is.
    """
    waiting = _divided(words, [i for i in range(1, len(words)) if _pause(words, i) >= GAP_MS])[::-1]
    found: list[list[TimedWord]] = []
    while waiting:
        group = waiting.pop()
        if len(group) > 1 and group[-1].end_ms - group[0].start_ms > LONGEST_MS:
            waiting += _divided(group, [_longest_pause(group)])[::-1]
        else:
            found.append(group)
    return found


def spoken(group: Sequence[TimedWord]) -> Annotation:
    """Return an utterance as one annotation."""
    text = " ".join(word.text for word in group)
    return Annotation(group[0].start_ms / 1000, group[-1].end_ms / 1000, text)


def each_word(words: Sequence[TimedWord]) -> tuple[Annotation, ...]:
    """Return an annotation for each word."""
    return tuple(Annotation(w.start_ms / 1000, w.end_ms / 1000, w.text) for w in words)


def elan_tiers(words: Sequence[TimedWord], before: str = "", after: str = "") -> list[NewTier]:
    """Return utterances, words within them, and for each word its confidence, 0 to 1.

    Confidence has a tier of its own, so that it is seen and no text has to be mended of it; with
    times, since pympi doesn't read one that refers to words that lie within utterances.
    """
    whole = f"{before}utterances{after}"
    confidence = tuple(
        Annotation(word.start_ms / 1000, word.end_ms / 1000, f"{word.confidence:.2f}")
        for word in words
    )
    return [
        NewTier(whole, tuple(map(spoken, utterances(words)))),
        NewTier(f"{before}words{after}", each_word(words), whole),
        NewTier(f"{before}confidence{after}", confidence, whole),
    ]


def _divided(words: Sequence[TimedWord], places: Sequence[int]) -> list[list[TimedWord]]:
    """Return the words before, between and after places; nothing for no words."""
    borders = [0, *places, len(words)]
    groups = (list(words[start:end]) for start, end in pairwise(borders))
    return [group for group in groups if group]


def _pause(words: Sequence[TimedWord], place: int) -> int:
    return words[place].start_ms - words[place - 1].end_ms


def _longest_pause(group: Sequence[TimedWord]) -> int:
    middle = (group[0].start_ms + group[-1].end_ms) / 2
    return max(
        range(1, len(group)),
        key=lambda place: (_pause(group, place), -abs(group[place].start_ms - middle)),
    )
