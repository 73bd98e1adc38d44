"""The tiers of many files: what each holds, and which of them are meant."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any, Literal

from malgwi.annotation.annotation import Annotated, Annotation, Tier
from malgwi.corpus.row import one_name
from malgwi.errors import MalgwiError

SpeakerFrom = Literal["tier", "participant", "file"]
SPEAKER_FROM: tuple[SpeakerFrom, ...] = ("tier", "participant", "file")
_KEYS = ("name", "type", "parent", "participant", "language")
_SAMPLES = 5
_GENERATIONS = 50
Spans = list[tuple[float, float]]


@dataclass(frozen=True)
class Summary:
    """Tiers of one name, type and parent in all files together."""

    name: str
    type: str | None
    parent: str | None
    participants: tuple[str, ...]
    """Of the tier, and of single annotations where these say it."""
    languages: tuple[str, ...]
    files: int
    annotations: int
    usable: int
    """Those with a text and a length."""
    seconds: float
    overlap: float
    """Seconds of it during which something stands on another tier, that isn't its kin."""
    samples: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return what `malgwi tiers --json` prints of it."""
        return {
            "name": self.name,
            "type": self.type,
            "parent": self.parent,
            "participants": list(self.participants),
            "languages": list(self.languages),
            "files": self.files,
            "annotations": self.annotations,
            "usable": self.usable,
            "minutes": round(self.seconds / 60, 3),
            "overlap_minutes": round(self.overlap / 60, 3),
            "samples": list(self.samples),
        }


def summarise(files: Sequence[Annotated]) -> list[Summary]:
    """Return a summary for each kind of tier, in the order in which they come."""
    groups: dict[tuple[str, str | None, str | None], list[tuple[Tier, Spans]]] = {}
    for one in files:
        shared = _shared(one.tiers)
        for tier in one.tiers:
            groups.setdefault((tier.name, tier.type, tier.parent), []).append((tier, shared))
    return [_summary(group) for group in groups.values()]


def _summary(group: list[tuple[Tier, Spans]]) -> Summary:
    tiers = [tier for tier, _ in group]
    said = [one for tier in tiers for one in tier.annotations]
    usable = [one for one in said if is_usable(one)]
    people = [tier.participant for tier in tiers] + [one.speaker for one in said]
    step = max(1, len(usable) / _SAMPLES)
    return Summary(
        name=tiers[0].name,
        type=tiers[0].type,
        parent=tiers[0].parent,
        participants=tuple(dict.fromkeys(who for who in people if who)),
        languages=tuple(dict.fromkeys(tier.language for tier in tiers if tier.language)),
        files=len(group),
        annotations=len(said),
        usable=len(usable),
        seconds=sum(max(0.0, one.end - one.start) for one in said),
        overlap=sum(_common(_union(tier.annotations), shared) for tier, shared in group),
        samples=tuple(
            usable[int(place * step)].text for place in range(min(_SAMPLES, len(usable)))
        ),
    )


def is_usable(one: Annotation) -> bool:
    """Say whether it has a text and a length."""
    return bool(one.text) and one.end > one.start


def _shared(tiers: Sequence[Tier]) -> Spans:
    """Return when tiers of several families, a tier and what depends on it, have annotations."""
    parents = {tier.name: tier.parent for tier in tiers}
    families: dict[str, list[Annotation]] = {}
    for tier in tiers:
        families.setdefault(eldest(tier.name, parents), []).extend(tier.annotations)
    changes = sorted(
        change
        for annotations in families.values()
        for start, end in _union(annotations)
        for change in ((start, 1), (end, -1))
    )
    found: Spans = []
    speaking = 0
    for (time, change), (following, _) in pairwise(changes):
        speaking += change
        if speaking > 1 and following > time:
            found.append((time, following))
    return found


def eldest(name: str, parents: Mapping[str, str | None]) -> str:
    """Return the tier that a tier depends on in the end, itself where it is of its own."""
    for _ in range(_GENERATIONS):
        name = parents.get(name) or name
    return name


def _union(annotations: Iterable[Annotation]) -> Spans:
    found: Spans = []
    for start, end in sorted((one.start, one.end) for one in annotations if one.end > one.start):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _common(first: Spans, second: Spans) -> float:
    """Return how long two lists of spans, each in order and without overlap, are both there."""
    total, place = 0.0, 0
    for start, end in first:
        while place < len(second) and second[place][1] <= start:
            place += 1
        at = place
        while at < len(second) and second[at][0] < end:
            total += min(end, second[at][1]) - max(start, second[at][0])
            at += 1
    return total


@dataclass(frozen=True, slots=True)
class Choice:
    """Which tiers are meant: any that is taken and isn't left out."""

    take: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    """Both `NAME`, or a key such as `type=NAME`; `*` stands for anything."""

    def takes(self, tier: Tier, one: Annotation | None = None) -> bool:
        """Say whether an annotation is meant; without one, whether its tier can be."""
        if any(_fits(words, tier, one) for words in self.leave):
            return False
        return not self.take or any(_fits(words, tier, one) for words in self.take)

    def check(self, tiers: Sequence[Tier]) -> None:
        """Refuse a choice that fits nothing, or of which nothing is left.

        Raises:
            MalgwiError: naming the tiers that there are.
        """
        for flag, all_words in (("--tier", self.take), ("--not-tier", self.leave)):
            for words in all_words:
                if not any(_fits(words, tier, one) for tier in tiers for one in _each(tier)):
                    there = ", ".join(dict.fromkeys(repr(tier.name) for tier in tiers))
                    raise MalgwiError(
                        f"{flag} {words}: no tier or annotation fits; there are the tiers "
                        f"{there[:300] or 'none'}. See them with malgwi tiers"
                    )
        for words in self.take or ("*",):
            meant = [(t, one) for t in tiers for one in _each(t) if _fits(words, t, one)]
            if not meant or any(self.takes(tier, one) for tier, one in meant):
                continue
            leaving = [f"--not-tier {w}" for w in self.leave if any(_fits(w, *m) for m in meant)]
            taken = f"--tier {words} takes" if self.take else "is there"
            raise MalgwiError(f"{' and '.join(leaving)}: nothing is left of what {taken}; drop one")


def _each(tier: Tier) -> Iterator[Annotation | None]:
    yield None
    yield from tier.annotations


def _fits(words: str, tier: Tier, one: Annotation | None) -> bool:
    key, equals, value = words.partition("=")
    if not equals or key not in _KEYS:
        key, value = "name", words
    has = {
        "name": tier.name,
        "type": tier.type,
        "parent": tier.parent,
        "participant": (one and one.speaker) or tier.participant,
        "language": tier.language,
    }[key]
    return has is not None and _is(has, value)


def _is(text: str, pattern: str) -> bool:
    text, pattern = one_name(text), one_name(pattern)
    # Only the star means something: names of tiers have brackets and question marks.
    return text == pattern or fnmatchcase(text, re.sub(r"([?[])", r"[\1]", pattern))


def speaker_of(
    tier: Tier, one: Annotation, recording: str, speaker_from: SpeakerFrom | None
) -> str | None:
    """Return who says an annotation; where nothing is asked for, what the file knows."""
    match speaker_from:
        case "tier":
            return tier.name
        case "file":
            return recording
        case _:
            return one.speaker or tier.participant
