"""Subtitles of one recording in several languages: which of them a file has, by its name.

    talk.en.vtt, talk.es.vtt     tiers `subtitles en` and `subtitles es`, to choose from
    talk.en.vtt                  all that there is: `subtitles`, as without a language

A number there is that of a channel or a version.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from malgwi.annotation.subtitles import ENDINGS, TIER
from malgwi.corpus.folder import name_key
from malgwi.corpus.pairing import Pair
from malgwi.corpus.tiers import Choice

if TYPE_CHECKING:
    from pathlib import Path

_WORD = re.compile(r"[^\W\d_]{2}")
_TAG = re.compile("[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*")


def by_language(pairs: Iterable[Pair], choice: Choice) -> tuple[Pair, ...]:
    """Return the pairs, their tiers of subtitles called by language where that tells them apart.

    Where one recording has several languages all files of the corpus say theirs, so that a choice
    holds for all of them; likewise where `choice` names tiers so.
    """
    pairs = tuple(pairs)
    found = [_said_by_name(one) for one in pairs]
    labels: dict[Path, set[str]] = defaultdict(set)
    for one, (label, _) in zip(pairs, found, strict=True):
        if one.recording and _is_subtitles(one):
            labels[one.recording].add(label)
    several = any(len(of_one) > 1 for of_one in labels.values())
    asked = any(f"{TIER} " in words for words in (*choice.take, *choice.leave))
    if not several and not asked:
        return pairs
    return tuple(
        _called(one, f"{TIER} {label}", language) if label else one
        for one, (label, language) in zip(pairs, found, strict=True)
    )


def _is_subtitles(one: Pair) -> bool:
    return one.annotated.path.suffix.lower() in ENDINGS


def _said_by_name(one: Pair) -> tuple[str, str | None]:
    """Return what stands between a recording's name and the ending, and the language in it."""
    if not one.recording or not _is_subtitles(one):
        return "", None
    own = {name_key(one.recording.stem), name_key(one.recording.name)}
    stem, words = name_key(one.annotated.path.stem), list[str]()
    while stem not in own:
        stem, dot, word = stem.rpartition(".")
        if not dot:
            return "", None
        words.insert(0, word)
    if not any(map(_WORD.match, words)):
        return "", None
    # talk.en.forced.vtt is another text than talk.en.vtt.
    return ".".join(words), next(filter(_TAG.fullmatch, words), None)


def _called(one: Pair, name: str, language: str | None) -> Pair:
    annotated = one.annotated
    tiers = tuple(replace(tier, name=name, language=language) for tier in annotated.tiers)
    problems = tuple(replace(problem, tier=name) for problem in annotated.problems)
    return replace(one, annotated=replace(annotated, tiers=tiers, problems=problems))
